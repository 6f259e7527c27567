import { expect } from "bun:test"
import { Effect, Exit, Schedule } from "effect"
import { FatalError } from "../../src/domain/JobError.ts"
import type { Claim } from "../../src/domain/JobQueue.ts"
import { makeMasker } from "../../src/runtime/Masker.ts"
import { outcomeOf } from "../../src/runtime/settle.ts"
import { it } from "../support/effect.ts"

it.effect("keeps the beginning of a long message and hint, and no part of a secret at its end", () =>
  Effect.gen(function* () {
    const text = `${"x".repeat(1_990)}s3cret-password${"y".repeat(100_000)}`
    const error = new FatalError({ code: "SCRIPT_DEFECT", message: text, hint: text })
    const context = {
      claim: { retryCount: 0, maxRetries: 0 } as Claim,
      retry: { maxRetries: 0, schedule: Schedule.recurs(0) },
      mask: makeMasker(["s3cret-password"]),
      step: undefined
    }

    const outcome = yield* outcomeOf(context, { _tag: "Ended", exit: Exit.fail(error) })

    const words = `${"x".repeat(1_990)}••••yyyyyy`
    expect(outcome).toEqual({
      _tag: "Failed",
      error: { code: "SCRIPT_DEFECT", retryable: false, message: words, hint: words }
    })
  })
)

it.effect("keeps no password that an error quotes from a header, though nobody marked it as a secret", () =>
  Effect.gen(function* () {
    const text = `GET /menu refused Basic ${Buffer.from("owner:Other-Password").toString("base64")}, basic rights`
    const error = new FatalError({ code: "SCRIPT_DEFECT", message: text, hint: text })
    const context = {
      claim: { retryCount: 0, maxRetries: 0 } as Claim,
      retry: { maxRetries: 0, schedule: Schedule.recurs(0) },
      mask: makeMasker([]),
      step: undefined
    }

    const outcome = yield* outcomeOf(context, { _tag: "Ended", exit: Exit.fail(error) })

    const words = "GET /menu refused Basic [secret], basic rights"
    expect(outcome).toMatchObject({ _tag: "Failed", error: { message: words, hint: words } })
  })
)
