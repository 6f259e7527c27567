import { expect } from "bun:test"
import { Duration, Effect, Fiber, Redacted, Schema, Stream } from "effect"
import { LanguageModel, Tool, Toolkit } from "effect/ai"
import { FetchHttpClient } from "effect/http"
import { classifyAi } from "../../../src/runtime/ai/classifyAi.ts"
import { makeProvider } from "../../../src/runtime/ai/OpenAiCompatible.ts"
import { it } from "../../support/effect.ts"
import { type AiReply, type Answering, startFakeAi } from "../../support/FakeAi.ts"

const Title = Schema.Struct({ title: Schema.String, tags: Schema.Array(Schema.String) })

const toolkit = Toolkit.make(
  Tool.make("countWords", {
    description: "Counts words.",
    parameters: Schema.Struct({ text: Schema.String }),
    success: Schema.Int
  })
)
const tools = toolkit.toLayer({ countWords: ({ text }) => Effect.succeed(text.split(" ").length) })

/** A model behind a provider that answers like this. */
const start = (answering: Answering, timeout = Duration.seconds(30)) =>
  Effect.gen(function* () {
    const ai = yield* startFakeAi(answering)
    const provider = yield* makeProvider({
      baseUrl: `${ai.baseUrl}/`,
      apiKey: Redacted.make("sk-test"),
      model: "small",
      maxOutputTokens: 500,
      timeout
    }).pipe(Effect.provide(FetchHttpClient.layer))
    return { ai, model: yield* LanguageModel.make(provider) }
  })

it.live("asks for a text, with key, model and limit, and counts its tokens", () =>
  Effect.gen(function* () {
    const { ai, model } = yield* start(() => ({ text: "Hello there" }))

    const answer = yield* model.generateText({ prompt: "Say hello" })

    expect(answer.text).toBe("Hello there")
    expect([answer.usage.inputTokens.total, answer.usage.outputTokens.total]).toEqual([100, 50])
    expect(ai.requests[0]).toMatchObject({
      model: "small",
      key: "Bearer sk-test",
      body: { max_tokens: 500 },
      messages: [{ role: "user", content: "Say hello" }]
    })
  })
)

it.live("gives a streamed text piece by piece, and its tokens at the end", () =>
  Effect.gen(function* () {
    const { model } = yield* start(() => ({ text: "One two three" }))

    const parts = yield* Stream.runCollect(model.streamText({ prompt: "Count" }))

    const pieces = parts.flatMap((part) => (part.type === "text-delta" ? [part.delta] : []))
    expect(pieces).toEqual(["One ", "two ", "three"])
    expect(parts.at(-1)).toMatchObject({ type: "finish", reason: "stop", usage: { outputTokens: { total: 50 } } })
  })
)

it.live("asks for an object by its JSON Schema", () =>
  Effect.gen(function* () {
    const { ai, model } = yield* start(() => ({ object: { title: "Rome", tags: ["art"] } }))

    const answer = yield* model.generateObject({ prompt: "Title?", schema: Title, objectName: "title" })

    expect(answer.value).toEqual({ title: "Rome", tags: ["art"] })
    expect(ai.requests[0]).toMatchObject({ object: "title", schema: { type: "object", additionalProperties: false } })
  })
)

for (const kind of ["whole", "streamed"] as const) {
  it.live(`runs a tool that a ${kind} answer calls`, () =>
    Effect.gen(function* () {
      const { ai, model } = yield* start(() => ({ call: "countWords", with: { text: "a b c" } }))
      const asked = { prompt: "How many words?", toolkit }

      const result =
        kind === "whole"
          ? (yield* model.generateText(asked)).toolResults[0]?.result
          : (yield* Stream.runCollect(model.streamText(asked))).find((part) => part.type === "tool-result")?.result

      expect(result).toBe(3)
      expect(ai.requests[0]?.tools).toEqual(["countWords"])
    }).pipe(Effect.provide(tools))
  )
}

const piece = (call: object) => `data: ${JSON.stringify({ choices: [{ delta: { tool_calls: [call] } }] })}\n\n`

/** A call in two pieces: how servers number them, and what id they send with the second, differs. */
const inPieces = (id: string, text: string, numbered: object, later: object) => [
  piece({ ...numbered, id, function: { name: "countWords", arguments: `{"text":` } }),
  piece({ ...numbered, ...later, function: { arguments: `${JSON.stringify(text)}}` } })
]

