/** What goes over the wire to and from `/chat/completions`, and how it reads as parts of Effect's AI modules. */
import { Schema } from "effect"
import { type LanguageModel, OpenAiStructuredOutput, type Prompt, type Response, Tool } from "effect/ai"

interface WireMessage {
  readonly role: string
  readonly content: string | null
  readonly tool_calls?: ReadonlyArray<unknown>
  readonly tool_call_id?: string
}

const textIn = (parts: ReadonlyArray<{ readonly type: string }>): string =>
  parts.flatMap((part) => ("text" in part && typeof part.text === "string" ? [part.text] : [])).join("\n")

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
          ? [{ id: part.id, type: "function", function: { name: part.name, arguments: JSON.stringify(part.params) } }]
          : []
      )
      const content = textIn(message.content) || null
      return [{ role: "assistant", content, ...(calls.length > 0 && { tool_calls: calls }) }]
    }
  }
}

export const messagesOf = ({ content }: Prompt.Prompt): ReadonlyArray<WireMessage> => content.flatMap(toWire)

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

const Usage = Schema.Struct({ prompt_tokens: Schema.Int, completion_tokens: Schema.Int })

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
  usage: nullable(Usage)
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
    usage: nullable(Usage)
  })
)
export type Delta = typeof Delta.Type

const REASONS: Readonly<Record<string, Response.FinishReason>> = {
  stop: "stop",
  length: "length",
  content_filter: "content-filter",
  tool_calls: "tool-calls"
}

export const finishPart = (
  reason: string | null | undefined,
  usage: typeof Usage.Type | null | undefined
): Response.FinishPartEncoded => ({
  type: "finish",
  response: undefined,
  reason: REASONS[reason ?? ""] ?? "other",
  usage: {
    inputTokens: { uncached: undefined, total: usage?.prompt_tokens, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: usage?.completion_tokens, text: undefined, reasoning: undefined }
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
