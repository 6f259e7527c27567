/** Reads rows of `script_jobs` and gives jobs, with what they wait for. Used by everything that shows jobs. */
import { DateTime, Effect, Option, Schema } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { CurrentCaller } from "../../domain/Caller.ts"
import { isReadable, type JobId, type JobRef } from "../../domain/JobId.ts"
import type { OpenPrompt } from "../../domain/JobPrompt.ts"
import { isTerminal } from "../../domain/JobStatus.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { WaitingReason } from "../../domain/Waiting.ts"
import { makeCallers } from "./asCaller.ts"
import { JobRow, jobOf } from "./JobRow.ts"
import { openPrompts } from "./jobFilters.ts"
import { openPromptOf, PromptRow } from "./PromptRows.ts"
import { FEWEST, makeTimeLeft, type RunPointRow } from "./timeLeft.ts"

interface Known {
  readonly reasons: ReadonlyMap<JobId, ReadonlyArray<WaitingReason>>
  readonly left: ReadonlyMap<JobId, number>
}

interface FoundRow {
  readonly waitingReasons: unknown
  readonly runPoint: RunPointRow | null
}

const decodeRow = Schema.decodeUnknownEffect(JobRow)
const decodePrompt = Schema.decodeUnknownEffect(PromptRow)
const parseReasons = Schema.decodeUnknownEffect(Schema.Array(WaitingReason))

/**
 * What `waiting_reasons` gives; nothing for a job that needs no explanation. Reasons that cannot be read are left out:
 * the statement has done its work by then, and must not look as if it had not.
 */
export const decodeReasons = (reasons: unknown): Effect.Effect<ReadonlyArray<WaitingReason>> =>
  reasons === null ? Effect.succeed([]) : Effect.orElseSucceed(parseReasons(reasons), () => [])

/** One row that cannot be read, such as one of a newer version, must not take a whole list with it. */
const readable = (row: object) =>
  decodeRow(row).pipe(
    Effect.map((decoded) => [decoded]),
    Effect.catch((error) => Effect.as(Effect.logError("a row of script_jobs cannot be read", error), []))
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

  const shown = Effect.fnUntraced(function* (rows: ReadonlyArray<JobRow>, known: Known) {
    const prompts = yield* promptsOf(known.reasons)
    const now = yield* DateTime.now
    return rows.map((row) =>
      jobOf(row, {
        types,
        waitingFor: known.reasons.get(row.id) ?? [],
        prompt: prompts.get(row.id),
        // Those that wait or whose worker is gone do not get on, so there is no telling.
        etaMs: known.reasons.has(row.id) ? undefined : known.left.get(row.id),
        now
      })
    )
  })

  /** Runs a statement that returns whole rows of `script_jobs`. */
  const write = (statement: Statement.Statement<object>) =>
    Effect.gen(function* () {
      const rows = (yield* Effect.forEach(yield* statement, readable)).flat()
      const reasons = yield* reasonsOf(rows)
      const left = yield* timeLeft.of(rows.filter(({ id }) => !reasons.has(id)))
      return yield* shown(rows, { reasons, left })
    })

  /** One job for a caller, with why it waits or how long it still takes, in one statement: what is polled most. */
  const find = (who: Statement.Fragment, ref: JobRef) =>
    Effect.gen(function* () {
      const [id, readableId] = isReadable(ref) ? [null, ref] : [ref, null]
      const found = yield* sql<FoundRow>`
        SELECT (s.job).*, s.waiting_reasons, s.run_point
        FROM show_job_as(${who}, ${id}::uuid, ${readableId}::text, ${FEWEST}) s`
      const rows = (yield* Effect.forEach(found, readable)).flat()
      const [row, first] = [rows[0], found[0]]
      if (row === undefined || first === undefined) return []
      const reasons =
        first.waitingReasons === null ? [] : [[row.id, yield* decodeReasons(first.waitingReasons)] as const]
      const left = first.runPoint === null ? [] : [[row.id, timeLeft.leftOf(row, first.runPoint)] as const]
      return yield* shown(rows, { reasons: new Map(reasons), left: new Map(left) })
    })

  /** `rest` follows `SELECT * FROM script_jobs`. */
  const select = (rest: Statement.Fragment) => write(sql`SELECT * FROM script_jobs ${rest}`)

  return { write, select, find }
})
