/** What every request has to obey before a handler sees it, and how it is told so. */
import { ByteSize, Effect, Layer, Option, Schema } from "effect"
import { type Headers, HttpIncomingMessage, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { HttpApiError, HttpApiMiddleware } from "effect/http-api"
import { type InputIssue, issuesOf } from "../../domain/JobType.ts"
import { isTooDeep, MOST_LEVELS } from "../../domain/jsonDepth.ts"
import { hasRoundedInteger } from "../../domain/roundedInteger.ts"
import { BODY_TIME_MS } from "../limits/readLimited.ts"
import { Forbidden } from "./identityProblems.ts"
import { BadJson, BodyTimeout, BodyTooDeep, BodyTooLarge, UnsupportedMediaType, ValidationFailed } from "./problems.ts"

/** Largest body of one job: 1 MiB. More belongs into a file or into several jobs. */
const MAX_BODY = ByteSize.mebibytes(1)

/** Largest body of a batch: 8 MiB, so that each of its 1,000 jobs may have about 8 KiB. */
const MAX_BATCH_BODY = ByteSize.mebibytes(8)

/**
 * Parameters and bodies that do not fit their schema become problems that name each wrong place. And any call may be
 * refused by the database, which knows what the caller may do with what is there.
 */
export class RequestRules extends HttpApiMiddleware.Service<RequestRules>()("callboard/http/RequestRules", {
  error: [ValidationFailed, Forbidden]
}) {}

const bodyErrors = [BadJson, BodyTooDeep, UnsupportedMediaType, BodyTooLarge, BodyTimeout, ValidationFailed] as const

/** Kept with other digits, it would name another record. */
const rounded = new ValidationFailed({
  detail: "See errors for each wrong place.",
  errors: [
    {
      path: "",
      message: `A whole number is beyond ${Number.MAX_SAFE_INTEGER}, where numbers are rounded: send it as a text`
    }
  ]
})

/** A body is JSON, says so, and is not too large. */
export class BodyRules extends HttpApiMiddleware.Service<BodyRules>()("callboard/http/BodyRules", {
  error: bodyErrors
}) {}

/** The same for a batch, which may be larger. */
export class BatchBodyRules extends HttpApiMiddleware.Service<BatchBodyRules>()("callboard/http/BatchBodyRules", {
  error: bodyErrors
}) {}

/** There is nothing to say in the body. One that says something, such as a reason, was meant for another endpoint. */
export class NoBodyRules extends HttpApiMiddleware.Service<NoBodyRules>()("callboard/http/NoBodyRules", {
  error: bodyErrors
}) {}

/** A wrong part of a list parameter is reported under the parameter's name. */
const parameterName = ({ message, path }: InputIssue): InputIssue => ({
  path: path.replace(/[.[].*$/u, ""),
  message
})

const requestRules = HttpApiMiddleware.layerSchemaErrorTransform(RequestRules, (error) => {
  if (error.kind === "Body" || error.kind === "ResponseHeaders") return Effect.fail(error)
  const issues = issuesOf(error.cause)
  const detail = "See errors for each wrong place."
  return Effect.fail(
    new ValidationFailed({ detail, errors: error.kind === "Payload" ? issues : issues.map(parameterName) })
  )
})

/** JSON is UTF-8 (RFC 8259): what says that it is anything else would be stored as other letters. */
const isJson = ({ "content-encoding": encoding = "identity", "content-type": sent = "" }: Headers.Headers) => {
  const [type, ...parameters] = sent.split(";").map((part) => part.trim().toLowerCase())
  const isOtherText = parameters.some((part) => part.startsWith("charset") && !/^charset="?utf-8"?$/u.test(part))
  return type === "application/json" && !isOtherText && encoding.toLowerCase() === "identity"
}

/** Undefined when it is no UTF-8: other decoders put a replacement in the place of what they cannot read. */
const utf8 = (bytes: ArrayBuffer): string | undefined => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const parse = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

/** Reads the body once, under the limit; the decoder finds it read. */
const readBody = (request: HttpServerRequest.HttpServerRequest, limit: ByteSize.ByteSize) =>
  request.arrayBuffer.pipe(
    Effect.provideService(HttpIncomingMessage.MaxBodySize, limit),
    Effect.mapError(({ reason }) =>
      reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge"
        ? new BodyTooLarge({ detail: `At most ${ByteSize.format(limit)} are taken.` })
        : new BadJson({ detail: "The body could not be read." })
    ),
    Effect.timeoutOrElse({
      duration: BODY_TIME_MS,
      orElse: () => Effect.fail(new BodyTimeout({ detail: "It did not arrive in time." }))
    })
  )

const sentText = (limit: ByteSize.ByteSize) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const bytes = yield* readBody(request, limit)
    // Whatever says that it is something else is refused, also when there is nothing of it.
    if ((bytes.byteLength > 0 || request.headers["content-type"] !== undefined) && !isJson(request.headers)) {
      return yield* new UnsupportedMediaType({
        detail: "Send it with Content-Type: application/json, in UTF-8, without a Content-Encoding."
      })
    }
    const text = utf8(bytes)
    if (text === undefined) return yield* new BadJson({ detail: "It is not UTF-8." })
    if (isTooDeep(text)) {
      return yield* new BodyTooDeep({ detail: `At most ${MOST_LEVELS} levels of lists and objects are taken.` })
    }
    if (hasRoundedInteger(text)) return yield* rounded
    return text
  })

const checkBody =
  (limit: ByteSize.ByteSize) =>
  <E, R>(respond: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
    Effect.gen(function* () {
      const text = yield* sentText(limit)
      return yield* respond.pipe(
        Effect.catchIf(
          (error) =>
            HttpApiError.HttpApiSchemaError.is(error) && error.kind === "Payload" && parse(text)._tag === "None",
          () => new BadJson({ detail: text === "" ? "The body is empty." : "It could not be parsed." })
        )
      )
    })

/** Fields that are named in a refusal: a body may have a hundred thousand. */
const MOST_NAMED = 20

const checkNoBody = <E, R>(respond: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    // Many clients name a content type also where there is no content.
    if ((yield* readBody(request, MAX_BODY)).byteLength === 0) return yield* respond
    const sent = parse(yield* sentText(MAX_BODY))
    if (Option.isNone(sent)) return yield* new BadJson({ detail: "It could not be parsed." })
    const content = sent.value ?? {}
    // Some languages write nothing as an empty list.
    if (typeof content === "object" && Object.keys(content).length === 0) return yield* respond
    const names =
      typeof content === "object" && !Array.isArray(content) ? Object.keys(content).slice(0, MOST_NAMED) : []
    const errors = (names.length === 0 ? [""] : names).map((path) => ({ path, message: "Expected no body" }))
    return yield* new ValidationFailed({ detail: "This takes nothing in its body.", errors })
  })

export const layer = Layer.mergeAll(
  requestRules,
  Layer.succeed(BodyRules, checkBody(MAX_BODY)),
  Layer.succeed(NoBodyRules, checkNoBody),
  Layer.succeed(BatchBodyRules, checkBody(MAX_BATCH_BODY))
)
