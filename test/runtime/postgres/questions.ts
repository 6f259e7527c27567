/** Questions of claimed jobs, as tests of them need them. */
import { Duration, Effect } from "effect"
import { PromptId } from "../../../src/domain/JobPrompt.ts"
import { JobPrompts, type NewPrompt } from "../../../src/domain/JobPrompts.ts"
import type { Claim } from "../../../src/domain/JobQueue.ts"
import { add, firstClaim } from "./builders.ts"

export const question = (fields: Partial<NewPrompt> = {}): NewPrompt => ({
  id: PromptId.make(Bun.randomUUIDv7()),
  kind: "otp",
  label: "Code from the text message",
  timeout: Duration.minutes(10),
  ...fields
})

export const ask = ({ lease }: Claim, fields: Partial<NewPrompt> = {}) =>
  Effect.gen(function* () {
    const prompt = question(fields)
    yield* (yield* JobPrompts).ask(lease, prompt)
    return prompt.id
  })

export const asking = Effect.gen(function* () {
  yield* add()
  const claimed = yield* firstClaim
  return { claimed, id: yield* ask(claimed) }
})
