/**
 * A provider of AI models for tests: speaks OpenAI's `/chat/completions` on a port of its own, keeps every request, and
 * streams, fails, stalls or answers wrongly as the test says.
 */
import { Effect } from "effect"

export interface AiRequest {
  readonly model: string
  readonly stream: boolean
  readonly key: string | null
  readonly messages: ReadonlyArray<{ readonly role: string; readonly content: string | null }>
  readonly tools: ReadonlyArray<string>
  /** Name of the object that is asked for. */
  readonly object: string | undefined
  readonly schema: unknown
  readonly body: Readonly<Record<string, unknown>>
}

export type AiReply =
  | { readonly text: string; readonly finish?: string; readonly usage?: unknown }
  | { readonly object: unknown }
  /** `with` as JSON, or as it is where it is a text. */
  | { readonly call: string; readonly with: unknown }
  | { readonly refusal: string }
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** Whatever the protocol does not know. */
  | { readonly raw: string }
  /** Begins and says nothing more. */
  | "stall"

export type Answering = (request: AiRequest, number: number) => AiReply | Promise<AiReply>

/** Tokens of every answer. */
const USAGE = { prompt_tokens: 100, completion_tokens: 50 }

interface Body {
  readonly model: string
  readonly stream?: boolean
  readonly messages: AiRequest["messages"]
  readonly tools?: ReadonlyArray<{ readonly function: { readonly name: string } }>
  readonly response_format?: { readonly json_schema: { readonly name: string; readonly schema: unknown } }
}

const messageOf = (reply: AiReply) => {
  if (typeof reply === "string" || "status" in reply || "raw" in reply) return undefined
  if ("text" in reply) return { message: { content: reply.text }, finish_reason: reply.finish ?? "stop" }
  if ("object" in reply) return { message: { content: JSON.stringify(reply.object) }, finish_reason: "stop" }
  if ("refusal" in reply) return { message: { content: null, refusal: reply.refusal }, finish_reason: "stop" }
  const called = {
    name: reply.call,
    arguments: typeof reply.with === "string" ? reply.with : JSON.stringify(reply.with)
  }
  return {
    message: { content: null, tool_calls: [{ id: `call-${crypto.randomUUID()}`, type: "function", function: called }] },
    finish_reason: "tool_calls"
  }
}

const event = (data: unknown) => `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`

const streamOf = ({ finish_reason, message }: NonNullable<ReturnType<typeof messageOf>>, usage: unknown) => {
  const text = message.content ?? ""
  const deltas: Array<object> = (text.match(/\S+\s*/gu) ?? []).map((content) => ({ content }))
  if ("refusal" in message) deltas.push({ refusal: message.refusal })
  for (const [index, call] of ("tool_calls" in message ? message.tool_calls : []).entries()) {
    const half = Math.floor(call.function.arguments.length / 2)
    deltas.push({ tool_calls: [{ index, id: call.id, function: { name: call.function.name, arguments: "" } }] })
    deltas.push({ tool_calls: [{ index, function: { arguments: call.function.arguments.slice(0, half) } }] })
    deltas.push({ tool_calls: [{ index, function: { arguments: call.function.arguments.slice(half) } }] })
  }
  const events = deltas.map((delta) => event({ choices: [{ delta }] }))
  const last = [event({ choices: [{ delta: {}, finish_reason }] }), event({ choices: [], usage }), event("[DONE]")]
  return [...events, ...last].join("")
}

const stalled = () =>
  new Response(
    new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(": wait\n\n")) }),
    { headers: { "content-type": "text/event-stream" } }
  )

const responseOf = (reply: AiReply, stream: boolean): Response => {
  if (reply === "stall") return stalled()
  if ("raw" in reply) return new Response(reply.raw)
  if ("status" in reply) {
    return Response.json(reply.body ?? {}, { status: reply.status, headers: { ...reply.headers } })
  }
  const choice = messageOf(reply)!
  const usage = "usage" in reply ? reply.usage : USAGE
  return stream
    ? new Response(streamOf(choice, usage), { headers: { "content-type": "text/event-stream" } })
    : Response.json({ choices: [choice], usage })
}

/** Stopped with the scope. */
export const startFakeAi = (answering: Answering) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const requests: Array<AiRequest> = []
      const state = { answering }
      const server = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        idleTimeout: 60,
        fetch: async (request) => {
          const body = (await request.json()) as Body
          const asked: AiRequest = {
            model: body.model,
            stream: body.stream === true,
            key: request.headers.get("authorization"),
            messages: body.messages,
            tools: (body.tools ?? []).map((tool) => tool.function.name),
            object: body.response_format?.json_schema.name,
            schema: body.response_format?.json_schema.schema,
            body: { ...body }
          }
          requests.push(asked)
          return responseOf(await state.answering(asked, requests.length), asked.stream)
        }
      })
      return {
        baseUrl: `http://127.0.0.1:${server.port}/v1`,
        requests,
        /** Answers in another way from now on. */
        answer: (next: Answering) => {
          state.answering = next
        },
        server
      }
    }),
    ({ server }) => Effect.promise(() => server.stop(true))
  )
