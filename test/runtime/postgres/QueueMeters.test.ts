import { expect } from "bun:test"
import { DateTime, Duration, Effect, Metric } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { SqlClient } from "effect/sql"
import { Lanes } from "../../../src/domain/Lanes.ts"
import { readQueue } from "../../../src/runtime/postgres/QueueMeters.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scripted } from "../../support/scripts.ts"
import { add, claim, complete } from "./builders.ts"

const inDatabase = databaseTests(
  idle,
  scripted("other", () => Effect.succeed(null))
)

/** In a registry of its own: others count in this process too. */
const read = Effect.andThen(readQueue, PrometheusMetrics.format()).pipe(
  Effect.provideService(Metric.MetricRegistry, new Map())
)

const sampleIn = (text: string, series: string) =>
  Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1)
  )

inDatabase(
  "tells how many jobs wait and run in each lane, and for how long the oldest does",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* Effect.forEach([1, 2, 3, 4], () => add())
    yield* add({ runAt: DateTime.addDuration(yield* DateTime.now, Duration.hours(1)) })
    const [running, done] = yield* claim(2)
    yield* complete(done!)
    yield* sql`UPDATE job_queue SET run_at = now() - interval '1 minute' WHERE state = 'ready'`
    yield* sql`ALTER TABLE script_jobs DISABLE TRIGGER USER`
    yield* sql`UPDATE script_jobs SET started_at = now() - interval '2 minutes' WHERE id = ${running!.id}::uuid`
    yield* sql`ALTER TABLE script_jobs ENABLE TRIGGER USER`
    yield* (yield* Lanes).pause("browser", {})

    const text = yield* read

    const jobs = (state: string, lane = "default") =>
      sampleIn(text, `callboard_queue_jobs{lane="${lane}",state="${state}"}`)
    const oldest = (state: string) => sampleIn(text, `callboard_queue_oldest_seconds{lane="default",state="${state}"}`)
    expect(["ready", "scheduled", "blocked", "behind", "running"].map((state) => jobs(state))).toEqual([2, 1, 0, 0, 1])
    expect(jobs("ready", "quick")).toBe(0)
    expect(oldest("ready")).toBeGreaterThanOrEqual(60)
    expect(oldest("running")).toBeGreaterThanOrEqual(120)
    expect(sampleIn(text, 'callboard_lane_paused{lane="browser"}')).toBe(1)
    expect(sampleIn(text, 'callboard_lane_paused{lane="default"}')).toBe(0)
    expect(sampleIn(text, "callboard_database_up")).toBe(1)
  })
)

inDatabase(
  "takes no job for late whose type people paused",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* add()
    yield* sql`UPDATE job_queue SET run_at = now() - interval '1 hour'`
    const lanes = yield* Lanes
    const oldest = Effect.map(read, (text) =>
      sampleIn(text, 'callboard_queue_oldest_seconds{lane="default",state="ready"}')
    )
    expect(yield* oldest).toBeGreaterThanOrEqual(3_600)

    yield* lanes.pauseType("idle", {})
    expect(yield* oldest).toBe(0)
    expect(sampleIn(yield* read, 'callboard_queue_jobs{lane="default",state="ready"}')).toBe(1)

    yield* add({ jobType: "other" })
    yield* sql`UPDATE job_queue SET run_at = now() - interval '1 minute' WHERE job_type = 'other'`
    expect(yield* oldest).toBeWithin(60, 3_600)
  })
)
