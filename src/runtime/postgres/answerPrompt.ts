/** One person's answer to what a job asks. The value is sealed here, and nothing else of it is written anywhere. */
import { DateTime, Effect, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { CurrentCaller } from "../../domain/Caller.ts"
import type { Job } from "../../domain/Job.ts"
import type { JobRef, ReadableJobId } from "../../domain/JobId.ts"
import { type ClosedReason, PromptClosed, PromptId, PromptNotFound, parseAnswer } from "../../domain/JobPrompt.ts"
import type { Answering, JobNotFound, JobsUnavailable } from "../../domain/Jobs.ts"
import { placeOfAnswer } from "../placeOfAnswer.ts"
import { SecretBox } from "../SecretBox.ts"
import { answered, orUnavailable } from "./callFailures.ts"
import { makeJobReader } from "./JobReader.ts"
import { matches } from "./jobFilters.ts"
import { openPromptOf, PromptRow } from "./PromptRows.ts"

const isPromptId = Schema.is(PromptId)

const FoundRow = Schema.Struct({
  ...PromptRow.fields,
  jobId: Schema.String,
  readableId: Schema.String,
  /** Its worker renews its lease. */
  attended: Schema.Boolean,
  now: Schema.DateTimeUtcFromDate
})
type FoundRow = typeof FoundRow.Type
const decodeRow = Schema.decodeUnknownEffect(FoundRow)

/** Why it cannot be answered, or nothing. */
const closedBy = (row: FoundRow): { readonly reason: ClosedReason; readonly at?: DateTime.Utc | null } | undefined => {
  if (row.state === "answered") return { reason: "answered", at: row.answeredAt }
  if (row.state === "timed_out") return { reason: "timed_out", at: row.deadline }
  if (row.state !== "open") return { reason: "ended", at: row.closedAt }
  if (DateTime.isGreaterThanOrEqualTo(row.now, row.deadline)) return { reason: "timed_out", at: row.deadline }
  return row.attended ? undefined : { reason: "worker_gone" }
}

export const makeAnswer = (get: (ref: JobRef) => Effect.Effect<Job, JobNotFound | JobsUnavailable>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const box = yield* SecretBox
    const reader = yield* makeJobReader

    const find = Effect.fnUntraced(function* (ref: JobRef, promptId: string) {
      const isCalled = Option.isSome(yield* CurrentCaller)
      const [row] = !isPromptId(promptId)
        ? []
        : yield* sql`
          SELECT * FROM ${sql.literal(isCalled ? "find_prompt_for_callers" : "find_prompt")}(
            (SELECT id FROM script_jobs WHERE ${matches(sql, ref)}), ${promptId}::uuid
          )`
      return row === undefined ? undefined : yield* decodeRow(row)
    }, orUnavailable("answer"))

    const refuseClosed = (row: FoundRow) => {
      const closed = closedBy(row)
      return closed === undefined
        ? Effect.void
        : new PromptClosed({
            jobId: row.readableId as ReadableJobId,
            reason: closed.reason,
            ...(closed.at && { at: closed.at }),
            ...(closed.reason === "answered" && row.answeredBy !== null && { answeredBy: row.answeredBy })
          })
    }

    /** Gives no job when somebody or something was faster. The state is compared in the row that is written. */
    const write = (row: FoundRow, sealed: unknown, by: string | undefined) =>
      Effect.flatMap(CurrentCaller, (caller) => {
        const given = sql`${row.jobId}::uuid, ${row.id}::uuid, ${JSON.stringify(sealed)}::text::jsonb`
        return reader.write(
          Option.isSome(caller)
            ? // The claims say who answers.
              sql`SELECT * FROM answer_prompt(${given})`
            : sql`SELECT * FROM give_answer(${given}, ${by ?? null}::text)`
        )
      })

    return Effect.fn("Jobs.answer")(function* (ref: JobRef, { answeredBy, promptId, value }: Answering) {
      const found = yield* find(ref, promptId)
      if (found === undefined) return yield* new PromptNotFound({ jobId: (yield* get(ref)).jobId })
      yield* refuseClosed(found)
      const answer = yield* Effect.fromResult(parseAnswer(openPromptOf(found), value))
      const sealed = box.seal(answer, placeOfAnswer(found.jobId, found.id))
      const [job] = yield* write(found, sealed, answeredBy).pipe(answered("answer"))
      if (job !== undefined) return job
      const now = yield* find(ref, promptId)
      if (now !== undefined) yield* refuseClosed(now)
      return yield* new PromptNotFound({ jobId: found.readableId as ReadableJobId })
    })
  })
