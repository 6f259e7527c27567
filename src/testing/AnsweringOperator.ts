/** A person who answers the prompts of a script at once, in order. A prompt without an answer times out. */
import { Effect, Layer, Redacted } from "effect"
import { FatalError } from "../domain/JobError.ts"
import { type Answer, Operator, type Prompt } from "../domain/Operator.ts"

export interface OperatorScript {
  readonly answers: Array<string | boolean>
  /** What was asked, in order. */
  readonly asked: Array<Prompt>
}

export const makeOperatorScript = (...answers: ReadonlyArray<string | boolean>): OperatorScript => ({
  answers: [...answers],
  asked: []
})

export const AnsweringOperator = ({ answers, asked }: OperatorScript) =>
  Layer.succeed(Operator, {
    prompt: <const P extends Prompt>(prompt: P) =>
      Effect.suspend(() => {
        asked.push(prompt)
        const answer = answers.shift()
        if (answer === undefined) {
          return Effect.fail(new FatalError({ code: "OPERATOR_INPUT_TIMEOUT", message: "Nobody answered." }))
        }
        const isSecret = prompt.kind === "otp" || prompt.kind === "text"
        return Effect.succeed((isSecret ? Redacted.make(String(answer)) : answer) as Answer<P["kind"]>)
      })
  })
