/** One person's answer to what a job asks. The value is sealed here, and nothing else of it is written anywhere. */
import { DateTime, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
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
      const [row] = !isPromptId(promptId)
        ? []
        : yield* sql`
          SELECT p.*, j.id AS job_id, j.job_id AS readable_id, now() AS now, EXISTS (
            SELECT FROM job_leases l WHERE l.id = j.id AND l.token = p.lease_token AND l.expires_at > now()
          ) AS attended
          FROM job_prompts p JOIN (SELECT id, job_id FROM script_jobs WHERE ${matches(sql, ref)}) j ON j.id = p.job_id
          WHERE p.id = ${promptId}::uuid`
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
      reader.write(
        sql`
        WITH job AS (
          SELECT id FROM script_jobs WHERE id = ${row.jobId}::uuid FOR NO KEY UPDATE
        ), answered AS (
          UPDATE job_prompts p SET state = 'answered', answered_at = now(), answered_by = ${by ?? null},
            answer = ${JSON.stringify(sealed)}::text::jsonb
          FROM job JOIN job_leases l ON l.id = job.id
          WHERE p.id = ${row.id}::uuid AND p.job_id = job.id AND p.state = 'open' AND p.deadline > now()
            AND l.token = p.lease_token AND l.expires_at > now()
          RETURNING p.job_id
        )
        UPDATE script_jobs j SET updated_at = now() FROM answered WHERE j.id = answered.job_id RETURNING j.*`
      )

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
