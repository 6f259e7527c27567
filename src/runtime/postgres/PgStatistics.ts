/** Figures from PostgreSQL: one pass over the newest jobs in the order of an index, and two counts that stop. */
import { Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { JobStatus } from "../../domain/JobStatus.ts"
import { Lane, lanes } from "../../domain/Lane.ts"
import { COUNTED, LOOKED_AT, Statistics, type StatisticsReport } from "../../domain/Statistics.ts"
import { currentOrganisation, makeCallers } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { FIRST_ID, LAST_ID } from "./jobIds.ts"

const Timestamp = Schema.DateTimeUtcFromDate

const EndedRow = Schema.Struct({
  lane: Lane,
  jobType: Schema.String,
  completed: Schema.Int,
  failed: Schema.Int,
  cancelled: Schema.Int
})

const PeriodRow = Schema.Struct({
  name: Schema.Literals(["minute", "hour", "day"]),
  completed: Schema.Int,
  failed: Schema.Int,
  cancelled: Schema.Int,
  /** How much more time the period has than the jobs that were looked at reach back; 1 when they reach far enough. */
  factor: Schema.Finite
})

const RecentRow = Schema.Struct({
  jobs: Schema.Int,
  since: Schema.NullOr(Timestamp),
  now: Timestamp,
  ended: Schema.Array(EndedRow),
  periods: Schema.Array(PeriodRow),
  durations: Schema.Array(Schema.Struct({ jobType: Schema.String, p50: Schema.Finite, p95: Schema.Finite }))
})

const LiveRow = Schema.Struct({ lane: Lane, status: JobStatus, jobs: Schema.Int })

const UseRow = Schema.Struct({
  endpoint: Schema.String,
  uses: Schema.Int,
  firstUsedAt: Timestamp,
  lastUsedAt: Timestamp
})

const NONE = { completed: 0, failed: 0, cancelled: 0 }
type Ended = typeof NONE

const plus = (a: Ended, b: Ended): Ended => ({
  completed: a.completed + b.completed,
  failed: a.failed + b.failed,
  cancelled: a.cancelled + b.cancelled
})

const rateOf = ({ completed, failed }: Ended) =>
  completed + failed === 0 ? {} : { successRate: completed / (completed + failed) }

const periodOf = ({ cancelled, completed, factor, failed }: typeof PeriodRow.Type) => ({
  completed: Math.round(completed * factor),
  failed: Math.round(failed * factor),
  cancelled: Math.round(cancelled * factor),
  isEstimate: factor > 1
})

const typesOf = ({ durations, ended }: typeof RecentRow.Type): StatisticsReport["types"] => {
  const counts = new Map<string, Ended>()
  for (const row of ended) counts.set(row.jobType, plus(counts.get(row.jobType) ?? NONE, row))
  const total = ({ cancelled, completed, failed }: Ended) => completed + failed + cancelled
  return [...counts]
    .toSorted(([, a], [, b]) => total(b) - total(a))
    .map(([jobType, count]) => {
      const duration = durations.find((each) => each.jobType === jobType)
      return {
        jobType,
        completed: count.completed,
        failed: count.failed,
        cancelled: count.cancelled,
        ...rateOf(count),
        ...(duration && { durationMs: { p50: Math.round(duration.p50), p95: Math.round(duration.p95) } })
      }
    })
}

const lanesOf = ({ ended }: typeof RecentRow.Type, live: ReadonlyArray<typeof LiveRow.Type>) =>
  lanes.map((lane): StatisticsReport["lanes"][number] => {
    const of = (status: JobStatus) => live.find((row) => row.lane === lane && row.status === status)?.jobs ?? 0
    const { cancelled, completed, failed } = ended.filter((row) => row.lane === lane).reduce(plus, NONE)
    return { lane, counts: { pending: of("pending"), in_progress: of("in_progress"), completed, failed, cancelled } }
  })

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const callers = yield* makeCallers

  // Compared as pairs, because then nothing but the index of both is in their order: the index of ids alone would be
  // read through all jobs of other organisations. Names are written out in JSON: the client renames columns only.
  const recentOf = SqlSchema.findOne({
    Request: Schema.String,
    Result: RecentRow,
    execute: (id) => sql`
      WITH recent AS MATERIALIZED (
        SELECT lane, job_type, status, started_at, completed_at, created_at FROM script_jobs
        WHERE (organisation_id, script_jobs.id) BETWEEN (${id}, ${FIRST_ID}::uuid) AND (${id}, ${LAST_ID}::uuid)
        ORDER BY organisation_id DESC, script_jobs.id DESC LIMIT ${LOOKED_AT}
      ), basis AS (
        SELECT count(*)::int AS jobs, min(created_at) AS since FROM recent
      ), ended AS (
        SELECT lane, job_type, count(*) FILTER (WHERE status = 'completed') AS completed,
          count(*) FILTER (WHERE status = 'failed') AS failed, count(*) FILTER (WHERE status = 'cancelled') AS cancelled
        FROM recent WHERE status IN ('completed', 'failed', 'cancelled') GROUP BY lane, job_type
      ), durations AS (
        SELECT job_type,
          percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - started_at) * 1000)
            AS p
        FROM recent WHERE status = 'completed' GROUP BY job_type
      ), periods AS (
        SELECT period.name, count(*) FILTER (WHERE status = 'completed') AS completed,
          count(*) FILTER (WHERE status = 'failed') AS failed, count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
          CASE WHEN basis.jobs < ${LOOKED_AT} THEN 1 ELSE greatest(1,
            extract(epoch FROM period.length) / greatest(1, extract(epoch FROM now() - basis.since))
          ) END AS factor
        FROM (VALUES ('minute', interval '1 minute'), ('hour', interval '1 hour'), ('day', interval '1 day'))
          AS period (name, length) CROSS JOIN basis
          LEFT JOIN recent ON recent.completed_at > now() - period.length
        GROUP BY period.name, period.length, basis.jobs, basis.since
      )
      SELECT basis.jobs, basis.since, now() AS now,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('lane', lane, 'jobType', job_type, 'completed', completed,
          'failed', failed, 'cancelled', cancelled)), '[]') FROM ended) AS ended,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('jobType', job_type, 'p50', p[1], 'p95', p[2])), '[]')
          FROM durations) AS durations,
        (SELECT jsonb_agg(jsonb_build_object('name', name, 'completed', completed, 'failed', failed,
          'cancelled', cancelled, 'factor', factor)) FROM periods) AS periods
      FROM basis`
  })

  const liveOf = SqlSchema.findAll({
    Request: Schema.String,
    Result: LiveRow,
    execute: (id) => sql`
      SELECT lane, 'in_progress' AS status, count(*)::int AS jobs FROM job_leases WHERE organisation_id = ${id} GROUP BY lane
      UNION ALL
      SELECT lane, 'pending', count(*)::int FROM (
        SELECT lane FROM job_queue WHERE organisation_id = ${id} LIMIT ${COUNTED}
      ) waiting GROUP BY lane`
  })

  const usesOf = SqlSchema.findAll({
    Request: Schema.String,
    Result: UseRow,
    execute: (id) => sql`
      SELECT endpoint, uses::float8 AS uses, first_used_at, last_used_at FROM deprecated_uses
      WHERE organisation_id = ${id} ORDER BY endpoint LIMIT 100`
  })

  const read = Effect.gen(function* () {
    const id = yield* currentOrganisation
    // Queue, leases and counters are Callboard's own, whoever is served; each is asked for one organisation.
    const [live, deprecated] = yield* callers.itself(Effect.all([liveOf(id), usesOf(id)], { concurrency: 2 }))
    const recent = yield* callers.run(recentOf(id))
    const period = (name: "minute" | "hour" | "day") => {
      const found = recent.periods.find((each) => each.name === name)
      return periodOf(found ?? { name, ...NONE, factor: 1 })
    }
    return {
      at: recent.now,
      basis: {
        jobs: recent.jobs,
        isWhole: recent.jobs < LOOKED_AT,
        ...(recent.since !== null && { since: recent.since })
      },
      lanes: lanesOf(recent, live),
      throughput: { minute: period("minute"), hour: period("hour"), day: period("day") },
      ...rateOf(recent.ended.reduce(plus, NONE)),
      types: typesOf(recent),
      deprecated
    } satisfies StatisticsReport
  }).pipe(answered("statistics"))

  const countDeprecatedUse = Effect.fn("Statistics.countDeprecatedUse")(function* (endpoint: string) {
    const id = yield* currentOrganisation
    yield* sql`
      INSERT INTO deprecated_uses (organisation_id, endpoint, uses) VALUES (${id}, ${endpoint}, 1)
      ON CONFLICT (organisation_id, endpoint) DO UPDATE SET uses = deprecated_uses.uses + 1, last_used_at = now()`.pipe(
      callers.itself,
      answered("countDeprecatedUse")
    )
  })

  return Statistics.of({ read, countDeprecatedUse })
})

export const layer = Layer.effect(Statistics, make)
