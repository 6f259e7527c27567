/** The row of `job_prompts` as the driver gives it, and the question that callers see. */
import { Schema, Struct } from "effect"
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

/** A question as `prompt_json` gives it (migrations). */
export const PromptJson = Schema.Struct({
  ...Struct.pick(PromptRow.fields, ["id", "kind", "label", "hint", "choices", "step", "attempt", "timesAsked"]),
  askedAt: Schema.DateTimeUtcFromString,
  deadline: Schema.DateTimeUtcFromString
})

/** A question with what became of it, as JSON. */
export const PromptHistoryJson = Schema.Struct({
  ...PromptJson.fields,
  state: PromptState,
  answeredAt: Schema.NullOr(Schema.DateTimeUtcFromString),
  answeredBy: Schema.NullOr(Schema.String),
  closedAt: Schema.NullOr(Schema.DateTimeUtcFromString)
})

export const openPromptOf = (row: typeof PromptJson.Type): OpenPrompt => ({
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

export const promptRecordOf = (row: typeof PromptHistoryJson.Type): PromptRecord => ({
  ...openPromptOf(row),
  state: row.state,
  ...(row.answeredAt !== null && { answeredAt: row.answeredAt }),
  ...(row.answeredBy !== null && { answeredBy: row.answeredBy }),
  ...(row.closedAt !== null && { closedAt: row.closedAt })
})
