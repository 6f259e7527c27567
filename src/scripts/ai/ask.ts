/** Asking a language model: for an object of a schema, or for a text that people can follow while it is written. */
import { Effect, type Schema, Stream } from "effect"
import { type AiError, Chat, LanguageModel, Prompt, type Tool, Toolkit } from "effect/ai"
import { FatalError } from "../../domain/JobError.ts"
import { formatPath } from "../../domain/JobType.ts"
import { makeRedactor } from "../../domain/personal/redactPersonal.ts"
import { Steps } from "../../domain/Steps.ts"
import { storableText, unstorable } from "../../domain/Storable.ts"
import { answerCalls, type ToolCall, type Tools } from "./callTools.ts"

/** How often a model is asked again that answers in a wrong form. */
const ASKED_AGAIN = 2

const wrongForm = (name: string) =>
  new FatalError({
    code: "VALIDATION_ERROR",
    message: `The AI model did not give the ${name} in the form that was asked for, although it was asked ${ASKED_AGAIN + 1} times.`,
    hint: "Retry the job, or use a model that is better at JSON schema output and tools (CALLBOARD_AI_MODEL)."
  })

/** What the model is told of its mistake; undefined for failures that are none of its own. */
const mistakeOf = (error: AiError.AiError): { readonly answer: string; readonly issue: string } | undefined => {
  const { reason } = error
  if (reason._tag === "StructuredOutputError") return { answer: reason.responseText, issue: reason.description }
  return reason._tag === "InvalidOutputError" ? { answer: "", issue: reason.description } : undefined
}

/** A model can write what no database keeps. */
const unstorableIn = (answer: unknown): string | undefined => {
  const found = unstorable(answer)
  return found && `${formatPath(found.path)}: ${found.issue}`
}

export interface ObjectQuestion<A, I extends Record<string, unknown>> {
  /** Short, in snake_case: the provider sees it. */
  readonly name: string
  readonly schema: Schema.Codec<A, I>
  readonly system: string
  readonly question: string
  /** What is wrong with an answer that fits the schema, as a sentence for the model. */
  readonly check?: (answer: A) => string | undefined
}

/** A wrong answer is shown to the model with what is wrong with it. */
export const askForObject = <A, I extends Record<string, unknown>>(asked: ObjectQuestion<A, I>) => {
  const { check = () => undefined, name, question, schema, system } = asked
  const attempt = (
    prompt: Prompt.Prompt,
    left: number
  ): Effect.Effect<A, AiError.AiError | FatalError, LanguageModel.LanguageModel> =>
    Effect.gen(function* () {
      const again = (answer: string, issue: string) =>
        Effect.gen(function* () {
          if (left === 0) return yield* wrongForm(name.replaceAll("_", " "))
          yield* Effect.logInfo(`The answer did not have the right form, so the model is asked again`)
          const said = [
            ...(answer === "" ? [] : [{ role: "assistant" as const, content: answer }]),
            { role: "user" as const, content: `That is not right: ${issue}\nGive the whole answer again, corrected.` }
          ]
          return yield* attempt(Prompt.concat(prompt, said), left - 1)
        })
      const answered = yield* LanguageModel.generateObject({ prompt, schema, objectName: name }).pipe(
        Effect.map(({ value }) => ({ value })),
        Effect.catch((error) => {
          const mistake = mistakeOf(error)
          return mistake === undefined ? Effect.fail(error) : Effect.succeed(mistake)
        })
      )
      if ("issue" in answered) return yield* again(answered.answer, answered.issue)
      const issue = unstorableIn(answered.value) ?? check(answered.value)
      return issue === undefined ? answered.value : yield* again(JSON.stringify(answered.value), issue)
    })
  const first = Prompt.make([
    { role: "system", content: system },
    { role: "user", content: [{ type: "text", text: question }] }
  ])
  return attempt(first, ASKED_AGAIN)
}

/** Characters of the end of a text that a progress message shows. */
const SHOWN_TAIL = 240

const tailOf = (text: string): string => {
  const flat = text.replace(/\s+/gu, " ").trim()
  return flat.length <= SHOWN_TAIL ? flat : `…${flat.slice(-SHOWN_TAIL)}`
}

