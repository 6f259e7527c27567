import { expect } from "bun:test"
import { Duration, Effect, Exit, Schedule } from "effect"
import { defaultRetryPolicy } from "../../src/domain/Backoff.ts"
import { FatalError, RetryableError } from "../../src/domain/JobError.ts"
import { JobId } from "../../src/domain/JobId.ts"
import type { Claim, Outcome } from "../../src/domain/JobQueue.ts"
import { makeMasker } from "../../src/runtime/Masker.ts"
import { outcomeOf } from "../../src/runtime/settle.ts"
import { it } from "../support/effect.ts"

it.effect("keeps the beginning of a long message and hint, and no part of a secret at its end", () =>
  Effect.gen(function* () {
    const text = `${"x".repeat(1_990)}s3cret-password${"y".repeat(100_000)}`
    const error = new FatalError({ code: "SCRIPT_DEFECT", message: text, hint: text })
    const context = {
      queue: { expiresWithin: () => Effect.die("nobody asks") },
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
      queue: { expiresWithin: () => Effect.succeed(false) },
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

it.effect("fails at once with the error itself where the next try would come after the job expires", () =>
  Effect.gen(function* () {
    const outcomeIn = (expiresInMs: number, hint?: string) =>
      outcomeOf(
        {
          queue: { expiresWithin: (_, delay) => Effect.succeed(Duration.toMillis(delay) >= expiresInMs) },
          claim: { id: JobId.make("019ac2f0-0000-7000-8000-000000000001"), retryCount: 0, maxRetries: 3 } as Claim,
          retry: defaultRetryPolicy,
          mask: makeMasker([]),
          step: undefined
        },
        {
          _tag: "Ended",
          exit: Exit.fail(
            new RetryableError({
              code: "RATE_LIMITED",
              message: "Too many.",
              retryAfterMs: 60_000,
              ...(hint && { hint })
            })
          )
        }
      )

    const error = { code: "RATE_LIMITED", message: "Too many.", retryable: true }
    const late = "Its next try would come after the job expires, so it is not tried again by itself."
    expect(yield* outcomeIn(60_001)).toEqual({ _tag: "RetryLater", error, delay: Duration.minutes(1) } as Outcome)
    expect(yield* outcomeIn(60_000)).toEqual({ _tag: "Failed", error: { ...error, hint: late } } as Outcome)
    expect(yield* outcomeIn(60_000, "Ask less.")).toMatchObject({
      _tag: "Failed",
      error: { hint: `Ask less. ${late}` }
    })
  })
)
