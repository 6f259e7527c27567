/** Runs the tools that a model calls. What is wrong with a call is told to the model, so that it can do better. */
import { Effect, Option, Stream } from "effect"
import type { AiError, Prompt } from "effect/ai"

export interface ToolCall {
  readonly id: string
  readonly name: string
  /** As the model wrote them. */
  readonly params: unknown
}

interface Answer {
  /** For the model. */
  readonly part: Prompt.ToolResultPartEncoded
  readonly isMistake: boolean
}

/** A toolkit, whatever its tools are. They check their arguments, and need nothing more: they have their handlers. */
export interface Tools {
  readonly tools: object
  readonly handle: (
    name: string,
    params: unknown,
    id: string
  ) => Effect.Effect<
    Stream.Stream<{ readonly encodedResult: unknown; readonly isFailure: boolean }, AiError.AiError>,
    AiError.AiError
  >
}

/** What the model did wrong; undefined for failures that are none of its own. */
const mistakeOf = ({ reason }: AiError.AiError): string | undefined => {
  if (reason._tag === "ToolNotFoundError") {
    const { availableTools } = reason
    return availableTools.length === 0
      ? "There are no tools: answer without."
      : `There is no such tool. There are: ${availableTools.join(", ")}.`
  }
  return reason._tag === "ToolParameterValidationError"
    ? `The arguments do not have the right form: ${reason.description}`
    : undefined
}

const resultPart = ({ id, name }: ToolCall, result: unknown, isFailure: boolean): Prompt.ToolResultPartEncoded => ({
  type: "tool-result",
  id,
  name,
  isFailure,
  result
})

const run = ({ handle, tools }: Tools, { id, name, params }: ToolCall) =>
  Effect.gen(function* () {
    if (Object.hasOwn(tools, name)) yield* Effect.logInfo(`Looks something up: ${name}`)
    return yield* Stream.runLast(Stream.unwrap(handle(name, params, id)))
  })

/** One after the other, in the order of the calls. */
export const answerCalls = (tools: Tools, calls: ReadonlyArray<ToolCall>) =>
  Effect.forEach(calls, (call) =>
    run(tools, call).pipe(
      Effect.map((last): Answer => {
        const { encodedResult, isFailure } = Option.getOrThrow(last)
        return { part: resultPart(call, encodedResult, isFailure), isMistake: false }
      }),
      Effect.catch((error) => {
        const problem = mistakeOf(error)
        return problem === undefined
          ? Effect.fail(error)
          : Effect.succeed<Answer>({ part: resultPart(call, { problem }, true), isMistake: true })
      })
    )
  ).pipe(
    Effect.map((answers) => ({
      parts: answers.map(({ part }) => part),
      isMistaken: answers.some(({ isMistake }) => isMistake)
    }))
  )
