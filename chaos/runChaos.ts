/** One run: a database, three workers, jobs and faults for a while, then quiet until all jobs have ended, then the proofs. */
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Duration, Effect, Layer, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { JobTypes } from "../src/domain/JobType.ts"
import * as PgJobs from "../src/runtime/postgres/PgJobs.ts"
import { SecretBox } from "../src/runtime/SecretBox.ts"
import * as ChaosDatabase from "./ChaosDatabase.ts"
import { makeCreator } from "./Creator.ts"
import { makeDice } from "./Dice.ts"
import { type Evidence, readDatabase, watchLeases } from "./Evidence.ts"
import { disturb, type Fault, type FaultOptions } from "./faults.ts"
import { openJournal, readJournal } from "./Journal.ts"
import { chaosTypes } from "./jobTypes.ts"
import { proofs } from "./proofs/all.ts"
import { CHAOS_KEY } from "./settings.ts"
import { Workers } from "./Workers.ts"

export interface ChaosOptions extends Pick<FaultOptions, "duration" | "first" | "gap"> {
  readonly seed: number
  /** How long the rest may take once nothing is disturbed any more. */
  readonly drainLimit: Duration.Duration
}

export interface Verdict {
  readonly evidence: Evidence
  readonly faults: ReadonlyMap<Fault, number>
  readonly deduplicated: number
  /** How long the rest took. */
  readonly drained: Duration.Duration
  /** What was broken, by claim. Empty: everything is proved. */
  readonly broken: ReadonlyMap<string, ReadonlyArray<string>>
  /** Journal and logs of the workers; kept only when something is broken. */
  readonly directory: string
}

/** Root leaves it traversable, because the embedded PostgreSQL runs under another account. */
const runDirectory = Effect.sync(() => {
  const directory = mkdtempSync(join(tmpdir(), "callboard-chaos-"))
  chmodSync(directory, 0o711)
  return directory
})

const stillOpen = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ open: number }>`
    SELECT count(*)::int AS open FROM script_jobs WHERE status IN ('pending', 'in_progress')`
  return row?.open ?? 0
}).pipe(Effect.orElseSucceed(() => Number.POSITIVE_INFINITY))

const scenario = (directory: string, { drainLimit, duration, first, gap, seed }: ChaosOptions) =>
  Effect.gen(function* () {
    const journalPath = join(directory, "journal")
    const journal = openJournal(journalPath)
    const workers = yield* Workers.make(directory, journalPath, journal)
    const creator = yield* makeCreator(makeDice(seed), journal)
    const leaseEnds = new Map<string, number>()
    yield* Effect.forkScoped(watchLeases(leaseEnds))
    yield* workers.replaceDead.pipe(Effect.andThen(Effect.sleep("1 second")), Effect.forever, Effect.forkScoped)

    // What is created while the last faults are at work would only take longer to drain.
    let isDisturbed = true
    const onLast = Effect.sync(() => {
      isDisturbed = false
    })
    // On a slow machine the first faults would hit workers that have not begun.
    const atWork = Effect.sync(() => statSync(journalPath).size > 0).pipe(
      Effect.repeat({ until: (begun) => begun, schedule: Schedule.spaced("100 millis") })
    )
    const faulting = Effect.andThen(
      atWork,
      disturb({ dice: makeDice(seed + 1), workers, duration, first, gap, onLast })
    )
    const [faults] = yield* Effect.all([faulting, Effect.repeat(creator.once, { while: () => isDisturbed })], {
      concurrency: 2
    })
    const created = yield* creator.finish
    const [drained, left] = yield* stillOpen.pipe(
      Effect.tap((open) => (open === 0 ? Effect.void : Effect.sleep("250 millis"))),
      Effect.repeat({ until: (open) => open === 0 }),
      Effect.timeoutOption(drainLimit),
      Effect.timed
    )
    for (const slot of workers.slots) slot.busy = true
    yield* Effect.forEach(workers.slots, workers.terminate, { concurrency: "unbounded" })

    const { leftovers, ...rows } = yield* readDatabase
    const evidence: Evidence = {
      ...rows,
      ordered: created.jobs,
      cancels: created.cancels,
      lines: readJournal(journalPath),
      leaseEnds,
      leftovers: { ...leftovers, processes: workers.living().length },
      problems: [
        ...workers.problems,
        ...(left._tag === "None" ? [`jobs were still open after ${Duration.format(drainLimit)} of quiet`] : [])
      ]
    }
    const broken = new Map(
      proofs.map((proof) => [proof.claim, proof.broken(evidence)] as const).filter(([, cases]) => cases.length > 0)
    )
    return { evidence, faults, deduplicated: created.deduplicated, drained, broken, directory } satisfies Verdict
  }).pipe(Effect.scoped)

export const runChaos = (options: ChaosOptions) =>
  Effect.gen(function* () {
    const directory = yield* runDirectory
    const foundation = Layer.mergeAll(
      ChaosDatabase.layer(directory),
      Layer.succeed(JobTypes, JobTypes.from(chaosTypes(directory))),
      SecretBox.layer(CHAOS_KEY)
    )
    const verdict: Verdict = yield* scenario(directory, options).pipe(
      Effect.provide(PgJobs.layer.pipe(Layer.provideMerge(foundation)))
    )
    if (verdict.broken.size === 0) rmSync(directory, { recursive: true, force: true })
    return verdict
  })
