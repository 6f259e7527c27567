/**
 * One job as it is now, read once for all streams of one caller that follow it: how many watch a job is nothing that the
 * database has to feel.
 */
import { Context, Deferred, Effect, Layer, Option, RcMap, type Scope } from "effect"
import { type Artifact, Artifacts } from "../../domain/Artifacts.ts"
import type { LogLine, StepRun } from "../../domain/Attempt.ts"
import { type Caller, CurrentCaller } from "../../domain/Caller.ts"
import type { Job } from "../../domain/Job.ts"
import type { JobChanges } from "../../domain/JobChanges.ts"
import type { JobId } from "../../domain/JobId.ts"
import { JobReports } from "../../domain/JobReports.ts"
import type { Jobs } from "../../domain/Jobs.ts"
import { monotonicMs } from "../../domain/monotonicMs.ts"
import { getOwn } from "./isOwn.ts"
import { listenTo, type Signals } from "./jobSignals.ts"
import { untilItWorks } from "./serverSentEvents.ts"

/** Log lines of one read, and those that are kept at hand. */
export const LINES = 200

/** Changes that follow each other faster are told together. */
const BETWEEN_LOOKS_MS = 200

/** Under load there are many gaps in a second. */
const BETWEEN_GAPS_MS = 1_000

/** Whoever comes back at once finds it still there. */
const KEPT_FOR = "1 second"

export interface JobNow {
  /** Rises with each look that may have found something new. */
  readonly version: number
  /** Absent when it was removed. */
  readonly job?: Job
  readonly steps: ReadonlyArray<StepRun>
  readonly artifacts: ReadonlyArray<Artifact>
  /** All lines with a higher id than `linesAfter`, oldest first. */
  readonly lines: ReadonlyArray<LogLine>
  readonly linesAfter: number
}

export interface JobWatch {
  /** The job as it is, once that is newer than this version; 0 for whatever it is. */
  readonly next: (version: number) => Effect.Effect<JobNow>
}

const NOTHING: JobNow = { version: 0, steps: [], artifacts: [], lines: [], linesAfter: 0 }

type Services = Artifacts | JobChanges | JobReports | Jobs

/** The last lines of old and new ones. */
const joined = ({ lines, linesAfter }: JobNow, more: ReadonlyArray<LogLine>) => {
  const all = [...lines, ...more]
  const dropped = all.at(-LINES - 1)
  return { lines: all.slice(-LINES), linesAfter: dropped?.id ?? linesAfter }
}

const makeWatch = Effect.fnUntraced(function* (id: JobId) {
  const reports = yield* JobReports
  const files = yield* Artifacts
  const nextSignals = yield* listenTo(id)
  let now = NOTHING
  let changed = Deferred.makeUnsafe<void>()

  /** Pages through everything that came; a first look takes the last lines only. */
  const newLines = (known: JobNow): ReturnType<typeof reports.logs> =>
    Effect.gen(function* () {
      if (known.version === 0) return yield* reports.logs(id, { limit: LINES })
      const all: Array<LogLine> = []
      let page: ReadonlyArray<LogLine>
      do {
        const after = all.at(-1)?.id ?? known.lines.at(-1)?.id ?? known.linesAfter
        page = yield* reports.logs(id, { limit: LINES, after })
        all.push(...page)
      } while (page.length === LINES)
      return all
    })

  /** The job is read first: what belongs to its end was written before it. */
  const look = ({ any, job: isChanged, log, many }: Signals) =>
    Effect.gen(function* () {
      const isFirst = now.version === 0
      const job = isFirst || isChanged || any || many ? yield* getOwn(id) : now.job
      const isWhole = isFirst || isChanged || any || job?.revision !== now.job?.revision
      const [history, artifacts] = isWhole
        ? yield* Effect.all([reports.history(id), files.list(id)], { concurrency: 2 })
        : [now, now.artifacts]
      const lines = isWhole || log ? yield* newLines(now) : []
      const first = isFirst && lines.length === LINES ? { linesAfter: (lines[0]?.id ?? 1) - 1 } : {}
      return {
        ...joined({ ...now, ...first }, lines),
        ...(job && { job }),
        steps: history.steps,
        artifacts
      }
    })

  const tell = (found: Omit<JobNow, "version">) =>
    Effect.suspend(() => {
      const told = changed
      now = { ...found, version: now.version + 1 }
      changed = Deferred.makeUnsafe<void>()
      return Deferred.succeed(told, undefined)
    })

  let lookedAt = Number.NEGATIVE_INFINITY
  yield* Effect.gen(function* () {
    const signals = yield* nextSignals
    const from = lookedAt + (signals.job || signals.log ? BETWEEN_LOOKS_MS : BETWEEN_GAPS_MS)
    yield* Effect.sleep(Math.max(0, from - (yield* monotonicMs)))
    yield* tell(yield* untilItWorks(look(signals)))
    lookedAt = yield* monotonicMs
  }).pipe(
    Effect.forever,
    Effect.catchTag("JobNotFound", () => tell({ ...NOTHING })),
    Effect.tapDefect((defect) => Effect.logError(`job ${id} cannot be followed any more`, defect)),
    Effect.forkScoped({ startImmediately: true })
  )

  const next = (version: number): Effect.Effect<JobNow> =>
    Effect.suspend(() =>
      now.version > version ? Effect.succeed(now) : Effect.andThen(Deferred.await(changed), next(version))
    )
  return { next }
})

export class JobWatches extends Context.Service<
  JobWatches,
  {
    /** For the current caller, as long as the scope lives. */
    readonly watch: (id: JobId) => Effect.Effect<JobWatch, never, Scope.Scope>
  }
>()("callboard/http/JobWatches") {
  static readonly layer = Layer.effect(
    JobWatches,
    Effect.gen(function* () {
      const watches = yield* RcMap.make({
        lookup: (key: string): Effect.Effect<JobWatch, never, Services | Scope.Scope> => {
          const [caller, id] = JSON.parse(key) as [Caller | null, JobId]
          return Effect.provideService(makeWatch(id), CurrentCaller, Option.fromNullishOr(caller))
        },
        idleTimeToLive: KEPT_FOR
      })
      return {
        watch: (id) =>
          Effect.flatMap(CurrentCaller, (caller) => RcMap.get(watches, JSON.stringify([Option.getOrNull(caller), id])))
      }
    })
  )
}
