/** The row of `job_prompts` as the driver gives it, and the question that callers see. */
import { Schema } from "effect"
import { type OpenPrompt, PromptId, PromptKind, type PromptRecord, PromptState } from "../../domain/JobPrompt.ts"

const Timestamp = Schema.DateTimeUtcFromDate

export const PromptRow = Schema.Struct({
  id: PromptId,
  kind: PromptKind,
  label: Schema.String,
  hint: Schema.NullOr(Schema.String),
  choices: Schema.NullOr(Schema.Array(Schema.String)),
  step: Schema.NullOr(Schema.String),
  attempt: Schema.Int,
  timesAsked: Schema.Int,
  state: PromptState,
  askedAt: Timestamp,
  deadline: Timestamp,
  answeredAt: Schema.NullOr(Timestamp),
  answeredBy: Schema.NullOr(Schema.String),
  closedAt: Schema.NullOr(Timestamp)
})
export type PromptRow = typeof PromptRow.Type

export const openPromptOf = (row: PromptRow): OpenPrompt => ({
  id: row.id,
  kind: row.kind,
  label: row.label,
  attempt: row.attempt,
  timesAsked: row.timesAsked,
  askedAt: row.askedAt,
  deadline: row.deadline,
  ...(row.hint !== null && { hint: row.hint }),
  ...(row.choices !== null && { choices: row.choices }),
  ...(row.step !== null && { step: row.step })
})

export const promptRecordOf = (row: PromptRow): PromptRecord => ({
  ...openPromptOf(row),
  state: row.state,
  ...(row.answeredAt !== null && { answeredAt: row.answeredAt }),
  ...(row.answeredBy !== null && { answeredBy: row.answeredBy }),
  ...(row.closedAt !== null && { closedAt: row.closedAt })
})
