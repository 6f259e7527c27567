/** Conditions on `script_jobs` that a filter stands for. Each can use an index of `script_jobs` or of `job_queue`. */
import { Effect, Option, Schema } from "effect"
import type { SqlClient, Statement } from "effect/sql"
import { CurrentCaller } from "../../domain/Caller.ts"
import type { JobFilter } from "../../domain/JobFilter.ts"
import { isReadable, JobId, type JobRef } from "../../domain/JobId.ts"
import { ShownStatus } from "../../domain/JobStatus.ts"
import { OWN_LANE } from "../../domain/Lane.ts"
import { containing } from "./containing.ts"

const isId = Schema.is(JobId)

/** Has nothing that no readable id has, so it may be a part of one. */
export const couldBeId = (text: string): boolean => /^[job_\da-f]+$/iu.test(text)

export const matches = (sql: SqlClient.SqlClient, ref: JobRef) =>
  isReadable(ref) ? sql`job_id = ${ref}` : sql`id = ${ref}::uuid`

/** What asks for an answer now: callers get it without answers and tokens, which the view has. */
export const openPrompts = (sql: SqlClient.SqlClient): Effect.Effect<Statement.Fragment> =>
  Effect.map(CurrentCaller, (caller) => (Option.isSome(caller) ? sql`open_prompts_for_callers()` : sql`open_prompts`))

/** Where filters find the statements they are made of. */
export interface Sources {
  readonly sql: SqlClient.SqlClient
  readonly prompts: Statement.Fragment
}

export const sourcesIn = (sql: SqlClient.SqlClient): Effect.Effect<Sources> =>
  Effect.map(openPrompts(sql), (prompts) => ({ sql, prompts }))

/** The twin of `shownStatus` in src/domain/JobStatus.ts. */
export const shown = ({ prompts, sql }: Sources, status: ShownStatus): Statement.Fragment => {
  switch (status) {
    case "pending":
      return sql`(status = 'pending' AND run_at <= now())`
    case "scheduled":
      return sql`(status = 'pending' AND run_at > now() AND retry_count = 0)`
    case "retry_wait":
      return sql`(status = 'pending' AND run_at > now() AND retry_count > 0)`
    case "failed":
      return sql`failed_at IS NOT NULL`
    case "cancelled":
      return sql`cancelled_at IS NOT NULL`
    case "in_progress":
      return sql`(status = 'in_progress' AND id NOT IN (SELECT o.job_id FROM ${prompts} o))`
    case "needs_input":
      return sql`(status = 'in_progress' AND id IN (SELECT o.job_id FROM ${prompts} o))`
    default:
      return sql`status = ${status}`
  }
}

/** The status that a row of `script_jobs` is shown in. What waits for an answer is only looked for where a job runs. */
export const shownStatusOf = (sources: Sources): Statement.Fragment => {
  const { sql } = sources
  const cases = ShownStatus.literals
    .filter((status) => status !== "in_progress")
    .map((status) => sql`WHEN ${shown(sources, status)} THEN ${status}`)
  return sql`CASE ${cases.reduce((left, right) => sql`${left} ${right}`)} ELSE 'in_progress' END`
}

/** Which rows `q` of `job_queue` are in a status of those that wait. */
export const waitsAs = (sql: SqlClient.SqlClient, status: ShownStatus): Statement.Fragment | undefined => {
  switch (status) {
    case "pending":
      return sql`q.run_at <= now()`
    case "scheduled":
      return sql`(q.run_at > now() AND NOT q.retrying)`
    case "retry_wait":
      return sql`(q.run_at > now() AND q.retrying)`
    default:
      return undefined
  }
}

/** Where the few jobs of a status are found without reading the many that have completed. */
const sourceOf = ({ prompts, sql }: Sources, status: ShownStatus): Statement.Fragment | undefined => {
  switch (status) {
    case "pending":
    case "scheduled":
    case "retry_wait":
      return sql`SELECT q.id FROM job_queue q WHERE ${waitsAs(sql, status)!}`
    case "in_progress":
      return sql`SELECT l.id FROM job_leases l`
    case "needs_input":
      return sql`SELECT o.job_id FROM ${prompts} o`
    case "failed":
      return sql`SELECT f.id FROM script_jobs f WHERE f.failed_at IS NOT NULL`
    case "cancelled":
      return sql`SELECT c.id FROM script_jobs c WHERE c.cancelled_at IS NOT NULL`
    case "completed":
      return undefined
  }
}

