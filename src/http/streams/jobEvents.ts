/** The stream of one job: the state as it is now, then what changes, until the job has ended. */
import { Effect, Option, Stream } from "effect"
import type { Job } from "../../domain/Job.ts"
import { JobReports } from "../../domain/JobReports.ts"
import { isTerminal } from "../../domain/JobStatus.ts"
import type { JobCursor } from "./JobCursor.ts"
import { type JobNow, JobWatches, LINES } from "./JobWatches.ts"
import { differenceOf, toSent } from "./jobDifference.ts"
import { type SentEvent, untilItWorks } from "./serverSentEvents.ts"

interface State {
  readonly cursor: JobCursor
  /** Of the job as it was told last. */
  readonly version: number
}

type Step = readonly [ReadonlyArray<SentEvent>, Option.Option<State>]

export const jobEvents = ({ id, jobId }: Job, from: JobCursor) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const reports = yield* JobReports
      const { next } = yield* (yield* JobWatches).watch(id)

      /** Long logs come page by page, as fast as they are read; everything else waits behind them. */
      const page = (state: State, after: number, { linesAfter }: JobNow) =>
        Effect.gen(function* () {
          const lines = yield* untilItWorks(reports.logs(id, { limit: LINES, after }))
          const { cursor, events } = differenceOf({ lines }, state.cursor)
          // There may be none in between.
          if (lines.length === 0)
            return [events, Option.some({ ...state, cursor: { ...cursor, log: linesAfter } })] satisfies Step
          return [events, Option.some({ ...state, cursor })] satisfies Step
        })

      const tell = ({ artifacts, job, lines, steps, version }: JobNow & { readonly job: Job }, state: State): Step => {
        const { log } = state.cursor
        const news = log === undefined ? lines : lines.filter((line) => line.id > log)
        const { cursor, events } = differenceOf({ job, steps, artifacts, lines: news }, state.cursor)
        return [events, isTerminal(job.status) ? Option.none() : Option.some({ cursor, version })]
      }

      const removed = ({ cursor }: State): Step => [
        [toSent({ event: "removed", data: { id, jobId } }, cursor)],
        Option.none()
      ]

      const step = Effect.fnUntraced(function* (state: State) {
        const now = yield* next(state.version)
        const { job } = now
        const { log } = state.cursor
        if (job === undefined) return removed(state)
        return log !== undefined && log < now.linesAfter ? yield* page(state, log, now) : tell({ ...now, job }, state)
      })

      const start: State = { cursor: from, version: 0 }
      return Stream.paginate(start, (state: State) =>
        Effect.catchTag(step(state), "JobNotFound", () => Effect.succeed(removed(state)))
      )
    })
  )
