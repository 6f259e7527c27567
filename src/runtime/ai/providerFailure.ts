/** What a provider's failure means, in Effect's words for AI failures. Its own sentences may quote the prompt, so they go no further. */
import { type Duration, Option, Schema } from "effect"
import { AiError } from "effect/ai"

/** What `NetworkError` says of a provider that did not answer in time. */
export const TOO_SLOW = "it did not answer in time"

/** What `NetworkError` says of a connection that was lost while the provider was at work. */
export const BROKE_OFF = "it hung up"

/** The `constraint` of an `InvalidRequestError` for a prompt that the model cannot hold. */
export const CONTEXT_LENGTH = "context length"

/** The same for an answer that had to end before it was whole. */
export const OUTPUT_LENGTH = "output length"

const MODULE = "OpenAiCompatible"

const ErrorBody = Schema.fromJsonString(
  Schema.Struct({
    error: Schema.Union([
      Schema.String,
      Schema.Struct({
        message: Schema.optionalKey(Schema.NullOr(Schema.String)),
        code: Schema.optionalKey(Schema.NullOr(Schema.Union([Schema.String, Schema.Finite]))),
        type: Schema.optionalKey(Schema.NullOr(Schema.String))
      })
    ])
  })
)

const TOO_LONG = /context_length|context length|context window|maximum context|too many tokens|prompt is too long/iu
const REFUSED = /content_filter|content_policy|content management policy|safety system|content policy/iu
const NO_MONEY = /insufficient_quota|billing_hard_limit|exceeded your current quota/iu

/** Code and sentence of a refusal, for matching only. */
const saidIn = (body: string): string =>
  Option.match(Schema.decodeUnknownOption(ErrorBody)(body), {
    onNone: () => body,
    onSome: ({ error }) =>
      typeof error === "string" ? error : [error.code, error.type, error.message].filter(Boolean).join(" ")
  })

const aiError = (method: string, reason: AiError.AiErrorReason) => AiError.make({ module: MODULE, method, reason })

export interface Refusal {
  readonly status: number
  readonly body: string
  readonly retryAfter: Duration.Duration | undefined
}

const refusalReason = ({ body, retryAfter, status }: Refusal): AiError.AiErrorReason => {
  const said = saidIn(body)
  if (status === 429) {
    return NO_MONEY.test(said) ? new AiError.QuotaExhaustedError({}) : new AiError.RateLimitError({ retryAfter })
  }
  if (status === 413 || ((status === 400 || status === 422) && TOO_LONG.test(said))) {
    return new AiError.InvalidRequestError({ constraint: CONTEXT_LENGTH })
  }
  if (status < 500 && REFUSED.test(said)) {
    return new AiError.ContentPolicyError({ description: "The provider refused the request." })
  }
  if (status === 408 || status === 504) return networkError(TOO_SLOW)
  return status >= 400 && status < 500 && ![400, 401, 403].includes(status)
    ? new AiError.InvalidRequestError({ description: `status ${status}` })
    : AiError.reasonFromHttpStatus({ status })
}

/** Names no address: an endpoint may have its key in it. */
const networkError = (description?: string) =>
  new AiError.NetworkError({ reason: "TransportError", method: "POST", url: "", description })

const BY_MODEL = "The model refused to answer."

export const contentRefused = (method: string) =>
  aiError(method, new AiError.ContentPolicyError({ description: BY_MODEL }))

export const tooSlow = (method: string) => aiError(method, networkError(TOO_SLOW))

export const refused = (method: string, refusal: Refusal) => aiError(method, refusalReason(refusal))

/** It did not speak as the protocol says. */
export const unreadable = (method: string) =>
  aiError(method, new AiError.InvalidResponseError({ description: "It is no chat completion." }))

export const unreachable = (method: string) => aiError(method, networkError())

export const brokeOff = (method: string) => aiError(method, networkError(BROKE_OFF))

export const cutOff = (method: string) =>
  aiError(method, new AiError.InvalidRequestError({ constraint: OUTPUT_LENGTH }))

/** Whether the provider had begun to work, and may ask for its price: it did not refuse, and was there. */
export const mayCost = (reason: AiError.AiErrorReason): boolean => {
  switch (reason._tag) {
    case "InvalidResponseError":
      return true
    case "NetworkError":
      return reason.description !== undefined
    case "ContentPolicyError":
      return reason.description === BY_MODEL
    case "InvalidRequestError":
      return reason.constraint === OUTPUT_LENGTH
    default:
      return false
  }
}
