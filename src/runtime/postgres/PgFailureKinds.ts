/** Failures by kind, on PostgreSQL. Every count stops at a limit, and every list looks at the newest failures only. */
import { DateTime, Duration, Effect, Layer, Option, Schema } from "effect"
import { SqlClient, SqlSchema, type Statement } from "effect/sql"
import { ArtifactName } from "../../domain/Artifacts.ts"
import { type FailureKind, FailureKinds, type FailureWindow } from "../../domain/FailureKinds.ts"
import { JobErrorCode } from "../../domain/JobError.ts"
import { JobId, ReadableJobId } from "../../domain/JobId.ts"
import { COUNT_LIMIT } from "../../domain/JobReports.ts"
import { currentOrganisation } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { sharedFor } from "./sharedFor.ts"

const MOST_KINDS = 50

/** Newest failures that are looked at to find their kinds. */
const MOST_FAILURES = 5_000

const windows: Readonly<Record<FailureWindow, string>> = { "1h": "1 hour", "24h": "24 hours", "7d": "7 days" }

const Timestamp = Schema.DateTimeUtcFromDate

const KindRow = Schema.Struct({
  fingerprint: Schema.String,
  jobType: Schema.String,
  step: Schema.NullOr(Schema.String),
  code: JobErrorCode,
  message: Schema.String,
  latestJobId: ReadableJobId,
  lastHour: Schema.Int,
  lastDay: Schema.Int,
  lastWeek: Schema.Int,
  restaurants: Schema.Int,
  firstFailedAt: Timestamp,
  lastFailedAt: Timestamp
})

const kindOf = ({ step, ...row }: typeof KindRow.Type): FailureKind => ({ ...row, ...(step !== null && { step }) })

