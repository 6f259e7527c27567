/**
 * The bounded reads of API and board. Each list has a limit, pages by key and uses an index of `script_jobs`. Two have other
 * bounds: `failures` reads at most 10,000 jobs of each kind of failure (migration 0036), and `batch` all jobs of its batch,
 * once for all who ask at the same time.
 */
import { Duration, Effect, Layer, Option, Schema } from "effect"
import { SqlClient, SqlSchema, type Statement } from "effect/sql"
import { JobErrorCode } from "../../domain/JobError.ts"
import type { JobFilter } from "../../domain/JobFilter.ts"
import { isReadable, type JobId, type JobRef, ReadableJobId } from "../../domain/JobId.ts"
import {
  BatchNotFound,
  type BatchReport,
  COUNT_LIMIT,
  InvalidCursor,
  type JobPage,
  JobReports,
  type ListedJob,
  type Look,
  type PageRequest,
  type StatusCounts
} from "../../domain/JobReports.ts"
import { isTerminal, type JobStatus, jobStatuses, ShownStatus } from "../../domain/JobStatus.ts"
import { JobNotFound, type JobsUnavailable } from "../../domain/Jobs.ts"
import { currentOrganisation, forCallers, makeCallers } from "./asCaller.ts"
import { answered, unavailable } from "./callFailures.ts"
import { makeGlance } from "./glance.ts"
import { attemptOf, CheckpointRow, HistoryRow, LogLineRow, logLineOf, stepRunOf } from "./HistoryRows.ts"
import { inParts } from "./inParts.ts"
import { makeJobReader } from "./JobReader.ts"
import { conditions, inBatch, jobsToCount, sourcesIn, where } from "./jobFilters.ts"
import { makeJobIds, makeRowsOfJob } from "./jobIds.ts"
import { decodeCursor } from "./listCursor.ts"
import { promptRecordOf } from "./PromptRows.ts"
import { makeShared } from "./sharedFor.ts"
import { makeSharedReads } from "./sharedReads.ts"

const FailureRow = Schema.Struct({
  fingerprint: Schema.String,
  jobType: Schema.String,
  step: Schema.NullOr(Schema.String),
  code: JobErrorCode,
  jobs: Schema.Int,
  restaurants: Schema.Int,
  firstFailedAt: Schema.DateTimeUtcFromDate,
  lastFailedAt: Schema.DateTimeUtcFromDate,
  latestJobId: ReadableJobId,
  latestMessage: Schema.String
})

