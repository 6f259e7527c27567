import { expect } from "bun:test"
import { Effect } from "effect"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { CurrentTraceParent } from "../../../src/domain/TraceParent.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, claim } from "./builders.ts"

const inDatabase = databaseTests(idle)

const TRACE_PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

inDatabase(
  "gives a worker the trace of who created a job, alone or in a batch",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    // In a process that makes no traces of its own.
    const traced = <A, E, R>(work: Effect.Effect<A, E, R>) =>
      work.pipe(Effect.provideService(CurrentTraceParent, TRACE_PARENT), Effect.withTracerEnabled(false))
    const alone = yield* traced(add())
    const batch = yield* traced(jobs.createBatch([{ jobType: "idle", input: {} }]))
    const untraced = yield* Effect.withTracerEnabled(add(), false)

    const claims = yield* claim()

    expect(new Map(claims.map(({ id, traceParent }) => [id, traceParent]))).toEqual(
      new Map([
        [alone.id, TRACE_PARENT],
        [batch.jobs[0]!.id, TRACE_PARENT],
        [untraced.id, undefined]
      ])
    )
  })
)
