/**
 * Callboard's engine without its web server, joined as in `src/main.ts`. Everything that this measurement knows of
 * Callboard is in this file.
 */
import { Duration, Effect, Exit, Layer, Logger, ManagedRuntime, Redacted, References, Schema, Scope } from "effect"
import { Artifacts } from "../../src/domain/Artifacts.ts"
import { Jobs } from "../../src/domain/Jobs.ts"
import { defineJobType, JobTypes } from "../../src/domain/JobType.ts"
import { BrowserSessions } from "../../src/runtime/browser/BrowserSessions.ts"
import { Evidence } from "../../src/runtime/browser/Evidence.ts"
import { WorkerState } from "../../src/runtime/ProcessReadiness.ts"
import * as PgDatabase from "../../src/runtime/postgres/PgDatabase.ts"
import * as PgJobChanges from "../../src/runtime/postgres/PgJobChanges.ts"
import * as PgJobPrompts from "../../src/runtime/postgres/PgJobPrompts.ts"
import * as PgJobQueue from "../../src/runtime/postgres/PgJobQueue.ts"
import * as PgJobSchedules from "../../src/runtime/postgres/PgJobSchedules.ts"
import * as PgJobs from "../../src/runtime/postgres/PgJobs.ts"
import * as PgUpkeep from "../../src/runtime/postgres/PgUpkeep.ts"
import { RunningJobs } from "../../src/runtime/RunningJobs.ts"
import { SecretBox } from "../../src/runtime/SecretBox.ts"
import { ThisWorker } from "../../src/runtime/ThisWorker.ts"
import * as Worker from "../../src/runtime/Worker.ts"
import { connect, HISTORY_CHUNK, inChunks, numbers, settledBy } from "./connect.ts"
import type { OnJob, PostgresAddress, Queue, System } from "./System.ts"

const TYPE = "bench"

/** The lane for many short jobs, as `CALLBOARD_QUICK_CONCURRENCY` and `CALLBOARD_QUICK_PREFETCH` set it. */
const LANES = { quick: { places: 16, prefetch: 1_000 } }
const PLACES = { quick: LANES.quick.places + LANES.quick.prefetch }

/** Calls of `Jobs.createBatch` under way at once: one is written while the next is made. */
const BULK_CALLERS = 2
const BATCH = 1_000

const LEASE = Duration.seconds(30)

const worker = { name: "bench", bootId: Bun.randomUUIDv7() }

const noBrowsers = Layer.succeed(BrowserSessions, {
  open: Effect.die(new Error("no job here has a browser")),
  inUse: Effect.succeed(0),
  peak: Effect.succeed(0)
})

const benchType = (onJob: OnJob) =>
  defineJobType({
    name: TYPE,
    title: "Bench",
    description: "Does nothing.",
    lane: "quick",
    input: Schema.Struct({ number: Schema.Int }),
    result: Schema.Null,
    steps: [],
    example: { number: 0 },
    run: ({ number }) =>
      Effect.sync(() => {
        onJob(number)
        return null
      })
  })

/** What creates jobs. Its log is off, like that of the others. */
const foundation = ({ database, host, port, username }: PostgresAddress, onJob: OnJob) =>
  PgJobs.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        PgDatabase.layer({ host, port, database, username }),
        Layer.sync(JobTypes, () => JobTypes.from([benchType(onJob)])),
        SecretBox.layer(Redacted.make(Buffer.alloc(32, 7).toString("base64")))
      )
    ),
    Layer.provideMerge(Logger.layer([])),
    // As `Tracing.layer` has it where no collector is named.
    Layer.provideMerge(Layer.succeed(References.TracerEnabled, false))
  )

const noFiles = Layer.mock(Artifacts, { sweep: Effect.succeed(0) })

const workerLayer = Worker.layer({
  lanes: ["quick"],
  shutdownGrace: Duration.seconds(20),
  retention: Duration.days(30)
}).pipe(
  Layer.provide(
    Layer.mergeAll(
      Layer.mergeAll(
        PgJobQueue.layer({ worker, places: PLACES, leaseTime: LEASE }),
        PgJobPrompts.layer,
        PgUpkeep.layer(worker)
      ).pipe(Layer.provide(PgDatabase.workerClient)),
      PgJobChanges.layer,
      PgJobSchedules.layer,
      RunningJobs.layer(LEASE, LANES)
    )
  ),
  Layer.provide(
    Layer.mergeAll(WorkerState.layer, Layer.succeed(ThisWorker, worker), noBrowsers, Evidence.layerNone, noFiles)
  )
)

/** The copies are written without triggers, so that nobody hears of a million jobs that are over. */
const fillHistory = async (postgres: PostgresAddress, count: number): Promise<void> => {
  const sql = connect(postgres)
  await sql`SET session_replication_role = replica`
  const [job] = await sql<ReadonlyArray<{ id: string }>>`SELECT id FROM script_jobs WHERE status = 'completed' LIMIT 1`
  await inChunks(
    count,
    HISTORY_CHUNK,
    (size, from) => sql`
      INSERT INTO script_jobs
      SELECT copy.* FROM script_jobs j, generate_series(${from}::int, ${from + size - 1}::int) n,
        LATERAL jsonb_populate_record(j, jsonb_build_object(
          'id', uuidv7(), 'job_id', 'JOB_20260101_000000_' || lpad(to_hex(n), 8, '0')
        )) copy
      WHERE j.id = ${job?.id}::uuid`
  )
  await sql.close()
}

const open = async ({ postgres }: { readonly postgres: PostgresAddress }): Promise<Queue> => {
  let listener: OnJob = () => undefined
  const runtime = ManagedRuntime.make(foundation(postgres, (number) => listener(number)))
  const workerScope = Scope.makeUnsafe()
  const jobs = await runtime.runPromise(Jobs)
  const sql = connect(postgres)
  const request = (number: number) => ({ jobType: TYPE, input: { number } })

  return {
    enqueue: (number) => runtime.runPromise(jobs.create(request(number))),
    enqueueMany: (count) =>
      runtime.runPromise(
        Effect.forEach(
          Array.from({ length: Math.ceil(count / BATCH) }, (_, part) => part * BATCH),
          (from) => Effect.suspend(() => jobs.createBatch(numbers(Math.min(BATCH, count - from), from).map(request))),
          { concurrency: BULK_CALLERS, discard: true }
        )
      ),
    startWorker: (onJob) => {
      listener = onJob
      return runtime.runPromise(Layer.build(workerLayer).pipe(Scope.provide(workerScope)))
    },
    isSettled: settledBy(
      sql,
      "SELECT NOT EXISTS (SELECT FROM job_queue) AND NOT EXISTS (SELECT FROM job_leases) AS settled"
    ),
    fillHistory: (count) => fillHistory(postgres, count),
    close: async () => {
      await runtime.runPromise(Scope.close(workerScope, Exit.void))
      await runtime.dispose()
      await sql.close()
    }
  }
}

export const system: System = { open }