for (const [what, first, second, later] of [
  ["have an empty id in later pieces", { index: 0 }, { index: 1 }, { id: "" }],
  ["all have the number 0", { index: 0 }, { index: 0 }, {}],
  ["have no number", {}, {}, { id: null }],
  ["have another id in later pieces", { index: 0 }, { index: 1 }, { id: "made-for-this-piece" }]
] as const) {
  it.live(`tells streamed calls of tools apart that ${what}`, () =>
    Effect.gen(function* () {
      const end = `data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: "tool_calls" }] })}\n\n`
      const raw = [...inPieces("c1", "a b c", first, later), ...inPieces("c2", "d e", second, later), end].join("")
      const { model } = yield* start(() => ({ raw }))

      const parts = yield* Stream.runCollect(model.streamText({ prompt: "How many words?", toolkit }))

      const results = parts.flatMap((part) => (part.type === "tool-result" ? [[part.id, part.result]] : []))
      expect(results).toEqual([
        ["c1", 3],
        ["c2", 2]
      ])
    }).pipe(Effect.provide(tools))
  )
}

const failures: ReadonlyArray<readonly [string, AiReply, object]> = [
  [
    "a full provider with its pause",
    { status: 429, headers: { "retry-after": "7" } },
    { code: "RATE_LIMITED", retryAfterMs: 7_000 }
  ],
  [
    "an account without money",
    { status: 429, body: { error: { code: "insufficient_quota" } } },
    { code: "PERMISSION_DENIED" }
  ],
  ["a provider with a fault", { status: 503 }, { code: "SERVICE_UNAVAILABLE" }],
  ["a wrong key", { status: 401 }, { code: "INVALID_CREDENTIALS" }],
  ["a model that is not there", { status: 404 }, { code: "NOT_FOUND" }],
  [
    "a prompt that is too long",
    { status: 400, body: { error: { code: "context_length_exceeded", message: "Ada Lovelace" } } },
    { code: "VALIDATION_ERROR", message: "The input is longer than the AI model can take." }
  ],
  ["a refused prompt", { status: 400, body: { error: { code: "content_filter" } } }, { code: "CONTENT_REFUSED" }],
  ["a model that refuses", { refusal: "No." }, { code: "CONTENT_REFUSED" }],
  ["an answer that was filtered", { text: "", finish: "content_filter" }, { code: "CONTENT_REFUSED" }],
  ["an answer that is none", { raw: "<html>" }, { code: "SERVICE_UNAVAILABLE" }],
  ["a provider that goes silent", "stall", { code: "TIMEOUT" }]
]

for (const [what, reply, expected] of failures) {
  it.live(`knows ${what}, in whole and in streamed answers`, () =>
    Effect.gen(function* () {
      const { model } = yield* start(() => reply, Duration.millis(300))

      const whole = yield* Effect.flip(model.generateText({ prompt: "Who?" }))
      const streamed = yield* Effect.flip(Stream.runDrain(model.streamText({ prompt: "Who?" })))

      expect(classifyAi(whole)).toMatchObject(expected)
      expect(classifyAi(streamed)).toMatchObject(expected)
      expect(JSON.stringify(classifyAi(whole))).not.toContain("Lovelace")
    })
  )
}

it.live("knows a provider that is not there", () =>
  Effect.gen(function* () {
    const { ai, model } = yield* start(() => ({ text: "" }))
    yield* Effect.promise(() => ai.server.stop(true))

    const error = yield* Effect.flip(model.generateText({ prompt: "Anybody?" }))

    expect(classifyAi(error)).toMatchObject({ code: "NETWORK_ERROR", retryable: true })
  })
)

it.live("names the limit of the output as the provider wants it", () =>
  Effect.gen(function* () {
    const wish = { error: { message: "Use 'max_completion_tokens' instead." } }
    const { ai, model } = yield* start(({ body }) =>
      "max_tokens" in body ? { status: 400, body: wish } : { text: "Yes" }
    )

    const answers = [yield* model.generateText({ prompt: "1" }), yield* model.generateText({ prompt: "2" })]

    expect(answers.map(({ text }) => text)).toEqual(["Yes", "Yes"])
    expect(ai.requests.map(({ body }) => body.max_completion_tokens)).toEqual([undefined, 500, 500])
  })
)

it.live("ends the request when nobody waits for the answer any more", () =>
  Effect.gen(function* () {
    const { ai, model } = yield* start(() => "stall")
    const fiber = yield* Effect.forkChild(model.generateText({ prompt: "Wait" }))
    yield* Effect.sleep("5 millis").pipe(Effect.repeat({ until: () => ai.requests.length === 1 }))

    yield* Fiber.interrupt(fiber)

    yield* Effect.sleep("5 millis").pipe(Effect.repeat({ until: () => ai.server.pendingRequests === 0 }))
    expect(ai.server.pendingRequests).toBe(0)
  })
)