/** Of one read by ids. */
const MOST_IDS = 200

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const reader = yield* makeJobReader
  const callers = yield* makeCallers
  const idOf = yield* makeJobIds
  const rowsOfJob = yield* makeRowsOfJob

  const glance = yield* makeGlance(reader)
  const glanceAt = (filter: JobFilter, page: PageRequest) => callers.reading("list")(glance.list(filter, page))

  /** Any list, in the transaction of its caller where there is one. */
  const filtered = Effect.fnUntraced(function* (filter: JobFilter, after: JobId | undefined, page: PageRequest) {
    const ascending = page.order === "asc"
    const all = conditions(yield* sourcesIn(sql), filter)
    if (after !== undefined) all.push(ascending ? sql`id > ${after}::uuid` : sql`id < ${after}::uuid`)
    return yield* reader
      .selectPage(sql`${where(sql, all)} ORDER BY id ${sql.literal(ascending ? "ASC" : "DESC")}`, page.limit)
      .pipe(answered("list"))
  }, callers.reading("list"))

  const list = Effect.fn("JobReports.list")(function* (filter: JobFilter, page: PageRequest) {
    if (page.glance === true) return yield* glanceAt(filter, page)
    const after = page.cursor === undefined ? Option.none() : decodeCursor(page.cursor)
    if (page.cursor !== undefined && Option.isNone(after)) return yield* new InvalidCursor()
    const isOfNewest = page.order !== "asc" && Object.values(filter).every((value) => value === undefined)
    const who = isOfNewest ? yield* Effect.mapError(callers.direct, unavailable("list")) : Option.none()
    return yield* inParts({ after: Option.getOrUndefined(after), limit: page.limit }, ({ after: before, limit }) =>
      Option.isSome(who)
        ? answered("list")(reader.newest(who.value, { before, limit }))
        : filtered(filter, before, { ...page, limit })
    )
  })

  const byIds = (ids: ReadonlyArray<JobId>, look: Look = {}) => {
    if (ids.length === 0) return Effect.succeed([])
    const most = ids.slice(0, MOST_IDS)
    const read = look.glance ? glance.byIds(most) : reader.select(sql`WHERE id = ANY(${most}::text[]::uuid[])`)
    return answered("byIds")(read)
  }

  /** Rows as a list, each with the names that callers see. */
  const listOf = (rows: Statement.Fragment, order: string) =>
    sql`(SELECT coalesce(jsonb_agg(r ORDER BY ${sql.literal(order)}), '[]') FROM (${rows}) r)`

  const error = sql.literal(`error_code AS "errorCode", error_message AS "errorMessage",
    error_retryable AS "errorRetryable", error_step AS "errorStep", error_hint AS "errorHint"`)

  // The last attempt is described by the job itself; job_attempts has those before it, and those that were lost.
  const attemptsOf = (id: string) => sql`
    SELECT attempt, worker, started_at AS "startedAt", ended_at AS "endedAt", outcome, ${error}
    FROM (
      SELECT attempt, worker, started_at, ended_at, outcome, error_code, error_message, error_retryable, error_step,
        error_hint
      FROM job_attempts WHERE job_id = ${id}::uuid
      UNION ALL
      SELECT attempt, lease_owner, started_at, completed_at,
        CASE WHEN status IN ('completed', 'failed', 'cancelled') THEN status END,
        CASE WHEN status = 'failed' THEN error_code END, CASE WHEN status = 'failed' THEN error_message END,
        CASE WHEN status = 'failed' THEN error_retryable END, CASE WHEN status = 'failed' THEN error_step END,
        CASE WHEN status = 'failed' THEN error_hint END
      FROM script_jobs j
      WHERE id = ${id}::uuid AND status <> 'pending' AND lease_owner IS NOT NULL AND NOT EXISTS (
        SELECT FROM job_attempts a WHERE a.job_id = j.id AND a.attempt = j.attempt
      )
    ) each
    ORDER BY attempt DESC LIMIT 200`

  const stepsOf = (id: string) => sql`
    SELECT s.name, s.number, s.attempt, s.started_at AS "startedAt", s.ended_at AS "endedAt", s.outcome,
      c.name IS NOT NULL AS kept
    FROM job_steps s
    LEFT JOIN job_checkpoints c ON c.job_id = s.job_id AND c.name = s.name AND c.attempt = s.attempt
    WHERE s.job_id = ${id}::uuid ORDER BY s.attempt DESC, s.number DESC LIMIT 500`

  // Answers and tokens are for the engine alone, so they are not even asked for.
  const promptsOf = (id: string) => sql`
    SELECT p.id, p.kind, p.label, p.hint, p.choices, p.step, p.attempt, p.times_asked AS "timesAsked", p.state,
      p.asked_at AS "askedAt", p.deadline, p.answered_at AS "answeredAt", p.answered_by AS "answeredBy",
      p.closed_at AS "closedAt"
    FROM job_prompts p WHERE p.job_id = ${id}::uuid ORDER BY p.id DESC LIMIT 50`

  const historyOf = SqlSchema.findOne({
    Request: Schema.String,
    Result: HistoryRow,
    execute: (id) => sql`SELECT EXISTS (SELECT FROM script_jobs WHERE id = ${id}::uuid) AS exists,
      ${listOf(attemptsOf(id), "r.attempt")} AS attempts,
      ${listOf(stepsOf(id), "r.attempt, r.number")} AS steps, ${listOf(promptsOf(id), "r.id")} AS prompts`
  })

  const history = Effect.fn("JobReports.history")(function* (ref: JobRef) {
    const id = isReadable(ref) ? yield* idOf(ref) : ref
    const { attempts, exists, prompts, steps } = yield* historyOf(id).pipe(answered("history"))
    if (!exists) return yield* new JobNotFound({ ref })
    return {
      attempts: attempts.map(attemptOf),
      steps: steps.map(stepRunOf),
      prompts: prompts.map(promptRecordOf)
    }
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
    const rows = yield* rowsOfJob(ref, (id) =>
      linesOf({ id, after: page.after ?? null, limit: page.limit }).pipe(answered("logs"))
    )
    const lines = rows.map(logLineOf)
    return page.after === undefined ? lines.toReversed() : lines
  })

  const checkpointsOf = SqlSchema.findAll({
    Request: Schema.String,
    Result: CheckpointRow,
    execute: (id) => sql`
      SELECT name, attempt, created_at FROM job_checkpoints WHERE job_id = ${id}::uuid
      ORDER BY created_at, name LIMIT 500`
  })

  const checkpoints = Effect.fn("JobReports.checkpoints")(function* (ref: JobRef) {
    return yield* rowsOfJob(ref, (id) => checkpointsOf(id).pipe(answered("checkpoints")))
  })

  const counts = Effect.fn("JobReports.counts")(function* (filter: Omit<JobFilter, "status">) {
    if (Object.keys(filter).length > 0) return yield* glance.counts(filter)
    const sources = yield* sourcesIn(sql)
    const each = ShownStatus.literals.map(
      (status) => sql`SELECT ${status} AS status, count(*)::int AS count
        FROM (${jobsToCount(sources, filter, status)} LIMIT ${COUNT_LIMIT}) AS capped`
    )
    const union = each.reduce((left, right) => sql`${left} UNION ALL ${right}`)
    const rows = yield* sql<{ status: ShownStatus; count: number }>`${union}`.pipe(answered("counts"))
    return Object.fromEntries(rows.map((row) => [row.status, row.count])) as StatusCounts
  })

  const batch = Effect.fn("JobReports.batch")(function* (batchId: string) {
    const rows = yield* sql<{ status: JobStatus; jobs: number; percent: number }>`
      SELECT status, count(*)::int AS jobs, sum(CASE WHEN status = 'in_progress' THEN progress_percent ELSE 0 END)::float8
        AS percent
      FROM script_jobs WHERE ${inBatch(sql, batchId)} GROUP BY status`.pipe(answered("batch"))
    const total = rows.reduce((sum, row) => sum + row.jobs, 0)
    if (total === 0) return yield* new BatchNotFound({ batchId })
    const jobsIn = (status: JobStatus) => rows.find((row) => row.status === status)?.jobs ?? 0
    const ended = jobStatuses.filter(isTerminal).reduce((sum, status) => sum + jobsIn(status), 0)
    const running = rows.reduce((sum, row) => sum + row.percent, 0)
    const counts = Object.fromEntries(jobStatuses.map((status) => [status, jobsIn(status)])) as BatchReport["counts"]
    return { batchId, total, counts, percent: Math.floor((ended * 100 + running) / total) }
  })

  const failureRows = SqlSchema.findAll({
    Request: Schema.String,
    Result: FailureRow,
    execute: (organisation) => sql`
      SELECT * FROM script_jobs_failed_summary WHERE organisation_id = ${organisation}
      ORDER BY jobs DESC, last_failed_at DESC LIMIT 100`
  })
  const failures = Effect.flatMap(currentOrganisation, failureRows).pipe(
    Effect.map((rows) => rows.map(({ step, ...row }) => ({ ...row, ...(step !== null && { step }) }))),
    answered("failures")
  )

  const databaseMs = sql<{ ms: number }>`SELECT floor(extract(epoch FROM now()) * 1000)::float8 AS ms`

  const reports =
    // Lists take role and claims with their statement where they can.
    forCallers(callers, { list, listed: glance.listed, byIds, history, logs, checkpoints, counts, batch, failures }, [
      "list"
    ])
  const shared = yield* makeSharedReads<JobPage, InvalidCursor | JobsUnavailable>("list")
  const sharedListed = yield* makeSharedReads<ReadonlyArray<ListedJob>, JobsUnavailable>("listed")
  const sharedBatch = yield* makeSharedReads<BatchReport, BatchNotFound | JobsUnavailable>("batch")
  const sharedNow = makeShared<number, JobsUnavailable>(Duration.seconds(2))
  return JobReports.of({
    ...reports,
    nowMs: sharedNow("now", Effect.map(databaseMs, ([row]) => row!.ms).pipe(answered("nowMs"))),
    list: (filter, page) => shared([filter, page], reports.list(filter, page)),
    listed: (filter, limit) => sharedListed([filter, limit], reports.listed(filter, limit)),
    batch: (batchId) => sharedBatch([batchId], reports.batch(batchId))
  })
})

export const layer = Layer.effect(JobReports, make)
