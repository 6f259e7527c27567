/** Asks any server that speaks OpenAI's `/chat/completions`: hosted ones, gateways, and those on one's own machine. */
import { Clock, Duration, Effect, Predicate, type Redacted, Schema, Stream } from "effect"
import { type AiError, type LanguageModel, OpenAiStructuredOutput, type Response } from "effect/ai"
import { Sse } from "effect/encoding"
import { HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { retryAfterMs } from "../../domain/retryAfter.ts"
import { Delta, finishPart, Reply, requestOf, toolCallPart, withoutFence } from "./chatWire.ts"
import * as failure from "./providerFailure.ts"

export interface ProviderSettings {
  /** Up to and with `/v1`. */
  readonly baseUrl: string
  /** Servers on one's own machine often ask for none. */
  readonly apiKey: Redacted.Redacted | undefined
  readonly model: string
  /** Of one answer. */
  readonly maxOutputTokens: number
  /** For the whole answer, and in a stream between one piece and the next. */
  readonly timeout: Duration.Duration
}

/** What Effect's `LanguageModel.make` takes. */
export type Provider = Pick<
  Parameters<typeof LanguageModel.make>[0],
  "generateText" | "streamText" | "codecTransformer"
>

/** Characters of a refusal's body that are read. */
const LONGEST_REFUSAL = 4_000

/** The newer name, which some servers insist on and others do not know. */
const NEW_LIMIT_NAME = "max_completion_tokens"

const decodeReply = Schema.decodeUnknownEffect(Schema.fromJsonString(Reply))
const decodeDelta = Schema.decodeUnknownEffect(Delta)

const partsOf = (
  { choices: [{ finish_reason, message }], usage }: Reply,
  format: LanguageModel.ProviderOptions["responseFormat"]["type"]
): Array<Response.PartEncoded> => [
  ...(message.content
    ? [{ type: "text" as const, text: format === "json" ? withoutFence(message.content) : message.content }]
    : []),
  ...(message.tool_calls ?? []).map(({ function: called, id }) => toolCallPart(id, called.name, called.arguments)),
  finishPart(finish_reason, usage)
]

/** After the connection was there: the request may have been read. */
const HUNG_UP = /^(?:ECONNRESET|ConnectionClosed|EPIPE)$/u

const hungUp = ({ reason }: HttpClientError.HttpClientError): boolean =>
  reason._tag === "TransportError" &&
  Predicate.hasProperty(reason.cause, "code") &&
  HUNG_UP.test(String(reason.cause.code))

interface PartialCall {
  id: string
  name: string
  args: string
}

/** Puts the pieces of a stream together: text goes on at once, tool calls when they are whole. */
const makeAssembler = () => {
  const calls: Array<PartialCall> = []
  const latest = new Map<number, PartialCall>()
  let reason: string | null | undefined
  let usage: Delta["usage"]
  let refusal = ""
  const take = ({ choices, usage: counted }: Delta): ReadonlyArray<Response.StreamPartEncoded> => {
    usage = counted ?? usage
    const choice = choices?.[0]
    reason = choice?.finish_reason ?? reason
    refusal += choice?.delta?.refusal ?? ""
    for (const { function: called, id, index } of choice?.delta?.tool_calls ?? []) {
      const known = latest.get(index ?? 0)
      // Some servers number all calls alike or not at all, and send no id, or another one, with the later pieces of one. The
      // name comes with the first.
      const isNew = known === undefined || (Boolean(id && called?.name) && known.id !== "" && id !== known.id)
      const call = isNew ? { id: "", name: "", args: "" } : known
      if (isNew) {
        calls.push(call)
        latest.set(index ?? 0, call)
      }
      call.id ||= id ?? ""
      call.name += called?.name ?? ""
      call.args += called?.arguments ?? ""
    }
    const delta = choice?.delta?.content
    return delta ? [{ type: "text-delta", id: "0", delta }] : []
  }
  const isWhole = () => typeof reason === "string"
  const isRefused = () => refusal !== "" || reason === "content_filter"
  const rest = (): ReadonlyArray<Response.StreamPartEncoded> => [
    { type: "text-end", id: "0" },
    ...calls.map(({ args, id, name }) => toolCallPart(id, name, args)),
    finishPart(reason, usage)
  ]
  return { take, isWhole, isRefused, rest }
}

export const makeProvider = ({ apiKey, baseUrl, maxOutputTokens, model, timeout }: ProviderSettings) =>
  Effect.gen(function* () {
    const address = `${baseUrl.replace(/\/+$/u, "")}/chat/completions`
    const client = (yield* HttpClient.HttpClient).pipe(
      HttpClient.mapRequest((request) =>
        apiKey === undefined ? request : HttpClientRequest.bearerToken(request, apiKey)
      )
    )
    let limitName = "max_tokens"

    const inTime = (method: string) =>
      Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.fail(failure.tooSlow(method)) })

    const post = (method: string, body: Record<string, unknown>) =>
      HttpClientRequest.post(address).pipe(
        HttpClientRequest.bodyJsonUnsafe({ model, ...body, [limitName]: maxOutputTokens }),
        client.execute,
        Effect.mapError((error) => (hungUp(error) ? failure.brokeOff(method) : failure.unreachable(method))),
        inTime(method)
      )

    const send = (
      method: string,
      body: Record<string, unknown>
    ): Effect.Effect<HttpClientResponse.HttpClientResponse, AiError.AiError> =>
      Effect.gen(function* () {
        const response = yield* post(method, body)
        if (response.status < 300) return response
        const said = yield* response.text.pipe(
          inTime(method),
          Effect.orElseSucceed(() => "")
        )
        if (response.status === 400 && limitName !== NEW_LIMIT_NAME && said.includes(NEW_LIMIT_NAME)) {
          limitName = NEW_LIMIT_NAME
          return yield* send(method, body)
        }
        const nowMs = yield* Clock.currentTimeMillis
        const waitMs = retryAfterMs(response.headers["retry-after"], nowMs)
        return yield* failure.refused(method, {
          status: response.status,
          body: said.slice(0, LONGEST_REFUSAL),
          retryAfter: waitMs === undefined ? undefined : Duration.millis(waitMs)
        })
      })

    const generateText: Provider["generateText"] = (options) =>
      Effect.gen(function* () {
        const method = "generateText"
        const response = yield* send(method, { ...requestOf(options), stream: false })
        const text = yield* response.text.pipe(
          Effect.mapError(() => failure.brokeOff(method)),
          inTime(method)
        )
        const reply = yield* Effect.mapError(decodeReply(text), () => failure.unreadable(method))
        const [{ finish_reason, message }] = reply.choices
        if (message.refusal || finish_reason === "content_filter") return yield* failure.contentRefused(method)
        return partsOf(reply, options.responseFormat.type)
      })

    const streamText: Provider["streamText"] = (options) =>
      Stream.unwrap(
        Effect.gen(function* () {
          const method = "streamText"
          const request = { ...requestOf(options), stream: true, stream_options: { include_usage: true } }
          const response = yield* send(method, request)
          const { isRefused, isWhole, rest, take } = makeAssembler()
          const pieces = response.stream.pipe(
            Stream.mapError(() => failure.brokeOff(method)),
            Stream.timeoutOrElse({ duration: timeout, orElse: () => Stream.fail(failure.tooSlow(method)) }),
            Stream.decodeText(),
            Stream.pipeThroughChannel(Sse.decode()),
            Stream.takeWhile((event) => event._tag === "Event" && event.data !== "[DONE]"),
            Stream.mapEffect((event) => decodeDelta(event._tag === "Event" ? event.data : "")),
            Stream.catchTag(["Retry", "SseError", "SchemaError"], () => Stream.fail(failure.unreadable(method))),
            Stream.map(take),
            Stream.flattenIterable
          )
          const end = Stream.unwrap(
            Effect.suspend(() => {
              if (isRefused()) return Effect.fail(failure.contentRefused(method))
              // One that broke off looks like one that ended.
              return isWhole() ? Effect.succeed(Stream.fromIterable(rest())) : Effect.fail(failure.unreadable(method))
            })
          )
          const start: Response.StreamPartEncoded = { type: "text-start", id: "0" }
          return Stream.make(start).pipe(Stream.concat(pieces), Stream.concat(end))
        })
      )

    return { generateText, streamText, codecTransformer: OpenAiStructuredOutput.toCodecOpenAI } satisfies Provider
  })
