import { Effect, Layer, Option } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { JobRows, type Row, type RowsOf, type RowsPart, type RowsRequest } from "../../domain/JobRows.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { MASK, mapSecrets } from "../../domain/Secret.ts"
import { makeCallers } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { conditions, type Sources, sourcesIn } from "./jobFilters.ts"

/** What a statement gives: the columns of the export, and where the next part goes on. */
type ReadRow = Row & { readonly cursor: string; readonly resultJson?: unknown }

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`

const time = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', ${ISO})`

/** Names as the columns of the export, because the driver leaves quoted ones as they are but for their case. */
const COLUMNS: Readonly<Record<RowsOf, string>> = {
  jobs: `id::text AS cursor, id::text AS id, job_id, job_type, status, ${time("created_at")} AS created_at,
    ${time("started_at")} AS started_at, ${time("completed_at")} AS completed_at, attempt AS attempts, restaurant_id,
    created_by, batch_id::text AS batch_id, client_ref, array_to_string(labels, ' ') AS labels, error_code, error_message`,
  results: `id::text AS cursor, id::text AS id, job_id, job_type, status, ${time("completed_at")} AS completed_at,
    result AS result_json`,
  logs: `l.id::text AS cursor, l.id::float8 AS line_id, j.job_id, j.job_type, l.attempt, ${time("l.at")} AS at, l.level,
    l.step, l.message`
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const types = yield* JobTypes
  const callers = yield* makeCallers

  const ofJobs = (sources: Sources, { after, filter, most, of, organisationId, until }: RowsRequest) => {
    const all: Array<Statement.Fragment> = [
      sql`organisation_id = ${organisationId}`,
      sql`id < ${until}::uuid`,
      ...(after === undefined ? [] : [sql`id > ${after}::text::uuid`]),
      ...(of === "results" ? [sql`result IS NOT NULL`] : []),
      ...conditions(sources, filter)
    ]
    return sql<ReadRow>`SELECT ${sql.literal(COLUMNS[of])} FROM script_jobs WHERE ${sql.and(all)}
      ORDER BY script_jobs.id LIMIT ${most}`
  }

  const ofLogs = (sources: Sources, { after, filter, most, organisationId, until }: RowsRequest) => {
    const chosen = [
      sql`script_jobs.id = j.id`,
      sql`organisation_id = ${organisationId}`,
      sql`id < ${until}::uuid`,
      ...conditions(sources, filter)
    ]
    return sql<ReadRow>`
      SELECT ${sql.literal(COLUMNS.logs)} FROM job_logs l JOIN script_jobs j ON j.id = l.job_id
      WHERE l.id > ${after ?? "0"}::text::bigint AND EXISTS (SELECT FROM script_jobs WHERE ${sql.and(chosen)})
      ORDER BY l.id LIMIT ${most}`
  }

  /** A result may hold secrets, such as a new key. */
  const shown = (row: ReadRow): Row => {
    const { cursor: _, resultJson, ...rest } = row
    if (!("resultJson" in row)) return rest
    const type = Option.getOrUndefined(types.find(String(row.jobType)))
    const masked = type === undefined ? null : mapSecrets(type.resultSchema, resultJson, () => MASK)
    return { ...rest, result: JSON.stringify(masked) }
  }

  return JobRows.of({
    read: Effect.fn("JobRows.read")(function* (request: RowsRequest) {
      const read = request.of === "logs" ? ofLogs : ofJobs
      const rows = yield* callers.itself(
        Effect.flatMap(sourcesIn(sql), (sources) => read(sources, request)).pipe(answered("rows"))
      )
      const last = rows.at(-1)?.cursor
      const part: RowsPart = {
        rows: rows.map(shown),
        ...(rows.length === request.most && last !== undefined && { next: last })
      }
      return part
    })
  })
})

export const layer = Layer.effect(JobRows, make)
