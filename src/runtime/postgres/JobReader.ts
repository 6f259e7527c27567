/** Reads rows of `script_jobs` and gives jobs, with what they wait for. Used by everything that shows jobs. */
import { DateTime, Effect, Option, Schema } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { CurrentCaller } from "../../domain/Caller.ts"
import { isReadable, type JobId, type JobRef } from "../../domain/JobId.ts"
import type { OpenPrompt } from "../../domain/JobPrompt.ts"
import type { JobPage } from "../../domain/JobReports.ts"
import { isTerminal } from "../../domain/JobStatus.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { OWN_LANE } from "../../domain/Lane.ts"
import type { WaitingReason } from "../../domain/Waiting.ts"
import { makeCallers } from "./asCaller.ts"
import { type JobRow, jobOf } from "./JobRow.ts"
import { openPrompts } from "./jobFilters.ts"
import { encodeCursor } from "./listCursor.ts"
import { openPromptOf, PromptJson, PromptRow } from "./PromptRows.ts"
import { decodeReasons, readJobRow, type TableRow } from "./readJobRow.ts"
import { FEWEST, makeTimeLeft, type RunPointRow } from "./timeLeft.ts"
import { triedAnew } from "./triedAnew.ts"

interface Known {
  readonly reasons: ReadonlyMap<JobId, ReadonlyArray<WaitingReason>>
  readonly prompts: ReadonlyMap<JobId, OpenPrompt>
  readonly left: ReadonlyMap<JobId, number>
}

export interface KnownRow extends TableRow {
  readonly waiting_reasons: unknown
  readonly run_point: RunPointRow | null
  readonly open_prompt: unknown
}

const decodePrompt = Schema.decodeUnknownEffect(PromptRow)
const parsePrompt = Schema.decodeUnknownOption(PromptJson)

/** What else is known of a `job`, a row that is joined with its reasons `w`. */
export const besides = (sql: SqlClient.SqlClient, job: Statement.Fragment, prompts: Statement.Fragment) => sql`
  w.reasons AS waiting_reasons,
  CASE WHEN (${job}).status = 'in_progress' AND (${job}).cancel_requested_at IS NULL AND w.reasons IS NULL
    THEN run_point(${job}, ${FEWEST}) END AS run_point,
  CASE WHEN w.reasons @> '[{"code": "needs_input"}]' THEN (
    SELECT prompt_json(o.id, o.kind, o.label, o.hint, o.choices, o.step, o.attempt, o.times_asked, o.asked_at,
      o.deadline)
    FROM ${prompts} o WHERE o.job_id = (${job}).id
  ) END AS open_prompt`

/** The function that tells callers of their own jobs why they wait, and Callboard of all. */
export const reasonsFor = (sql: SqlClient.SqlClient) =>
  Effect.map(CurrentCaller, (caller) =>
    sql.literal(Option.isSome(caller) ? "waiting_reasons_for_callers" : "waiting_reasons")
  )

