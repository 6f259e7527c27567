/** Jobs as pages see them: with their type, what is usual for it, and their place in line. */
import { Clock, Effect, Option } from "effect"
import type { Job } from "../../domain/Job.ts"
import { JobEstimates } from "../../domain/JobEstimates.ts"
import type { JobsUnavailable } from "../../domain/Jobs.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { type ShownJob, showJob } from "../../views/ShownJob.ts"

/** Only those that could start have a place; others wait for something else. */
const isInLine = ({ status, waitingFor = [] }: Job): boolean =>
  status === "pending" && waitingFor.every(({ code }) => code === "pool_full")

/** A page shows its jobs also where nobody can tell how long they take. */
const orNone = <K, V>(found: Effect.Effect<ReadonlyMap<K, V>, JobsUnavailable>) =>
  Effect.orElseSucceed(found, (): ReadonlyMap<K, V> => new Map())

export const showJobs = (jobs: ReadonlyArray<Job>) =>
  Effect.gen(function* () {
    const { find } = yield* JobTypes
    const { places, types } = yield* JobEstimates
    const nowMs = yield* Clock.currentTimeMillis
    const inLine = jobs.filter(isInLine).map(({ id }) => id)
    const [estimates, line] = yield* Effect.all([orNone(types), orNone(places(inLine))], { concurrency: 2 })
    return jobs.map((job): ShownJob => {
      const [estimate, place] = [estimates.get(job.jobType), line.get(job.id)]
      const shown = showJob(job, Option.getOrUndefined(find(job.jobType)), nowMs)
      return { ...shown, ...(estimate && { estimate }), ...(place && { place }) }
    })
  })

export const showOne = (job: Job) => Effect.map(showJobs([job]), ([shown]) => shown as ShownJob)
