/**
 * Calls that tell what became of jobs outside of their attempts: made, cancelled, retried, removed. Scripts call them, too,
 * and what is told belongs into the log of the process then as well, not into that of the script's job.
 */
import { Effect, Layer, Option } from "effect"
import type { JobRef } from "../domain/JobId.ts"
import { JobStops } from "../domain/JobStops.ts"
import { Jobs } from "../domain/Jobs.ts"
import { JobTypes } from "../domain/JobType.ts"
import { makeToProcess } from "./attemptContext.ts"
import { jobChanged, jobCreated } from "./JobLife.ts"
import { makerOf } from "./postgres/createJobs.ts"

const removed = (ref: JobRef) =>
  Effect.logInfo("job removed").pipe(Effect.annotateLogs({ event: "removed", jobId: ref }))

const changedTogether = (action: string, changed: number) =>
  Effect.logInfo("jobs changed together").pipe(Effect.annotateLogs({ event: action, jobs: changed }))

/** Told as soon as the jobs are there: a worker may be at them before their entry in the audit trail is written. */
export const watchedCreation = Layer.effect(
  Jobs,
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const types = yield* JobTypes
    const toProcess = yield* makeToProcess

    return Jobs.of({
      ...jobs,
      create: (request, options) =>
        Effect.tap(jobs.create(request, options), ({ deduplicated, job, replayed }) =>
          replayed || deduplicated ? Effect.void : toProcess(jobCreated(job))
        ),
      createBatch: (requests, options) =>
        Effect.tap(jobs.createBatch(requests, options), (batch) =>
          Effect.gen(function* () {
            if (batch.replayed) return
            const { organisationId } = yield* makerOf(options ?? {})
            for (const [index, { jobId }] of batch.jobs.entries()) {
              const type = Option.getOrThrow(types.find(requests[index]!.jobType))
              yield* toProcess(jobCreated({ jobId, jobType: type.name, lane: type.lane, organisationId }))
            }
          })
        )
    })
  })
)

/** Told when they are done for good, entry and all. */
export const watchedChanges = Layer.effect(
  Jobs,
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const toProcess = yield* makeToProcess

    return Jobs.of({
      ...jobs,
      // A running job is asked to stop; its attempt tells when it did.
      cancel: (ref) =>
        Effect.tap(jobs.cancel(ref), (job) =>
          job.status === "cancelled" ? toProcess(jobChanged("cancelled", job)) : Effect.void
        ),
      retry: (ref, plan) => Effect.tap(jobs.retry(ref, plan), (job) => toProcess(jobChanged("retried", job))),
      remove: (ref) => Effect.tap(jobs.remove(ref), () => toProcess(removed(ref))),
      applyToMany: (action, filter, range) =>
        Effect.tap(jobs.applyToMany(action, filter, range), ({ changed }) =>
          changed === 0 ? Effect.void : toProcess(changedTogether(action, changed))
        )
    })
  })
)

/** Its worker finds that the lease is gone, and would call that a loss and nothing more. */
export const watchedStops = Layer.effect(
  JobStops,
  Effect.gen(function* () {
    const { stopNow } = yield* JobStops
    const jobs = yield* Jobs
    return JobStops.of({
      stopNow: (ref) =>
        Effect.tap(stopNow(ref), () =>
          Effect.flatMap(Effect.option(jobs.get(ref)), (job) =>
            Option.isSome(job) ? jobChanged("cancelled", job.value) : Effect.void
          )
        )
    })
  })
)
