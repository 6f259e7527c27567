/** What goes over the wire to and from `/chat/completions`, and how it reads as parts of Effect's AI modules. */
import { Predicate, Schema } from "effect"
import { type LanguageModel, OpenAiStructuredOutput, type Prompt, type Response, Tool } from "effect/ai"

interface WireMessage {
  readonly role: string
  readonly content: string | null
  readonly tool_calls?: ReadonlyArray<unknown>
  readonly tool_call_id?: string
}

const textIn = (parts: ReadonlyArray<{ readonly type: string }>): string =>
  parts.flatMap((part) => ("text" in part && typeof part.text === "string" ? [part.text] : [])).join("\n")

/** Servers refuse a conversation with arguments that are no object, as wrong ones may be. */
const argumentsOf = (params: unknown): string =>
  JSON.stringify(typeof params === "object" && params !== null && !Array.isArray(params) ? params : {})

const toWire = (message: Prompt.Message): ReadonlyArray<WireMessage> => {
  switch (message.role) {
    case "system":
      return [{ role: "system", content: message.content }]
    case "tool":
      return message.content.flatMap((part) =>
        part.type === "tool-result"
          ? [{ role: "tool", tool_call_id: part.id, content: JSON.stringify(part.result) }]
          : []
      )
    case "user":
      return [{ role: "user", content: textIn(message.content) }]
    case "assistant": {
      const calls = message.content.flatMap((part) =>
        part.type === "tool-call"
          ? [{ id: part.id, type: "function", function: { name: part.name, arguments: argumentsOf(part.params) } }]
          : []
      )
      const content = textIn(message.content) || null
      return [{ role: "assistant", content, ...(calls.length > 0 && { tool_calls: calls }) }]
    }
  }
}

export const messagesOf = ({ content }: Prompt.Prompt): ReadonlyArray<WireMessage> => content.flatMap(toWire)

/** Models without strict schemas put an object into a fence of Markdown. */
export const withoutFence = (text: string): string => {
  const trimmed = text.trim()
  const begins = /^```\w*\s/u.exec(trimmed)?.[0]
  return begins !== undefined && trimmed.endsWith("```") ? trimmed.slice(begins.length, -"```".length) : text
}

/** The body of a request, but for model, stream and limit of the output. */
export const requestOf = ({ prompt, responseFormat, toolChoice, tools }: LanguageModel.ProviderOptions) => ({
  messages: messagesOf(prompt),
  ...(tools.length > 0 && {
    tools: tools.map((tool) => ({
      type: "function",
      function: {
        name: tool.name,
        description: Tool.getDescription(tool),
        parameters: Tool.getJsonSchema(tool, { transformer: OpenAiStructuredOutput.toCodecOpenAI })
      }
    })),
    ...((toolChoice === "none" || toolChoice === "required") && { tool_choice: toolChoice })
  }),
  ...(responseFormat.type === "json" && {
    response_format: {
      type: "json_schema",
      json_schema: {
        name: responseFormat.objectName,
        strict: true,
        schema: Tool.getJsonSchemaFromSchema(responseFormat.schema, {
          transformer: OpenAiStructuredOutput.toCodecOpenAI
        })
      }
    }
  })
})

/** Gateways leave numbers out, or write null or parts of tokens: an answer is no worse for it. */
const usage = Schema.optionalKey(Schema.Unknown)

/** The most that is kept of a count. */
const MOST_TOKENS = 2 ** 31 - 1

const tokensOf = (usage: unknown, name: "prompt_tokens" | "completion_tokens"): number | undefined => {
  const count = Predicate.hasProperty(usage, name) ? usage[name] : undefined
  return typeof count === "number" && count >= 0 && count <= MOST_TOKENS ? Math.ceil(count) : undefined
}

const nullable = <S extends Schema.Top>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

export const Reply = Schema.Struct({
  choices: Schema.NonEmptyArray(
    Schema.Struct({
      message: Schema.Struct({
        content: nullable(Schema.String),
        refusal: nullable(Schema.String),
        tool_calls: nullable(
          Schema.Array(
            Schema.Struct({
              id: Schema.String,
              function: Schema.Struct({ name: Schema.String, arguments: Schema.String })
            })
          )
        )
      }),
      finish_reason: nullable(Schema.String)
    })
  ),
  usage
})
export type Reply = typeof Reply.Type

export const Delta = Schema.fromJsonString(
  Schema.Struct({
    choices: nullable(
      Schema.Array(
        Schema.Struct({
          delta: nullable(
            Schema.Struct({
              content: nullable(Schema.String),
              refusal: nullable(Schema.String),
              tool_calls: nullable(
                Schema.Array(
                  Schema.Struct({
                    index: nullable(Schema.Int),
                    id: nullable(Schema.String),
                    function: nullable(
                      Schema.Struct({ name: nullable(Schema.String), arguments: nullable(Schema.String) })
                    )
                  })
                )
              )
            })
          ),
          finish_reason: nullable(Schema.String)
        })
      )
    ),
    usage
  })
)
export type Delta = typeof Delta.Type

const REASONS: Readonly<Record<string, Response.FinishReason>> = {
  stop: "stop",
  length: "length",
  content_filter: "content-filter",
  tool_calls: "tool-calls"
}

export const finishPart = (reason: string | null | undefined, usage: unknown): Response.FinishPartEncoded => ({
  type: "finish",
  response: undefined,
  reason: REASONS[reason ?? ""] ?? "other",
  usage: {
    inputTokens: {
      uncached: undefined,
      total: tokensOf(usage, "prompt_tokens"),
      cacheRead: undefined,
      cacheWrite: undefined
    },
    outputTokens: { total: tokensOf(usage, "completion_tokens"), text: undefined, reasoning: undefined }
  }
})

/** Arguments that are no JSON are given on as they are: the schema of the tool refuses them by name. */
export const toolCallPart = (id: string, name: string, args: string): Response.ToolCallPartEncoded => ({
  type: "tool-call",
  id,
  name,
  params: parsed(args === "" ? "{}" : args)
})

const parsed = (text: string): unknown => {
  const found = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))(text)
  return found._tag === "Some" ? found.value : text
}
