/** The stream of one job: the state as it is now, then what changes, until the job has ended. */
import { Clock, Effect, Option, Stream, Struct } from "effect"
import { Artifacts } from "../../domain/Artifacts.ts"
import type { Job } from "../../domain/Job.ts"
import { JobReports } from "../../domain/JobReports.ts"
import { isTerminal } from "../../domain/JobStatus.ts"
import { getOwn } from "./isOwn.ts"
import type { JobCursor } from "./JobCursor.ts"
import { differenceOf, type JobLook, toSent } from "./jobDifference.ts"
import { listenTo, type Signals } from "./jobSignals.ts"
import { untilItWorks } from "./serverSentEvents.ts"

/** Log lines of one read; those before the last so many are left to `GET /api/jobs/:id/logs`. */
const LINES = 200

/** Changes that follow each other faster are sent together. */
const BETWEEN_LOOKS_MS = 200

/** Under load there are many gaps in a second, for every reader. */
const BETWEEN_GAPS_MS = 1_000

const EVERYTHING: Signals = { job: true, log: true, any: true, many: true }

interface State {
  readonly cursor: JobCursor
  /** Of the last look at everything. */
  readonly revision: number
  /** There are more log lines than were read. */
  readonly unread: boolean
  /** The next look does not wait for a signal. */
  readonly due: boolean
  readonly lookedAt: number
}

export const jobEvents = (found: Job, from: JobCursor) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const reports = yield* JobReports
      const files = yield* Artifacts
      const nextSignals = yield* listenTo(found.id)

      const readLines = ({ log }: JobCursor) =>
        reports.logs(found.id, { limit: LINES, ...(log !== undefined && { after: log }) })

      /** The job is read first: what belongs to its end was written before it. */
      const look = ({ any, job: changed, log, many }: Signals, { cursor, revision }: State) =>
        Effect.gen(function* () {
          const job = changed || any || many ? yield* getOwn(found.id) : undefined
          const whole = job !== undefined && (changed || any || job.revision !== revision)
          const [history, artifacts] = whole
            ? yield* Effect.all([reports.history(found.id), files.list(found.id)], { concurrency: 2 })
            : [undefined, undefined]
          const lines = whole || log ? yield* readLines(cursor) : undefined
          return {
            ...(job && { job }),
            ...(history && { steps: history.steps }),
            ...(artifacts && { artifacts }),
            ...(lines && { lines })
          } as JobLook
        })

      /** Long logs come page by page, as fast as they are read; the job's end waits behind them. */
      const rest = (state: State) =>
        Effect.gen(function* () {
          const lines = yield* untilItWorks(readLines(state.cursor))
          const { cursor, events } = differenceOf({ lines }, state.cursor)
          const unread = lines.length === LINES
          const next = { ...state, cursor, unread, due: !unread }
          return [events, Option.some<State>(next)] as const
        })

      const step = (state: State) =>
        Effect.gen(function* () {
          const signals = state.due ? EVERYTHING : yield* nextSignals
          const from = state.lookedAt + (signals.job || signals.log ? BETWEEN_LOOKS_MS : BETWEEN_GAPS_MS)
          yield* Effect.sleep(Math.max(0, from - (yield* Clock.currentTimeMillis)))
          const seen = yield* untilItWorks(look(signals, state))
          const unread = seen.lines?.length === LINES && state.cursor.log !== undefined
          // The end is told when every line is.
          const { cursor, events } = differenceOf(unread ? Struct.pick(seen, ["lines"]) : seen, state.cursor)
          const { job } = seen
          const ended = !unread && job !== undefined && isTerminal(job.status)
          const revision = seen.steps === undefined ? state.revision : (job?.revision ?? state.revision)
          const next: State = { cursor, unread, due: false, revision, lookedAt: yield* Clock.currentTimeMillis }
          return [events, ended ? Option.none<State>() : Option.some(next)] as const
        })

      const removed = ({ cursor }: State) =>
        Effect.succeed([
          [toSent({ event: "removed", data: { id: found.id, jobId: found.jobId } }, cursor)],
          Option.none<State>()
        ] as const)

      const start: State = { cursor: from, revision: -1, unread: false, due: false, lookedAt: 0 }
      return Stream.paginate(start, (state: State) =>
        (state.unread ? rest(state) : step(state)).pipe(Effect.catchTag("JobNotFound", () => removed(state)))
      )
    })
  )
