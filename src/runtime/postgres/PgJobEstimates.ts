/** Estimates on PostgreSQL. Each kind of read is kept for a few seconds, so that many open pages cost what one does. */
import { Duration, Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { asCallboard } from "../../domain/Caller.ts"
import type { DayCounts } from "../../domain/DayCounts.ts"
import { JobEstimates, type QueuePlace, startsInMs } from "../../domain/JobEstimates.ts"
import { JobId } from "../../domain/JobId.ts"
import type { JobsUnavailable } from "../../domain/Jobs.ts"
import { currentOrganisation } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { EstimateRow, typeEstimatesOf } from "./EstimateRows.ts"
import { dayCountsOf, dayFields, endedByDay } from "./endedByDay.ts"
import { FIRST_ID, LAST_ID } from "./jobIds.ts"
import { makeShared, sharedFor } from "./sharedFor.ts"

const TYPES_FOR = Duration.seconds(10)
const PLACES_FOR = Duration.seconds(2)

/** Types times steps of one organisation; more than any has. */
const MOST_ROWS = 5_000

/** Newest jobs of a type that are counted by day. */
const MOST_ENDED = 1_000

/** Jobs of each lane whose place in line is told. */
const LONGEST_LINE = 200

const LineRow = Schema.Struct({
  lane: Schema.String,
  capacity: Schema.Int,
  /** Absent for a job that runs. */
  id: Schema.NullOr(JobId),
  /** Of one that runs what is left of it, of one in line all of it. */
  usualMs: Schema.NullOr(Schema.Number)
})

const placesOf = (rows: ReadonlyArray<typeof LineRow.Type>): ReadonlyMap<JobId, QueuePlace> => {
  const usual = (row: typeof LineRow.Type) => row.usualMs ?? undefined
  const lanes = [...new Set(rows.map(({ lane }) => lane))]
  return new Map(
    lanes.flatMap((lane) => {
      const own = rows.filter((row) => row.lane === lane)
      const line = own.flatMap(({ id, ...row }) => (id === null ? [] : [{ ...row, id }]))
      const running = own.filter(({ id }) => id === null)
      const starts = startsInMs(
        own[0]?.capacity ?? 0,
        running.map(usual),
        line.map(({ usualMs }) => usualMs ?? undefined)
      )
      return line.map(({ id }, index): readonly [JobId, QueuePlace] => {
        const startsIn = starts[index]
        return [id, { place: index + 1, ...(startsIn !== undefined && { startsInMs: startsIn }) }]
      })
    })
  )
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const typeRows = SqlSchema.findAll({
    Request: Schema.String,
    Result: EstimateRow,
    execute: (of) => sql`
      SELECT job_type, step, runs, p25_ms, median_ms, p75_ms, p90_ms, off_percent, durations_ms, ended, failed,
        common_error, since
      FROM job_estimates WHERE organisation_id = ${of} ORDER BY job_type, step LIMIT ${MOST_ROWS}`
  })
  const types = sharedFor(TYPES_FOR)(
    Effect.flatMap(currentOrganisation, (of) => Effect.map(typeRows(of), typeEstimatesOf).pipe(answered("estimates")))
  )

  // Compared as one, because then nothing but the index of all three is in their order: the index of ids alone would be
  // read through all newer jobs of other types.
  const endedRow = SqlSchema.findOne({
    Request: Schema.Struct({ organisation: Schema.String, jobType: Schema.String }),
    Result: Schema.Struct(dayFields),
    execute: ({ jobType, organisation }) => sql`
      WITH known AS MATERIALIZED (
        SELECT j.status, j.created_at, j.completed_at FROM script_jobs j
        WHERE (j.organisation_id, j.job_type, j.id)
          BETWEEN (${organisation}, ${jobType}, ${FIRST_ID}::uuid) AND (${organisation}, ${jobType}, ${LAST_ID}::uuid)
        ORDER BY j.organisation_id DESC, j.job_type DESC, j.id DESC LIMIT ${MOST_ENDED}
      )
      SELECT ${endedByDay(sql, MOST_ENDED)}`
  })
  const keptEnded = makeShared<DayCounts, JobsUnavailable>(TYPES_FOR)
  const ended = (jobType: string) =>
    Effect.flatMap(currentOrganisation, (organisation) =>
      keptEnded(
        `${organisation} ${jobType}`,
        Effect.map(endedRow({ organisation, jobType }), dayCountsOf).pipe(answered("endedByDay"))
      )
    )

  const lineRows = SqlSchema.findAll({
    Request: Schema.Void,
    Result: LineRow,
    execute: () => sql`
      SELECT load.lane, load.capacity, each.id, each.usual_ms FROM lane_loads load CROSS JOIN LATERAL (
        (SELECT NULL::uuid AS id, 0 AS first, NULL::integer AS rank, NULL::timestamptz AS run_at,
          greatest(0, e.median_ms - extract(epoch FROM now() - j.started_at) * 1000)::float8 AS usual_ms
        FROM job_leases l JOIN script_jobs j ON j.id = l.id
        LEFT JOIN job_estimates e
          ON e.organisation_id = j.organisation_id AND e.job_type = j.job_type AND e.step = '' AND e.runs > 0
        WHERE l.lane = load.lane LIMIT ${LONGEST_LINE})
        UNION ALL
        (SELECT q.id, 1, q.rank, q.run_at, e.median_ms FROM job_queue q
        LEFT JOIN job_estimates e
          ON e.organisation_id = q.organisation_id COLLATE "default" AND e.job_type = q.job_type COLLATE "default" AND e.step = '' AND e.runs > 0
        WHERE q.lane = load.lane AND q.state = 'ready' ORDER BY q.rank, q.run_at, q.id LIMIT ${LONGEST_LINE})
      ) each
      ORDER BY load.lane, each.first, each.rank, each.run_at, each.id`
  })
  // The line is that of all organisations: it is counted for Callboard itself, and only places leave this file.
  const allPlaces = Effect.map(lineRows(undefined), placesOf).pipe(asCallboard, answered("places"))
  const keptPlaces = makeShared<ReadonlyMap<JobId, QueuePlace>, JobsUnavailable>(PLACES_FOR)

  return JobEstimates.of({
    types,
    ended,
    places: (ids) =>
      ids.length === 0
        ? Effect.succeed(new Map())
        : Effect.map(keptPlaces("", allPlaces), (all) => new Map([...all].filter(([id]) => ids.includes(id)))),
    refresh: sql`SELECT refresh_job_estimates(interval '50 seconds')`.pipe(Effect.asVoid, answered("refreshEstimates"))
  })
})

export const layer = Layer.effect(JobEstimates, make)
