import { expect } from "bun:test"
import { Effect, Metric, Option } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { SqlClient } from "effect/sql"
import { CurrentCaller, localCaller } from "../../../src/domain/Caller.ts"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Lanes } from "../../../src/domain/Lanes.ts"
import { Workers } from "../../../src/domain/Workers.ts"
import { readQueue } from "../../../src/runtime/postgres/QueueMeters.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, claim } from "./builders.ts"

const inDatabase = databaseTests(idle)

const laneNow = Effect.flatMap(Lanes, ({ list }) => list).pipe(
  Effect.map((all) => all.find(({ lane }) => lane === "default"))
)

const workerNow = Effect.flatMap(Workers, ({ list }) => Effect.map(list, ([worker]) => worker))

/** Of a worker with 8 places, which holds 10 jobs. */
const busy = Effect.gen(function* () {
  yield* Effect.forEach(Array.from({ length: 11 }), () => add())
  yield* claim(10)
  yield* (yield* JobQueue).beat([], "claiming")
})

inDatabase(
  "counts what is claimed ahead apart from what runs, for everybody who asks",
  Effect.gen(function* () {
    yield* busy
    const expected = { capacity: 8, running: 8, claimedAhead: 2, ready: 1 }

    expect(yield* laneNow).toMatchObject(expected)
    expect(yield* Effect.provideService(laneNow, CurrentCaller, Option.some(localCaller))).toMatchObject(expected)
    expect(yield* workerNow).toMatchObject({ running: 8, claimedAhead: 2, places: { default: 8 } })
    const text = yield* Effect.andThen(readQueue, PrometheusMetrics.format()).pipe(
      Effect.provideService(Metric.MetricRegistry, new Map())
    )
    for (const [state, jobs] of [
      ["running", 8],
      ["ahead", 2]
    ]) {
      expect(text).toContain(`callboard_queue_jobs{lane="default",state="${state}"} ${jobs}`)
    }
  })
)

inDatabase(
  "reads a worker of an older version, whose places are all that it may hold",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* busy
    yield* sql`UPDATE workers SET lanes = '{ "default": 1000 }'`

    const [lane, worker] = [yield* laneNow, yield* workerNow]

    expect(lane).toMatchObject({ capacity: 1000, running: 10 })
    expect(worker).toMatchObject({ running: 10, places: { default: 1000 } })
    expect([lane, worker].map((each) => each?.claimedAhead)).toEqual([undefined, undefined])
  })
)