export const makeJobReader = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const types = yield* JobTypes
  const callers = yield* makeCallers
  const timeLeft = yield* makeTimeLeft

  /**
   * Asks the database only when a job has not ended. Without an answer there are no reasons: the caller's own statement
   * has done its work by then, and reasons that cannot be told must not make it look as if it had not.
   */
  const reasonsOf = (rows: ReadonlyArray<JobRow>) =>
    Effect.gen(function* () {
      const live = rows.filter((row) => !isTerminal(row.status)).map((row) => row.id)
      if (live.length === 0) return new Map<JobId, ReadonlyArray<WaitingReason>>()
      const who = yield* callers.direct
      const isCalled = Option.isSome(yield* CurrentCaller)
      const jobs = sql`${live}::text[]::uuid[]`
      const found = yield* sql<{ id: JobId; reasons: unknown }>`
        SELECT id, reasons FROM ${
          Option.isSome(who)
            ? sql`waiting_reasons_as(${who.value}, ${jobs})`
            : sql`${sql.literal(isCalled ? "waiting_reasons_for_callers" : "waiting_reasons")}(${jobs})`
        }`
      const decoded = yield* Effect.forEach(found, ({ id, reasons }) =>
        Effect.map(decodeReasons(reasons), (known) => [id, known] as const)
      )
      return new Map(decoded)
    }).pipe(Effect.orElseSucceed(() => new Map<JobId, ReadonlyArray<WaitingReason>>()))

  /** What those ask that wait for an answer; mostly nobody does. */
  const promptsOf = (reasons: ReadonlyMap<JobId, ReadonlyArray<WaitingReason>>) =>
    Effect.gen(function* () {
      const asking = [...reasons].filter(([, known]) => known.some(({ code }) => code === "needs_input"))
      if (asking.length === 0) return new Map<JobId, OpenPrompt>()
      const who = yield* callers.direct
      const prompts = Option.isSome(who) ? sql`open_prompts_as(${who.value})` : yield* openPrompts(sql)
      const rows = yield* sql<{ jobId: JobId }>`
        SELECT * FROM ${prompts} WHERE job_id = ANY (${asking.map(([id]) => id)}::text[]::uuid[])`
      const decoded = yield* Effect.forEach(rows, (row) =>
        Effect.map(decodePrompt(row), (prompt) => [row.jobId, openPromptOf(prompt)] as const)
      )
      return new Map(decoded)
    }).pipe(Effect.orElseSucceed(() => new Map<JobId, OpenPrompt>()))

  const jobsOf = (rows: ReadonlyArray<JobRow>, { left, prompts, reasons }: Known) =>
    Effect.map(DateTime.now, (now) =>
      rows.map((row) =>
        jobOf(row, {
          types,
          waitingFor: reasons.get(row.id) ?? [],
          prompt: prompts.get(row.id),
          // Those that wait or whose worker is gone do not get on, so there is no telling.
          etaMs: reasons.has(row.id) ? undefined : left.get(row.id),
          now
        })
      )
    )

  /** Under the names of the columns. */
  const rowsOf = <Row>(statement: Statement.Statement<Row>) => triedAnew(sql)(statement.withoutTransform)

  /** Runs a statement that returns whole rows of `script_jobs`. */
  const write = (statement: Statement.Statement<object>) =>
    Effect.gen(function* () {
      const rows: Array<JobRow> = []
      for (const found of yield* rowsOf(statement as Statement.Statement<TableRow>)) {
        const row = yield* readJobRow(found)
        if (row !== undefined) rows.push(row)
      }
      const reasons = yield* reasonsOf(rows)
      const prompts = yield* promptsOf(reasons)
      const left = yield* timeLeft.of(rows.filter(({ id }) => !reasons.has(id)))
      return yield* jobsOf(rows, { reasons, prompts, left })
    })

  /** Runs a statement that returns with each row what else is known of the job: these jobs, and the ids of all rows. */
  const readRows = (statement: Statement.Statement<KnownRow>) =>
    Effect.gen(function* () {
      const reasons = new Map<JobId, ReadonlyArray<WaitingReason>>()
      const prompts = new Map<JobId, OpenPrompt>()
      const left = new Map<JobId, number>()
      const rows: Array<JobRow> = []
      const ids: Array<JobId> = []
      for (const found of yield* rowsOf(statement)) {
        ids.push(found.id as JobId)
        const row = yield* readJobRow(found)
        if (row === undefined) continue
        rows.push(row)
        if (found.waiting_reasons !== null) reasons.set(row.id, yield* decodeReasons(found.waiting_reasons))
        if (found.run_point !== null) left.set(row.id, timeLeft.leftOf(row, found.run_point))
        if (found.open_prompt === null) continue
        const prompt = parsePrompt(found.open_prompt)
        if (Option.isSome(prompt)) prompts.set(row.id, openPromptOf(prompt.value))
      }
      return { ids, jobs: yield* jobsOf(rows, { reasons, prompts, left }) }
    })

  const read = (statement: Statement.Statement<KnownRow>) => Effect.map(readRows(statement), ({ jobs }) => jobs)

  /** Of one row more than the page has, which tells whether there is a next one. A job that cannot be read ends no list. */
  const readPage = (statement: Statement.Statement<KnownRow>, limit: number) =>
    Effect.map(readRows(statement), ({ ids, jobs }): JobPage => {
      const [last, over] = ids.slice(limit - 1)
      return {
        jobs: jobs.filter(({ id }) => id !== over),
        ...(last !== undefined && over !== undefined && { nextCursor: encodeCursor(last) })
      }
    })

  /** One job for a caller who has not begun anything: what is polled most. */
  const find = (who: Statement.Fragment, ref: JobRef) => {
    const [id, readableId] = isReadable(ref) ? [null, ref] : [ref, null]
    return read(sql<KnownRow>`
      SELECT (s.job).*, s.waiting_reasons, s.run_point, s.open_prompt
      FROM show_job_as(${who}, ${id}::uuid, ${readableId}::text, ${FEWEST}) s`)
  }

  /** The newest jobs for a caller who has not begun anything: the list that is asked for most. */
  const newest = (
    who: Statement.Fragment,
    { before, limit }: { readonly before: JobId | undefined; readonly limit: number }
  ) => {
    const rows = sql<KnownRow>`
      SELECT (s.job).*, s.waiting_reasons, s.run_point, s.open_prompt
      FROM newest_jobs_as(${who}, ${OWN_LANE}::text, ${before ?? null}::uuid, ${limit + 1}::integer, ${FEWEST}) s`
    return readPage(rows, limit)
  }

  const selected = (rest: Statement.Fragment) =>
    Effect.gen(function* () {
      const reasons = yield* reasonsFor(sql)
      return sql<KnownRow>`
        WITH page AS MATERIALIZED (
          SELECT p.job, row_number() OVER () AS place FROM (SELECT script_jobs AS job FROM script_jobs ${rest}) p
        ), waiting AS MATERIALIZED (
          SELECT w.id, w.reasons FROM ${reasons}(ARRAY(
            SELECT (p.job).id FROM page p WHERE (p.job).status IN ('pending', 'in_progress')
          )) w
        )
        SELECT (p.job).*, ${besides(sql, sql`p.job`, yield* openPrompts(sql))}
        FROM page p LEFT JOIN waiting w ON w.id = (p.job).id ORDER BY p.place`
    })

  /** `rest` follows `SELECT * FROM script_jobs`. */
  const select = (rest: Statement.Fragment) => Effect.flatMap(selected(rest), read)

  /** The same for a page of a list, with the limit that this adds. */
  const selectPage = (rest: Statement.Fragment, limit: number) =>
    Effect.flatMap(selected(sql`${rest} LIMIT ${limit + 1}`), (rows) => readPage(rows, limit))

  return { write, select, selectPage, find, newest, read, readPage }
})
