/** What stands at the top of every page, in one statement. Each part reads a bounded piece of an index or a small table. */
import { Duration, Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { BoardOverview, type Overview } from "../../domain/BoardOverview.ts"
import { JobId } from "../../domain/JobId.ts"
import { COUNT_LIMIT } from "../../domain/JobReports.ts"
import { Lane, lanes, OWN_LANE } from "../../domain/Lane.ts"
import { monotonicMs } from "../../domain/monotonicMs.ts"
import { keepDoing } from "../backgroundRounds.ts"
import { currentOrganisation } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { inStatus, waitsAs } from "./jobFilters.ts"
import { sharedFor } from "./sharedFor.ts"

const COUNTED = ["pending", "scheduled", "in_progress", "retry_wait", "needs_input", "failed"] as const

/** Running jobs that a page names. */
const MOST_RUNNING = 8

/** Jobs that are looked at to count those of people. */
const MOST_LOOKED_AT = 4 * COUNT_LIMIT

/** Failures of a day that are looked at to find their kinds. */
const MOST_FAILURES = 2_000

const Time = Schema.DateTimeUtcFromString

const OverviewRow = Schema.Struct({
  counts: Schema.Record(Schema.Literals(COUNTED), Schema.Int),
  failureKinds: Schema.Int,
  newFailureKinds: Schema.Int,
  minutes: Schema.Array(Schema.Struct({ minute: Time, completed: Schema.Int, failed: Schema.Int })),
  countedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  lanes: Schema.Array(Schema.Struct({ lane: Lane, running: Schema.Int, capacity: Schema.Int, ready: Schema.Int })),
  workersAlive: Schema.Int,
  workersKnown: Schema.Int,
  oldestReadyAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  running: Schema.Array(JobId)
})

const overviewOf = ({
  countedAt,
  oldestReadyAt,
  workersAlive,
  workersKnown,
  ...row
}: typeof OverviewRow.Type): Omit<Overview, "databaseMs"> => ({
  ...row,
  workers: { alive: workersAlive, known: workersKnown },
  ...(countedAt !== null && { countedAt }),
  ...(oldestReadyAt !== null && { oldestReadyAt })
})

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  // Of all organisations: each statement here names its own.
  const all = { sql, prompts: sql`open_prompts` }

  /** As the lists count them: what Callboard sends out itself is no job of people. */
  const counts = (organisation: string) =>
    COUNTED.map((status) => {
      const waits = waitsAs(sql, status)
      const jobs = waits
        ? sql`job_queue q WHERE q.organisation_id = ${organisation} AND ${waits}`
        : sql`script_jobs WHERE organisation_id = ${organisation} AND ${inStatus(all, [status])}`
      return sql`SELECT ${status}::text AS status, count(*)::int AS count
        FROM (
          SELECT FROM (SELECT lane FROM ${jobs} LIMIT ${MOST_LOOKED_AT}) looked
          WHERE looked.lane <> ${OWN_LANE} LIMIT ${COUNT_LIMIT}
        ) capped`
    }).reduce((left, right) => sql`${left} UNION ALL ${right}`)

  const rowOf = SqlSchema.findOne({
    Request: Schema.String,
    Result: OverviewRow,
    execute: (organisation) => sql`
      WITH kinds AS MATERIALIZED (
        SELECT DISTINCT f.fingerprint FROM (
          SELECT n.fingerprint FROM job_failures n
          WHERE n.organisation_id = ${organisation} AND n.failed_at > now() - interval '24 hours'
          ORDER BY n.failed_at DESC LIMIT ${MOST_FAILURES}
        ) f
      )
      SELECT
        (SELECT jsonb_object_agg(c.status, c.count) FROM (${counts(organisation)}) c) AS counts,
        (SELECT count(*)::int FROM kinds) AS failure_kinds,
        (SELECT count(*)::int FROM kinds k WHERE NOT EXISTS (
          SELECT FROM job_failures f WHERE f.organisation_id = ${organisation} AND f.fingerprint = k.fingerprint
            AND f.failed_at <= now() - interval '24 hours'
        )) AS new_failure_kinds,
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
          'minute', to_char(m.minute AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
          'completed', m.completed, 'failed', m.failed
        ) ORDER BY m.minute), '[]') FROM job_minutes m
        WHERE m.organisation_id = ${organisation} AND m.minute > now() - interval '60 minutes'
          AND m.minute <= now()) AS minutes,
        (SELECT c.at FROM job_minutes_counted c) AS counted_at,
        (SELECT jsonb_agg(jsonb_build_object(
          'lane', lane.name, 'running', coalesce(load.running, 0), 'capacity', coalesce(load.capacity, 0),
          'ready', (SELECT count(*) FROM (
            SELECT FROM job_queue q WHERE q.lane = lane.name AND q.state = 'ready'
              AND q.organisation_id = ${organisation} LIMIT ${COUNT_LIMIT}
          ) capped)
        )) FROM unnest(${[...lanes]}::text[]) lane (name) LEFT JOIN lane_loads load ON load.lane = lane.name) AS lanes,
        (SELECT count(*)::int FROM workers w WHERE w.seen_at > now() - interval '15 seconds') AS workers_alive,
        (SELECT count(*)::int FROM workers w WHERE w.seen_at > now() - interval '1 hour') AS workers_known,
        -- Of very many that wait, those that were created first are looked at.
        (SELECT min(q.run_at) FROM (
          SELECT n.run_at, n.state, n.lane, n.job_type FROM job_queue n WHERE n.organisation_id = ${organisation}
          ORDER BY n.id LIMIT ${COUNT_LIMIT}
        ) q WHERE q.state = 'ready' AND q.lane <> ${OWN_LANE} AND NOT EXISTS (
          SELECT FROM pauses p WHERE (p.kind, p.name) IN (('lane', q.lane), ('type', q.job_type))
        )) AS oldest_ready_at,
        (SELECT coalesce(jsonb_agg(l.id ORDER BY l.id), '[]') FROM (
          SELECT n.id FROM job_leases n WHERE n.organisation_id = ${organisation} AND n.lane <> ${OWN_LANE}
            AND NOT EXISTS (SELECT FROM open_prompts o WHERE o.job_id = n.id)
          ORDER BY n.id LIMIT ${MOST_RUNNING}
        ) l) AS running`
  })

  const load = Effect.fn("BoardOverview.get")(function* () {
    const startedMs = yield* monotonicMs
    const row = yield* answered("overview")(rowOf(yield* currentOrganisation))
    return { ...overviewOf(row), databaseMs: (yield* monotonicMs) - startedMs }
  })

  return BoardOverview.of({ get: sharedFor(Duration.seconds(2))(load()) })
})

export const layer = Layer.effect(BoardOverview, make)

const COUNT_EVERY = Duration.seconds(30)

/** Counts what ended lately. Several processes may do so: of two at once one does nothing. */
export const countMinutes = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`SELECT count_job_minutes(${`${Duration.toSeconds(COUNT_EVERY) - 1} seconds`}::interval)`
})

/** Keeps the minutes counted while the process runs. */
export const countingMinutes = Layer.effectDiscard(
  keepDoing({ complaint: "could not count what ended; trying again", pause: Effect.sleep(COUNT_EVERY) })(countMinutes)
)