export const inStatus = (sources: Sources, statuses: ReadonlyArray<ShownStatus>): Statement.Fragment => {
  const { sql } = sources
  const either = sql.or(statuses.map((status) => shown(sources, status)))
  const [only] = statuses
  // The partial indexes serve these two directly.
  if (statuses.length === 1 && (only === "failed" || only === "cancelled")) return either
  const found = statuses.map((status) => sourceOf(sources, status))
  if (found.includes(undefined)) return either
  const union = found.filter((source) => source !== undefined).reduce((left, right) => sql`${left} UNION ALL ${right}`)
  return sql`(id IN (${union}) AND ${either})`
}

/** What is no id is in no batch. */
export const inBatch = (sql: SqlClient.SqlClient, batchId: string): Statement.Fragment =>
  isId(batchId) ? sql`batch_id = ${batchId}::uuid` : sql`false`

/** What Callboard sends out itself is seen only where it is asked for. */
export const inLane = (sql: SqlClient.SqlClient, lane: JobFilter["lane"]): Statement.Fragment =>
  lane === undefined ? sql`lane <> ${OWN_LANE}` : sql`lane = ${lane}`

/** All that a filter says, but of the lane. */
export const besidesLane = (sources: Sources, filter: JobFilter): Array<Statement.Fragment> => {
  const { sql } = sources
  const all: Array<Statement.Fragment> = []
  if (filter.ids !== undefined) all.push(sql`id = ANY (${filter.ids}::text[]::uuid[])`)
  if (filter.status !== undefined && filter.status.length > 0) {
    all.push(inStatus(sources, filter.status))
  }
  if (filter.jobType !== undefined) all.push(sql`job_type = ${filter.jobType}`)
  if (filter.restaurantId !== undefined) all.push(sql`restaurant_id = ${filter.restaurantId}`)
  if (filter.createdBy !== undefined) all.push(sql`created_by = ${filter.createdBy}`)
  if (filter.batchId !== undefined) all.push(inBatch(sql, filter.batchId))
  if (filter.label !== undefined) all.push(sql`labels @> ARRAY[${filter.label}]::text[]`)
  if (filter.fingerprint !== undefined) {
    all.push(sql`(failed_at IS NOT NULL AND error_fingerprint = ${filter.fingerprint})`)
  }
  if (filter.createdAfter !== undefined) all.push(sql`created_at >= ${filter.createdAfter}`)
  if (filter.createdBefore !== undefined) all.push(sql`created_at < ${filter.createdBefore}`)
  if (filter.q !== undefined) {
    const text = containing(filter.q)
    const columns = ["job_type", "restaurant_id", "error_message", ...(couldBeId(filter.q) ? ["job_id"] : [])]
    all.push(sql.or(columns.map((column) => sql`${sql.literal(column)} ILIKE ${text}`)))
  }
  return all
}

export const conditions = (sources: Sources, filter: JobFilter): Array<Statement.Fragment> => [
  ...besidesLane(sources, filter),
  inLane(sources.sql, filter.lane)
]

export const where = (sql: SqlClient.SqlClient, all: ReadonlyArray<Statement.Fragment>) =>
  all.length === 0 ? sql`` : sql`WHERE ${sql.and(all)}`

/** The jobs of a status that a filter leaves. Those that wait are counted in the queue, where nothing else is asked. */
export const jobsToCount = (sources: Sources, filter: JobFilter, status: ShownStatus): Statement.Fragment => {
  const { sql } = sources
  const waits = waitsAs(sql, status)
  const isOpen = Object.values(filter).every((value) => value === undefined)
  return waits !== undefined && isOpen
    ? sql`SELECT 1 FROM job_queue q WHERE q.lane <> ${OWN_LANE} AND ${waits}`
    : sql`SELECT 1 FROM script_jobs ${where(sql, [...conditions(sources, filter), inStatus(sources, [status])])}`
}
