/** A person who answers the prompts of a script at once, in order. A prompt without an answer times out. */
import { Effect, Layer, Redacted, Result } from "effect"
import { FatalError } from "../domain/JobError.ts"
import { type AnswerValue, parseAnswer } from "../domain/JobPrompt.ts"
import { type Answer, Operator, type Prompt } from "../domain/Operator.ts"
import { storableText } from "../domain/Storable.ts"
import type { Masker } from "../runtime/Masker.ts"
import { newPromptOf } from "../runtime/newPrompt.ts"

export interface OperatorScript {
  readonly answers: Array<string | boolean>
  /** What was asked, in order. */
  readonly asked: Array<Prompt>
}

export const makeOperatorScript = (...answers: ReadonlyArray<string | boolean>): OperatorScript => ({
  answers: [...answers],
  asked: []
})

/** Nobody could have answered that: the form of the board and the API refuse it. */
const refused = ({ label }: Prompt, why: string) =>
  new FatalError({ code: "SCRIPT_DEFECT", message: `The test answers “${label}” with what is refused: ${why}.` })

const parsed = (prompt: Prompt, answer: AnswerValue) =>
  parseAnswer({ kind: prompt.kind, ...(prompt.kind === "choice" && { choices: prompt.choices }) }, answer)

/** `learn` hears answers that may be secret; `mask` hides those that are known. */
export const AnsweringOperator = (
  { answers, asked }: OperatorScript,
  learn: (secret: string) => void = () => {},
  mask: Masker = storableText
) =>
  Layer.succeed(Operator, {
    prompt: <const P extends Prompt>(prompt: P) =>
      Effect.flatMap(
        Effect.suspend(() => newPromptOf(prompt, mask, undefined)),
        () => {
          asked.push(prompt)
          const answer = answers.shift()
          if (answer === undefined) {
            return Effect.fail(new FatalError({ code: "OPERATOR_INPUT_TIMEOUT", message: "Nobody answered." }))
          }
          const value = parsed(prompt, answer)
          if (Result.isFailure(value)) return Effect.die(refused(prompt, value.failure.message))
          const isSecret = prompt.kind === "otp" || prompt.kind === "text"
          if (isSecret) learn(String(value.success))
          return Effect.succeed((isSecret ? Redacted.make(String(value.success)) : value.success) as Answer<P["kind"]>)
        }
      )
  })