const DetailRow = Schema.Struct({
  restaurants: Schema.Array(Schema.Struct({ restaurantId: Schema.String, failures: Schema.Int })),
  jobs: Schema.Array(JobId),
  pictures: Schema.Array(
    Schema.Struct({
      jobId: ReadableJobId,
      step: Schema.String,
      picture: ArtifactName,
      title: Schema.NullOr(Schema.String),
      at: Schema.String
    })
  ),
  stillFailed: Schema.Int,
  notRetryable: Schema.Int
})

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** `kinds` has the fingerprints, each once. */
  const kindsIn = (organisation: string, kinds: Statement.Fragment) => {
    const of = sql`f.organisation_id = ${organisation} AND f.fingerprint = k.fingerprint`
    return SqlSchema.findAll({
      Request: Schema.Void,
      Result: KindRow,
      execute: () => sql`
        SELECT k.fingerprint, latest.job_type, latest.step, latest.code, latest.message,
          (SELECT j.job_id FROM script_jobs j WHERE j.id = latest.job_id) AS latest_job_id,
          counts.*,
          (SELECT f.failed_at FROM job_failures f WHERE ${of} ORDER BY f.failed_at LIMIT 1) AS first_failed_at,
          latest.failed_at AS last_failed_at
        FROM (${kinds}) k CROSS JOIN LATERAL (
          SELECT f.* FROM job_failures f WHERE ${of} ORDER BY f.failed_at DESC LIMIT 1
        ) latest CROSS JOIN LATERAL (
          -- One look at the newest of a week: each count is right up to the limit.
          SELECT count(*) FILTER (WHERE n.failed_at > now() - interval '1 hour')::int AS last_hour,
            count(*) FILTER (WHERE n.failed_at > now() - interval '24 hours')::int AS last_day,
            count(*)::int AS last_week, count(DISTINCT n.restaurant_id)::int AS restaurants
          FROM (
            SELECT f.failed_at, f.restaurant_id FROM job_failures f
            WHERE ${of} AND f.failed_at > now() - interval '7 days'
            ORDER BY f.failed_at DESC LIMIT ${COUNT_LIMIT}
          ) n
        ) counts
        ORDER BY latest.failed_at DESC, k.fingerprint LIMIT ${MOST_KINDS}`
    })(undefined).pipe(
      Effect.map((rows) => rows.map(kindOf)),
      answered("failureKinds")
    )
  }

  const load = Effect.fn("FailureKinds.list")(function* (window: FailureWindow) {
    const organisation = yield* currentOrganisation
    return yield* kindsIn(
      organisation,
      sql`SELECT n.fingerprint FROM (
        SELECT f.fingerprint, f.failed_at FROM job_failures f
        WHERE f.organisation_id = ${organisation} AND f.failed_at > now() - ${windows[window]}::interval
        ORDER BY f.failed_at DESC LIMIT ${MOST_FAILURES}
      ) n GROUP BY n.fingerprint ORDER BY max(n.failed_at) DESC LIMIT ${MOST_KINDS}`
    )
  })

  const detailOf = (organisation: string, fingerprint: string) => {
    const of = sql`f.organisation_id = ${organisation} AND f.fingerprint = ${fingerprint}`
    return SqlSchema.findOne({
      Request: Schema.Void,
      Result: DetailRow,
      execute: () => sql`
        WITH newest AS MATERIALIZED (
          SELECT f.job_id, f.restaurant_id, f.failed_at FROM job_failures f WHERE ${of}
          ORDER BY f.failed_at DESC LIMIT ${COUNT_LIMIT}
        ), latest AS MATERIALIZED (
          SELECT n.job_id, max(n.failed_at) AS failed_at FROM newest n
          GROUP BY n.job_id ORDER BY max(n.failed_at) DESC LIMIT 20
        ), failed AS MATERIALIZED (
          SELECT j.dedupe_key FROM script_jobs j WHERE j.organisation_id = ${organisation}
            AND j.error_fingerprint = ${fingerprint} AND j.failed_at IS NOT NULL LIMIT ${COUNT_LIMIT}
        )
        SELECT
          (SELECT coalesce(jsonb_agg(jsonb_build_object('restaurantId', r.restaurant_id, 'failures', r.failures)
            ORDER BY r.failures DESC, r.restaurant_id), '[]')
          FROM (
            SELECT n.restaurant_id, count(*) AS failures FROM newest n WHERE n.restaurant_id IS NOT NULL
            GROUP BY n.restaurant_id ORDER BY count(*) DESC, n.restaurant_id LIMIT 20
          ) r) AS restaurants,
          (SELECT coalesce(jsonb_agg(l.job_id ORDER BY l.failed_at DESC), '[]') FROM latest l) AS jobs,
          (SELECT coalesce(jsonb_agg(jsonb_build_object('jobId', p.job_id, 'step', p.step, 'picture', p.picture,
            'title', p.title, 'at', to_char(p.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
            ORDER BY p.at DESC), '[]')
          FROM (
            SELECT j.job_id, e.step, e.picture, e.title, e.at FROM latest l JOIN script_jobs j ON j.id = l.job_id
            JOIN job_evidence e ON e.job_id = l.job_id
            WHERE e.outcome = 'failed' AND e.picture IS NOT NULL AND e.at <= l.failed_at
            ORDER BY e.at DESC LIMIT 4
          ) p) AS pictures,
          (SELECT count(*)::int FROM failed) AS still_failed,
          (SELECT count(*)::int FROM failed f WHERE f.dedupe_key IS NOT NULL AND EXISTS (
            SELECT FROM script_jobs other WHERE other.organisation_id = ${organisation}
              AND other.dedupe_key = f.dedupe_key AND other.dedupe_open
          )) AS not_retryable`
    })(undefined).pipe(answered("failureDetail"))
  }

  const get = Effect.fn("FailureKinds.get")(function* (fingerprint: string) {
    const organisation = yield* currentOrganisation
    const [kind] = yield* kindsIn(organisation, sql`SELECT ${fingerprint}::text AS fingerprint`)
    if (kind === undefined) return Option.none()
    const { pictures, ...rest } = yield* detailOf(organisation, fingerprint)
    return Option.some({
      kind,
      ...rest,
      pictures: pictures.map(({ at, title, ...picture }) => ({
        ...picture,
        at: DateTime.makeUnsafe(at),
        ...(title !== null && title !== "" && { title })
      }))
    })
  })

  const shared = sharedFor(Duration.seconds(2))
  const lists = { "1h": shared(load("1h")), "24h": shared(load("24h")), "7d": shared(load("7d")) }

  return FailureKinds.of({ list: (window) => lists[window], get })
})

export const layer = Layer.effect(FailureKinds, make)
