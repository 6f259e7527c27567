/** Questions of running scripts as they are kept and shown, and what counts as an answer to one. */
import { Result, Schema } from "effect"
import { ReadableJobId } from "./JobId.ts"

const Time = Schema.DateTimeUtcFromString.pipe(Schema.annotateEncoded({ format: "date-time" }))

export const PromptId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("PromptId"))
export type PromptId = typeof PromptId.Type

export const PromptKind = Schema.Literals(["otp", "text", "choice", "confirm"])
export type PromptKind = typeof PromptKind.Type

const asked = {
  id: PromptId,
  /** `otp`: digits and letters. `text`: any text. `choice`: one of `choices`. `confirm`: yes or no. */
  kind: PromptKind,
  label: Schema.String,
  hint: Schema.optionalKey(Schema.String),
  choices: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The step that asks. */
  step: Schema.optionalKey(Schema.String),
  attempt: Schema.Int,
  /** How often the job has asked this, this time included. */
  timesAsked: Schema.Int,
  askedAt: Time,
  /** Until then it can be answered. */
  deadline: Time
}

/** A question that can be answered now. */
export const OpenPrompt = Schema.Struct(asked).annotate({ identifier: "Prompt" })
export type OpenPrompt = typeof OpenPrompt.Type

/**
 * `answered`: by the person named, if callers have names. `timed_out`: nobody did. `closed`: the script asks no longer.
 * `postponed`: it was not asked, because too many questions waited.
 */
export const PromptState = Schema.Literals(["open", "answered", "timed_out", "closed", "postponed"])
export type PromptState = typeof PromptState.Type

/** A question of the job's history. The answer is not kept. */
export const PromptRecord = Schema.Struct({
  ...asked,
  state: PromptState,
  answeredAt: Schema.optionalKey(Time),
  answeredBy: Schema.optionalKey(Schema.String),
  closedAt: Schema.optionalKey(Time)
})
export type PromptRecord = typeof PromptRecord.Type

/** The job never asked this. */
export class PromptNotFound extends Schema.TaggedError<PromptNotFound>()("PromptNotFound", {
  jobId: ReadableJobId
}) {}

/** `ended`: its attempt has, or asks no longer. `worker_gone`: the one who would get the answer does not answer. */
export const ClosedReason = Schema.Literals(["answered", "timed_out", "ended", "worker_gone"])
export type ClosedReason = typeof ClosedReason.Type

/** Nobody can answer this any more. */
export class PromptClosed extends Schema.TaggedError<PromptClosed>()("PromptClosed", {
  jobId: ReadableJobId,
  reason: ClosedReason,
  /** When that happened, where it is known. */
  at: Schema.optionalKey(Schema.DateTimeUtc),
  answeredBy: Schema.optionalKey(Schema.String)
}) {}

/** The value does not fit the question. Holds no value, because it may be a secret. */
export class InvalidAnswer extends Schema.TaggedError<InvalidAnswer>()("InvalidAnswer", {
  message: Schema.String
}) {}

export type AnswerValue = string | boolean

/** Characters of a code; the longest backup codes have half of it. */
const LONGEST_CODE = 64

/** Characters of an answered text. */
export const LONGEST_TEXT = 2_000

const isCode = (text: string) => /^[0-9A-Za-z]+$/u.test(text) && text.length <= LONGEST_CODE

const invalid = (message: string) => Result.fail(new InvalidAnswer({ message }))

const textAnswer = (text: string): Result.Result<AnswerValue, InvalidAnswer> => {
  if (text.trim() === "") return invalid("Expected an answer")
  return text.length <= LONGEST_TEXT ? Result.succeed(text) : invalid(`Expected at most ${LONGEST_TEXT} characters`)
}

/** What the script gets for a value that somebody sent: a code without the spaces and dashes that people read it with. */
export const parseAnswer = (
  { choices = [], kind }: Pick<OpenPrompt, "kind" | "choices">,
  value: AnswerValue
): Result.Result<AnswerValue, InvalidAnswer> => {
  if (kind === "confirm") {
    return typeof value === "boolean" ? Result.succeed(value) : invalid("Expected true or false")
  }
  if (typeof value === "boolean") return invalid("Expected a text")
  if (kind === "choice") return choices.includes(value) ? Result.succeed(value) : invalid("Expected one of the choices")
  if (kind === "text") return textAnswer(value)
  // Keyboards of some languages write digits of another width.
  const code = value.normalize("NFKC").replace(/[\s\p{Pd}]/gu, "")
  return isCode(code) ? Result.succeed(code) : invalid("Expected the code: digits and letters only")
}