/** Where a part of a text ends that can be kept: after a paragraph, or after a sentence of some length. */
const partEnd = (text: string): number => {
  const paragraph = text.lastIndexOf("\n\n")
  if (paragraph >= 0) return paragraph + 2
  if (text.length < SHOWN_TAIL) return 0
  const sentences = [...text.matchAll(/[.!?。！？]["”)]?\s/gu)].at(-1)
  return sentences === undefined ? 0 : sentences.index + sentences[0].length
}

/**
 * Shows a text while it is written: its last words as the progress message, and every part that is whole as a line of the
 * log. Both are seen by more people than the result, so who is named in them is left out.
 */
const makePartialText = (personal: ReadonlyArray<string>) =>
  Effect.map(Steps, ({ progress }) => {
    const redact = makeRedactor(personal)
    let [whole, unkept] = ["", ""]
    const keep = (part: string) => (part.trim() === "" ? Effect.void : Effect.logInfo(redact(part.trim())))
    return {
      add: (delta: string) =>
        Effect.suspend(() => {
          whole += delta
          unkept += delta
          const end = partEnd(unkept)
          const part = unkept.slice(0, end)
          unkept = unkept.slice(end)
          return Effect.andThen(progress(tailOf(redact(whole.slice(-2 * SHOWN_TAIL)))), keep(part))
        }),
      end: Effect.suspend(() => keep(unkept)),
      text: () => whole
    }
  })

export interface TextQuestion<Known extends Record<string, Tool.Any>> {
  readonly prompt: Prompt.RawInput
  readonly toolkit?: Toolkit.WithHandler<Known>
  readonly personal?: ReadonlyArray<string>
}

/** What is read of the parts of an answer, whatever its tools are. */
type Heard = { readonly type: "text-delta"; readonly delta: string } | ({ readonly type: "tool-call" } & ToolCall)

type HeardParts = Stream.Stream<Heard | { readonly type: "" }, AiError.AiError, LanguageModel.LanguageModel>

/** Rounds in which a model may call tools. After them it has to answer with what it knows. */
const MOST_ROUNDS = 6

/** Calls come as the model wrote them: a wrong one is answered, and does not end the conversation. */
const AS_WRITTEN = { disableToolCallResolution: true, toolCallValidation: "deferred" } as const

/** A text, streamed. Tools that the model calls are run, and it goes on with what they gave. */
export const askForText = <Known extends Record<string, Tool.Any> = Record<never, never>>({
  personal = [],
  prompt,
  toolkit
}: TextQuestion<Known>) =>
  Effect.gen(function* () {
    const chat = yield* Chat.fromPrompt(prompt)
    const tools = (toolkit ?? (yield* Toolkit.empty)) as Toolkit.WithHandler<Record<string, Tool.Any>>
    let results: Prompt.RawInput = []
    let mistakes = 0
    for (let round = 0; ; round++) {
      const partial = yield* makePartialText(personal)
      const calls: Array<ToolCall> = []
      const isLast = round === MOST_ROUNDS
      const toolChoice = isLast ? "none" : "auto"
      const parts = chat.streamText({ prompt: results, toolkit: tools, toolChoice, ...AS_WRITTEN }) as HeardParts
      yield* Stream.runForEach(parts, (part) => {
        if (part.type === "tool-call") calls.push(part)
        return part.type === "text-delta" ? partial.add(part.delta) : Effect.void
      })
      yield* partial.end
      if (calls.length === 0 || isLast) return storableText(partial.text().trim())
      const answered = yield* answerCalls(tools as unknown as Tools, calls)
      if (answered.isMistaken && ++mistakes > ASKED_AGAIN) return yield* wrongForm("answer")
      results = [{ role: "tool", content: answered.parts }]
    }
  })

/** The model said nothing, which helps nobody. */
export const orSilent = (text: string) =>
  text === ""
    ? Effect.fail(
        new FatalError({ code: "VALIDATION_ERROR", message: "The AI model gave no answer.", hint: "Retry the job." })
      )
    : Effect.succeed(text)
