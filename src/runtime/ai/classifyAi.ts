/** What an AI failure means for its job. Nothing of what was asked or answered gets into these words. */
import { Duration } from "effect"
import { AiError } from "effect/ai"
import { FatalError, type JobError, RetryableError } from "../../domain/JobError.ts"
import { BROKE_OFF, CONTEXT_LENGTH, OUTPUT_LENGTH, TOO_SLOW } from "./providerFailure.ts"

const fatal = (code: FatalError["code"], message: string, hint: string) => new FatalError({ code, message, hint })

/** The module of failures that our own counting makes, where the job asked for less than the server allows. */
export const BUDGET = "AiBudget"

/** The same where the job had all that the server allows. */
export const SERVER_BUDGET = "AiServerBudget"

const overBudget = (hint: string) =>
  fatal(
    "BUDGET_EXCEEDED",
    "The next question to the AI model could cost more than is left of the job's budget, so it was not asked.",
    hint
  )

const OVER_BUDGETS: Readonly<Record<string, JobError>> = {
  [BUDGET]: overBudget(
    "Retry with changes: a larger AI budget (budgetUsd), starting after the last kept step (from: checkpoint), so that finished steps are not paid again. No job gets more than CALLBOARD_AI_JOB_BUDGET."
  ),
  [SERVER_BUDGET]: overBudget(
    "Set CALLBOARD_AI_JOB_BUDGET higher, restart Callboard and retry the job: finished steps are kept. A larger budgetUsd changes nothing."
  )
}

const network = ({ description }: AiError.NetworkError): JobError => {
  if (description === TOO_SLOW) {
    return new RetryableError({ code: "TIMEOUT", message: "The AI provider did not answer in time." })
  }
  if (description === BROKE_OFF) {
    return new RetryableError({
      code: "SERVICE_UNAVAILABLE",
      message: "The connection to the AI provider was lost before its answer was whole."
    })
  }
  return new RetryableError({
    code: "NETWORK_ERROR",
    message: "The AI provider could not be reached.",
    hint: "Check CALLBOARD_AI_BASE_URL, and that the server behind it is up."
  })
}

const TOO_LONG_INPUT = fatal(
  "VALIDATION_ERROR",
  "The input is longer than the AI model can take.",
  "Shorten the input, or use a model with a larger context (CALLBOARD_AI_MODEL)."
)

const CUT_OFF = fatal(
  "VALIDATION_ERROR",
  "The answer of the AI model was cut off: it is longer than CALLBOARD_AI_MAX_OUTPUT_TOKENS allows.",
  "Set CALLBOARD_AI_MAX_OUTPUT_TOKENS higher, restart Callboard and retry the job, or ask for less."
)

const invalidRequest = ({ constraint, description }: AiError.InvalidRequestError): JobError => {
  if (constraint === CONTEXT_LENGTH) return TOO_LONG_INPUT
  if (constraint === OUTPUT_LENGTH) return CUT_OFF
  return fatal(
    description === "status 404" ? "NOT_FOUND" : "VALIDATION_ERROR",
    "The AI provider refused the request as it is.",
    "Check CALLBOARD_AI_BASE_URL and CALLBOARD_AI_MODEL: the model has to exist, and to know JSON schema output and tools."
  )
}

const WRONG_FORM = fatal(
  "VALIDATION_ERROR",
  "The AI model did not answer in the form that was asked for.",
  "Retry the job, or use a model that is better at JSON schema output and tools (CALLBOARD_AI_MODEL)."
)

const byReason = (reason: AiError.AiErrorReason): JobError => {
  switch (reason._tag) {
    case "NetworkError":
      return network(reason)
    case "RateLimitError":
      return new RetryableError({
        code: "RATE_LIMITED",
        message: "The AI provider asked for a pause.",
        hint: "This job waits until the time shown. Others wait for an hour at most, and a restart of Callboard lets new jobs ask at once. Ask the provider for more if it comes often.",
        ...(reason.retryAfter && { retryAfterMs: Math.ceil(Duration.toMillis(reason.retryAfter)) })
      })
    case "InternalProviderError":
    case "InvalidResponseError":
    case "UnknownError":
      return new RetryableError({ code: "SERVICE_UNAVAILABLE", message: "The AI provider has a fault." })
    case "QuotaExhaustedError":
      return fatal(
        "PERMISSION_DENIED",
        "The account at the AI provider has no money left.",
        "Ask who pays for it to top it up, then retry the job."
      )
    case "AuthenticationError":
      return fatal(
        reason.kind === "InsufficientPermissions" ? "PERMISSION_DENIED" : "INVALID_CREDENTIALS",
        "The AI provider does not accept the key.",
        "Check CALLBOARD_AI_API_KEY, then restart Callboard and retry the job."
      )
    case "ContentPolicyError":
      return fatal(
        "CONTENT_REFUSED",
        "The AI provider refused to work on this.",
        "Word the input in another way, then start a new job."
      )
    case "InvalidRequestError":
      return invalidRequest(reason)
    case "InvalidOutputError":
    case "StructuredOutputError":
    case "ToolNotFoundError":
    case "ToolParameterValidationError":
      return WRONG_FORM
    default:
      return fatal("SCRIPT_DEFECT", `The AI model was asked in a wrong way (${reason._tag}).`, "Tell an engineer.")
  }
}

export const classifyAi = (error: unknown): JobError | undefined => {
  if (!AiError.isAiError(error)) return undefined
  return OVER_BUDGETS[error.module] ?? byReason(error.reason)
}
