/** The bounded reads of API and board. Each list has a limit, pages by key and uses an index of `script_jobs`. */
import { Effect, Layer, Option, Schema } from "effect"
import { SqlClient, SqlSchema, type Statement } from "effect/sql"
import { isReadable, JobId, type JobRef } from "../../domain/JobId.ts"
import {
  COUNT_LIMIT,
  InvalidCursor,
  type JobFilter,
  JobReports,
  type PageRequest,
  type StatusCounts
} from "../../domain/JobReports.ts"
import { ShownStatus } from "../../domain/JobStatus.ts"
import { JobNotFound } from "../../domain/Jobs.ts"
import { answered } from "./callFailures.ts"
import { AttemptRow, attemptOf, LogLineRow, logLineOf, StepRunRow, stepRunOf } from "./HistoryRows.ts"
import { makeJobReader } from "./JobReader.ts"

const Cursor = Schema.StringFromBase64Url.pipe(Schema.decodeTo(JobId))
const decodeCursor = Schema.decodeUnknownOption(Cursor)
const encodeCursor = Schema.encodeSync(Cursor)

/** `%` and `_` in the text are meant as they are. */
const containing = (text: string) => `%${text.replace(/[\\%_]/gu, "\\$&")}%`

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const reader = yield* makeJobReader

  /** The twin of `shownStatus` in src/domain/JobStatus.ts. */
  const shown = (status: ShownStatus): Statement.Fragment => {
    switch (status) {
      case "pending":
        return sql`(status = 'pending' AND run_at <= now())`
      case "scheduled":
        return sql`(status = 'pending' AND run_at > now() AND retry_count = 0)`
      case "retry_wait":
        return sql`(status = 'pending' AND run_at > now() AND retry_count > 0)`
      case "needs_input":
        return sql`false`
      default:
        // A literal, so that the planner can match the partial indexes.
        return sql`status = ${sql.literal(`'${status}'`)}`
    }
  }

  const conditions = (filter: JobFilter): Array<Statement.Fragment> => {
    const all: Array<Statement.Fragment> = []
    if (filter.status !== undefined && filter.status.length > 0) all.push(sql.or(filter.status.map(shown)))
    if (filter.jobType !== undefined) all.push(sql`job_type = ${filter.jobType}`)
    if (filter.lane !== undefined) all.push(sql`lane = ${filter.lane}`)
    if (filter.restaurantId !== undefined) all.push(sql`restaurant_id = ${filter.restaurantId}`)
    if (filter.createdBy !== undefined) all.push(sql`created_by = ${filter.createdBy}`)
    if (filter.label !== undefined) all.push(sql`labels @> ARRAY[${filter.label}]::text[]`)
    if (filter.createdAfter !== undefined) all.push(sql`created_at >= ${filter.createdAfter}`)
    if (filter.createdBefore !== undefined) all.push(sql`created_at < ${filter.createdBefore}`)
    if (filter.q !== undefined) {
      const text = containing(filter.q)
      all.push(
        sql`(job_type ILIKE ${text} OR job_id ILIKE ${text} OR restaurant_id ILIKE ${text} OR error_message ILIKE ${text})`
      )
    }
    return all
  }

  const where = (all: ReadonlyArray<Statement.Fragment>) => (all.length === 0 ? sql`` : sql`WHERE ${sql.and(all)}`)

  const list = Effect.fn("JobReports.list")(function* (filter: JobFilter, page: PageRequest) {
    const ascending = page.order === "asc"
    const all = conditions(filter)
    if (page.cursor !== undefined) {
      const after = decodeCursor(page.cursor)
      if (Option.isNone(after)) return yield* new InvalidCursor()
      all.push(ascending ? sql`id > ${after.value}::uuid` : sql`id < ${after.value}::uuid`)
    }
    // One row more than asked for tells whether there is a next page.
    const jobs = yield* reader
      .select(sql`${where(all)} ORDER BY id ${sql.literal(ascending ? "ASC" : "DESC")} LIMIT ${page.limit + 1}`)
      .pipe(answered("list"))
    const shownJobs = jobs.slice(0, page.limit)
    const last = shownJobs.at(-1)
    return {
      jobs: shownJobs,
      ...(jobs.length > page.limit && last !== undefined && { nextCursor: encodeCursor(last.id) })
    }
  })

  const byIds = (ids: ReadonlyArray<JobId>) =>
    ids.length === 0
      ? Effect.succeed([])
      : reader.select(sql`WHERE id = ANY(${ids}::text[]::uuid[]) LIMIT 200`).pipe(answered("byIds"))

  const idOf = (ref: JobRef) =>
    Effect.gen(function* () {
      const match = isReadable(ref) ? sql`job_id = ${ref}` : sql`id = ${ref}::uuid`
      const rows = yield* sql<{ id: string }>`SELECT id FROM script_jobs WHERE ${match}`.pipe(answered("find"))
      return rows[0]?.id ?? (yield* new JobNotFound({ ref }))
    })

  const attemptsOf = SqlSchema.findAll({
    Request: Schema.String,
    Result: AttemptRow,
    execute: (id) => sql`SELECT * FROM job_attempts WHERE job_id = ${id}::uuid ORDER BY attempt DESC LIMIT 200`
  })
  const stepsOf = SqlSchema.findAll({
    Request: Schema.String,
    Result: StepRunRow,
    execute: (id) => sql`
      SELECT s.*, c.name IS NOT NULL AS kept FROM job_steps s
      LEFT JOIN job_checkpoints c ON c.job_id = s.job_id AND c.name = s.name AND c.attempt = s.attempt
      WHERE s.job_id = ${id}::uuid ORDER BY s.attempt DESC, s.number DESC LIMIT 500`
  })

  const history = Effect.fn("JobReports.history")(function* (ref: JobRef) {
    const id = yield* idOf(ref)
    const [attempts, steps] = yield* Effect.all([attemptsOf(id), stepsOf(id)], { concurrency: 2 }).pipe(
      answered("history")
    )
    return { attempts: attempts.map(attemptOf).toReversed(), steps: steps.map(stepRunOf).toReversed() }
  })

  const linesOf = SqlSchema.findAll({
    Request: Schema.Struct({ id: Schema.String, after: Schema.NullOr(Schema.Int), limit: Schema.Int }),
    Result: LogLineRow,
    execute: ({ after, id, limit }) =>
      after === null
        ? sql`SELECT id::float8, attempt, at, level, step, message FROM job_logs
            WHERE job_id = ${id}::uuid ORDER BY job_logs.id DESC LIMIT ${limit}`
        : sql`SELECT id::float8, attempt, at, level, step, message FROM job_logs
            WHERE job_id = ${id}::uuid AND id > ${after} ORDER BY job_logs.id LIMIT ${limit}`
  })

  const logs = Effect.fn("JobReports.logs")(function* (
    ref: JobRef,
    page: { readonly after?: number; readonly limit: number }
  ) {
    const id = yield* idOf(ref)
    const rows = yield* linesOf({ id, after: page.after ?? null, limit: page.limit }).pipe(answered("logs"))
    const lines = rows.map(logLineOf)
    return page.after === undefined ? lines.toReversed() : lines
  })

  const counts = Effect.fn("JobReports.counts")(function* (filter: Omit<JobFilter, "status">) {
    const each = ShownStatus.literals.map((status) => {
      const all = [...conditions(filter), shown(status)]
      return sql`SELECT ${status} AS status, count(*)::int AS count
        FROM (SELECT 1 FROM script_jobs ${where(all)} LIMIT ${COUNT_LIMIT}) AS capped`
    })
    const union = each.reduce((left, right) => sql`${left} UNION ALL ${right}`)
    const rows = yield* sql<{ status: ShownStatus; count: number }>`${union}`.pipe(answered("counts"))
    return Object.fromEntries(rows.map((row) => [row.status, row.count])) as StatusCounts
  })

  return JobReports.of({ list, byIds, history, logs, counts })
})

export const layer = Layer.effect(JobReports, make)
