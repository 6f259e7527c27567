import { expect } from "bun:test"
import { Cause, Effect, Exit } from "effect"
import { makeMasker } from "../../src/runtime/Masker.ts"
import { newPromptOf } from "../../src/runtime/newPrompt.ts"
import { it } from "../support/effect.ts"

const SECRET = "hunter2-secret"
const mask = makeMasker([SECRET])

it.effect("hides a secret that label and hint quote", () =>
  Effect.gen(function* () {
    const asked = yield* newPromptOf(
      { kind: "confirm", label: `Is it ${SECRET}?`, hint: `Not ${SECRET}.` },
      mask,
      undefined
    )

    expect(asked).toMatchObject({ label: "Is it ••••?", hint: "Not ••••." })
  })
)

it.effect("takes a choice that quotes a secret for a bug of the script, and does not say which it was", () =>
  Effect.gen(function* () {
    const question = { kind: "choice", label: "Which?", choices: ["Yes", `No, ${SECRET} it is not`] } as const

    const exit = yield* Effect.exit(newPromptOf(question, mask, undefined))

    expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(true)
    expect(Bun.inspect(exit, { depth: 20 })).not.toContain(SECRET)
  })
)
