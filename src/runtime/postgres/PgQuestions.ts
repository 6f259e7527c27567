/** What jobs ask people, on PostgreSQL. Answers are read by nothing here. */
import { Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema, type Statement } from "effect/sql"
import { JobId, ReadableJobId } from "../../domain/JobId.ts"
import type { PromptId, PromptKind } from "../../domain/JobPrompt.ts"
import { JobStatus } from "../../domain/JobStatus.ts"
import { Lane } from "../../domain/Lane.ts"
import { MOST_QUESTIONS, type Question, Questions } from "../../domain/Questions.ts"
import { currentOrganisation } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { PromptRow, promptRecordOf } from "./PromptRows.ts"

/** Prompts that are looked at to find the last answer. */
const MOST_PROMPTS = 200

const QuestionRow = Schema.Struct({
  ...PromptRow.fields,
  jobId: JobId,
  readableId: ReadableJobId,
  jobType: Schema.String,
  lane: Lane,
  status: JobStatus,
  restaurantId: Schema.NullOr(Schema.String)
})

const questionOf = (row: typeof QuestionRow.Type): Question => ({
  prompt: promptRecordOf(row),
  job: {
    id: row.jobId,
    jobId: row.readableId,
    jobType: row.jobType,
    lane: row.lane,
    status: row.status,
    ...(row.restaurantId !== null && { restaurantId: row.restaurantId })
  }
})

const LastAnswerRow = Schema.Struct({
  answeredAt: Schema.DateTimeUtcFromDate,
  answeredBy: Schema.NullOr(Schema.String)
})

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const columns = sql`p.id, p.kind, p.label, p.hint, p.choices, p.step, p.attempt, p.times_asked, p.state, p.asked_at,
    p.deadline, p.answered_at, p.answered_by, p.closed_at, j.id AS job_id, j.job_id AS readable_id, j.job_type, j.lane,
    j.status, j.restaurant_id`

  const find = (rest: Statement.Fragment) =>
    SqlSchema.findAll({
      Request: Schema.Void,
      Result: QuestionRow,
      execute: () => sql`SELECT ${columns} ${rest}`
    })(undefined).pipe(
      Effect.map((rows) => rows.map(questionOf)),
      answered("questions")
    )

  const open = Effect.fn("Questions.open")(function* ({
    kind,
    restaurantId
  }: {
    readonly kind?: PromptKind
    readonly restaurantId?: string
  } = {}) {
    const all = [sql`j.organisation_id = ${yield* currentOrganisation}`]
    if (kind !== undefined) all.push(sql`p.kind = ${kind}`)
    if (restaurantId !== undefined) all.push(sql`j.restaurant_id = ${restaurantId}`)
    return yield* find(sql`FROM open_prompts p JOIN script_jobs j ON j.id = p.job_id
      WHERE ${sql.and(all)} ORDER BY p.deadline, p.id LIMIT ${MOST_QUESTIONS}`)
  })

  const byIds = Effect.fn("Questions.byIds")(function* (ids: ReadonlyArray<PromptId>) {
    if (ids.length === 0) return []
    return yield* find(sql`FROM job_prompts p JOIN script_jobs j ON j.id = p.job_id
      WHERE p.id = ANY (${ids}::text[]::uuid[]) AND j.organisation_id = ${yield* currentOrganisation}
      LIMIT ${MOST_QUESTIONS}`)
  })

  const answers = SqlSchema.findAll({
    Request: Schema.String,
    Result: LastAnswerRow,
    execute: (organisation) => sql`
      SELECT p.answered_at, p.answered_by FROM (
        SELECT n.job_id, n.answered_at, n.answered_by FROM job_prompts n ORDER BY n.id DESC LIMIT ${MOST_PROMPTS}
      ) p JOIN script_jobs j ON j.id = p.job_id
      WHERE p.answered_at IS NOT NULL AND j.organisation_id = ${organisation}
      ORDER BY p.answered_at DESC LIMIT 1`
  })
  const lastAnswer = Effect.gen(function* () {
    const [row] = yield* answered("lastAnswer")(answers(yield* currentOrganisation))
    return row && { at: row.answeredAt, ...(row.answeredBy !== null && { by: row.answeredBy }) }
  })

  return Questions.of({ open, byIds, lastAnswer })
})

export const layer = Layer.effect(Questions, make)
