/** Restaurants as the jobs know them, on PostgreSQL: the index of their names is walked from one name to the next. */
import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { ReadableJobId } from "../../domain/JobId.ts"
import { PromptKind } from "../../domain/JobPrompt.ts"
import { JobStatus, shownStatus } from "../../domain/JobStatus.ts"
import { type LatestJob, Restaurants } from "../../domain/Restaurants.ts"
import { currentOrganisation } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { containing } from "./containing.ts"
import { dayCountsOf, dayFields, endedByDay } from "./endedByDay.ts"

const PAGE = 50

/** Names that a search looks at. */
const MOST_NAMES = 1_000

/** Newest jobs that say how a restaurant does, and those that its page knows. */
const RECENT = 20
const KNOWN = 500

const Time = Schema.DateTimeUtcFromString

const Latest = Schema.Struct({
  jobId: ReadableJobId,
  jobType: Schema.String,
  status: JobStatus,
  runAt: Time,
  retryCount: Schema.Int,
  asks: Schema.Boolean,
  percent: Schema.Int,
  at: Time
})

const latestOf = ({ asks, retryCount, runAt, status, ...job }: typeof Latest.Type, nowMs: number): LatestJob => ({
  ...job,
  status: shownStatus({ status, retryCount, runAtMs: runAt.epochMilliseconds, openPrompts: asks ? 1 : 0 }, nowMs)
})

const HealthRow = Schema.Struct({
  restaurantId: Schema.String,
  questions: Schema.Int,
  failed: Schema.Int,
  running: Schema.Int,
  waiting: Schema.Int,
  latest: Latest
})

