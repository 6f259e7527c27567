/** What `/metrics` tells of the queue and the database: one statement over what waits and runs, never over history. */
import { Clock, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { lanes } from "../../domain/Lane.ts"
import { makeGauge, NO_LABELS } from "../../domain/meters.ts"
import { claimedAhead } from "./claimedAhead.ts"

const depth = makeGauge("callboard_queue_jobs", "Jobs that have not ended, by lane and by what they are at.", [
  "lane",
  "state"
])

const oldest = makeGauge(
  "callboard_queue_oldest_seconds",
  "How long the oldest job could have run already (ready, without paused types), or has run (running). 0 for none.",
  ["lane", "state"]
)

const places = makeGauge("callboard_lane_places", "Jobs of the lane that all workers together run at once.", ["lane"])

const paused = makeGauge("callboard_lane_paused", "1 while people have paused the lane.", ["lane"])

const workers = makeGauge("callboard_workers", "Processes that run jobs and were seen lately, by what they do.", [
  "phase"
])

const connections = makeGauge(
  "callboard_database_connections",
  "Connections of all Callboard processes to this database, by what they do.",
  ["state"]
)

const waited = makeGauge(
  "callboard_database_wait_seconds",
  "How long this process waited for a free connection when it was last asked.",
  []
)

const up = makeGauge("callboard_database_up", "1 while the database answers this process.", [])

const STATES = ["ready", "scheduled", "blocked", "behind", "ahead", "running"] as const

const LaneRow = Schema.Struct({
  lane: Schema.String,
  ready: Schema.Int,
  scheduled: Schema.Int,
  blocked: Schema.Int,
  behind: Schema.Int,
  ahead: Schema.Int,
  running: Schema.Int,
  places: Schema.Int,
  paused: Schema.Boolean,
  oldestReady: Schema.Number,
  oldestRunning: Schema.Number,
  claiming: Schema.Int,
  draining: Schema.Int,
  active: Schema.Int,
  idle: Schema.Int
})

const decode = Schema.decodeUnknownEffect(Schema.Array(LaneRow))

/** A beat is missed now and then; three make a worker count as gone, as everywhere. */
export const queueStatement = (sql: SqlClient.SqlClient) => sql`
  SELECT lane.name AS lane,
    coalesce(s.ready, 0) AS ready, coalesce(s.scheduled, 0) AS scheduled, coalesce(s.blocked, 0) AS blocked,
    coalesce(s.behind, 0) AS behind, coalesce(ahead.jobs, 0) AS ahead,
    coalesce(s.running, 0) - coalesce(ahead.jobs, 0) AS running, coalesce(s.capacity, 0) AS places,
    s.paused_at IS NOT NULL AS paused,
    coalesce(greatest(0, extract(epoch FROM now() - s.oldest_ready_at)), 0)::float8 AS oldest_ready,
    coalesce((
      SELECT extract(epoch FROM now() - min(j.started_at))
      FROM job_leases l JOIN script_jobs j ON j.id = l.id WHERE l.lane = lane.name
    ), 0)::float8 AS oldest_running,
    worker.claiming, worker.draining, connection.active, connection.idle
  FROM unnest(${lanes}::text[]) AS lane (name)
  LEFT JOIN script_jobs_queue_status s ON s.lane = lane.name
  LEFT JOIN (
    SELECT lane, sum(jobs)::integer AS jobs FROM (${claimedAhead(sql)}) each GROUP BY lane
  ) ahead ON ahead.lane = lane.name
  CROSS JOIN (
    SELECT count(*) FILTER (WHERE NOT draining)::integer AS claiming,
      count(*) FILTER (WHERE draining)::integer AS draining
    FROM workers WHERE seen_at > now() - interval '15 seconds'
  ) worker
  CROSS JOIN (
    SELECT count(*) FILTER (WHERE state <> 'idle')::integer AS active,
      count(*) FILTER (WHERE state = 'idle')::integer AS idle
    FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'callboard'
  ) connection`

const note = (row: typeof LaneRow.Type) =>
  Effect.gen(function* () {
    const { lane } = row
    for (const state of STATES) yield* depth({ lane, state }, row[state])
    yield* oldest({ lane, state: "ready" }, row.oldestReady)
    yield* oldest({ lane, state: "running" }, row.oldestRunning)
    yield* places({ lane }, row.places)
    yield* paused({ lane }, row.paused ? 1 : 0)
    yield* workers({ phase: "claiming" }, row.claiming)
    yield* workers({ phase: "draining" }, row.draining)
    yield* connections({ state: "active" }, row.active)
    yield* connections({ state: "idle" }, row.idle)
  })

/** How long the pool of this process keeps one waiting. What is measured is given back at once. */
const measureWait = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* Clock.Clock
  const begun = clock.monotonicTimeNanosUnsafe()
  yield* Effect.scoped(sql.reserve)
  yield* waited(NO_LABELS, Number(clock.monotonicTimeNanosUnsafe() - begun) / 1e9)
})

/** Fails when the database does not answer. */
export const readQueue = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* measureWait
  const rows = yield* Effect.flatMap(queueStatement(sql), decode)
  yield* Effect.forEach(rows, note, { discard: true })
  yield* up(NO_LABELS, 1)
})

export const databaseIsAway = up(NO_LABELS, 0)