const DetailRow = Schema.Struct({
  latest: Schema.Array(Latest),
  answers: Schema.Array(
    Schema.Struct({
      jobId: ReadableJobId,
      kind: PromptKind,
      label: Schema.String,
      answeredAt: Time,
      answeredBy: Schema.NullOr(Schema.String)
    })
  ),
  labels: Schema.Array(Schema.String),
  ...dayFields
})

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const time = (column: string) => sql.literal(`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`)
  const latest = sql`jsonb_build_object('jobId', r.job_id, 'jobType', r.job_type, 'status', r.status,
    'runAt', ${time("r.run_at")}, 'retryCount', r.retry_count, 'percent', r.progress_percent, 'asks', r.asks,
    'at', ${time("coalesce(r.completed_at, r.started_at, r.created_at)")})`

  const healthRows = SqlSchema.findAll({
    Request: Schema.Struct({ organisation: Schema.String, after: Schema.String, like: Schema.String }),
    Result: HealthRow,
    execute: ({ after, like, organisation }) => sql`
      WITH RECURSIVE names AS (
        (SELECT j.restaurant_id AS name, 1 AS place FROM script_jobs j
          WHERE j.organisation_id = ${organisation} AND j.restaurant_id > ${after} ORDER BY j.restaurant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT j.restaurant_id FROM script_jobs j
          WHERE j.organisation_id = ${organisation} AND j.restaurant_id > n.name ORDER BY j.restaurant_id LIMIT 1),
          n.place + 1
        FROM names n WHERE n.name IS NOT NULL AND n.place < ${MOST_NAMES}
      ), page AS MATERIALIZED (
        SELECT n.name FROM names n WHERE n.name IS NOT NULL AND n.name ILIKE ${like} LIMIT ${PAGE + 1}
      ), asking AS MATERIALIZED (
        SELECT o.job_id FROM open_prompts o
      )
      SELECT page.name AS restaurant_id, health.* FROM page CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE r.asks)::int AS questions,
          count(*) FILTER (WHERE r.newest AND r.status = 'failed')::int AS failed,
          count(*) FILTER (WHERE r.status = 'in_progress' AND NOT r.asks)::int AS running,
          count(*) FILTER (WHERE r.status = 'pending')::int AS waiting,
          (array_agg(${latest}) FILTER (WHERE r.place = 1))[1] AS latest
        FROM (
          SELECT j.*, row_number() OVER (ORDER BY j.id DESC) AS place,
            row_number() OVER (PARTITION BY j.job_type ORDER BY j.id DESC) = 1 AS newest,
            j.id IN (SELECT a.job_id FROM asking a) AS asks
          FROM (
            SELECT * FROM script_jobs s WHERE s.organisation_id = ${organisation} AND s.restaurant_id = page.name
            ORDER BY s.id DESC LIMIT ${RECENT}
          ) j
        ) r
      ) health
      ORDER BY page.name`
  })

  const list = Effect.fn("Restaurants.list")(function* ({
    after = "",
    q = ""
  }: {
    readonly after?: string
    readonly q?: string
  }) {
    const organisation = yield* currentOrganisation
    const rows = yield* healthRows({ organisation, after, like: containing(q) }).pipe(answered("restaurants"))
    const nowMs = DateTime.toEpochMillis(yield* DateTime.now)
    const shown = rows.slice(0, PAGE).map((row) => ({ ...row, latest: latestOf(row.latest, nowMs) }))
    const last = shown.at(-1)
    return {
      restaurants: shown,
      ...(rows.length > PAGE && last !== undefined && { next: last.restaurantId })
    }
  })

  const detailRow = SqlSchema.findOne({
    Request: Schema.Struct({ organisation: Schema.String, restaurantId: Schema.String }),
    Result: DetailRow,
    execute: ({ organisation, restaurantId }) => sql`
      WITH known AS MATERIALIZED (
        SELECT j.id, j.job_id, j.job_type, j.status, j.run_at, j.retry_count, j.progress_percent, j.created_at,
          j.started_at, j.completed_at, j.labels
        FROM script_jobs j WHERE j.organisation_id = ${organisation} AND j.restaurant_id = ${restaurantId}
        ORDER BY j.id DESC LIMIT ${KNOWN}
      )
      SELECT
        (SELECT coalesce(jsonb_agg(${latest} ORDER BY r.id DESC), '[]') FROM (
          SELECT DISTINCT ON (k.job_type) k.*, EXISTS (SELECT FROM open_prompts o WHERE o.job_id = k.id) AS asks
          FROM known k ORDER BY k.job_type, k.id DESC
        ) r) AS latest,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('jobId', a.job_id, 'kind', a.kind, 'label', a.label,
          'answeredAt', ${time("a.answered_at")}, 'answeredBy', a.answered_by) ORDER BY a.answered_at DESC), '[]')
        FROM (
          SELECT k.job_id, p.kind, p.label, p.answered_at, p.answered_by
          FROM known k JOIN job_prompts p ON p.job_id = k.id WHERE p.state = 'answered'
          ORDER BY p.answered_at DESC LIMIT 20
        ) a) AS answers,
        (SELECT coalesce(jsonb_agg(DISTINCT label), '[]') FROM known k, unnest(k.labels) label) AS labels,
        ${endedByDay(sql, KNOWN)}`
  })

  const get = Effect.fn("Restaurants.get")(function* (restaurantId: string) {
    const organisation = yield* currentOrganisation
    const row = yield* detailRow({ organisation, restaurantId }).pipe(answered("restaurant"))
    if (row.latest.length === 0) return Option.none()
    const nowMs = DateTime.toEpochMillis(yield* DateTime.now)
    return Option.some({
      restaurantId,
      labels: row.labels.slice(0, 20),
      ended: dayCountsOf(row),
      latest: row.latest.map((job) => latestOf(job, nowMs)),
      answers: row.answers.map(({ answeredBy, ...answer }) => ({
        ...answer,
        ...(answeredBy !== null && { answeredBy })
      }))
    })
  })

  return Restaurants.of({ list, get })
})

export const layer = Layer.effect(Restaurants, make)
