import { expect } from "bun:test"
import { Duration, Effect, Layer, Option } from "effect"
import { delayBeforeRetry } from "../../../src/domain/Backoff.ts"
import { BrowserSession } from "../../../src/domain/BrowserSession.ts"
import { RetryableError } from "../../../src/domain/JobError.ts"
import { Operator } from "../../../src/domain/Operator.ts"
import { Steps } from "../../../src/domain/Steps.ts"
import { deliveryJobType } from "../../../src/runtime/webhooks/deliveryJobs.ts"
import { MOST_TRIES, WebhookSender } from "../../../src/runtime/webhooks/WebhookSender.ts"
import { it } from "../../support/effect.ts"

const away = (retryAfterMs?: number) =>
  new RetryableError({ code: "SERVICE_UNAVAILABLE", message: "x", ...(retryAfterMs !== undefined && { retryAfterMs }) })

it.effect("tries soon at first and for about a day in all, and waits as long as the receiver asks", () =>
  Effect.gen(function* () {
    const { retry } = deliveryJobType(Effect.never)
    const delay = (n: number, error = away()) =>
      Effect.map(delayBeforeRetry(retry, n, error, "seed"), (found) => Duration.toSeconds(Option.getOrThrow(found)))

    const delays = yield* Effect.forEach(Array.from({ length: MOST_TRIES - 1 }), (_, n) => delay(n + 1))

    expect(delays[0]).toBeWithin(4, 6.01)
    expect(delays[1]).toBeWithin(16, 24.01)
    const hours = delays.reduce((sum, each) => sum + each, 0) / 3_600
    expect(hours).toBeWithin(18.8, 28.4)
    expect(yield* delay(1, away(600_000))).toBe(600)
  })
)

it.effect("does one try per run, for the delivery that it names", () =>
  Effect.gen(function* () {
    const asked: Array<string> = []
    const type = deliveryJobType(
      Effect.succeed(
        WebhookSender.of({
          deliver: (id) => Effect.sync(() => ({ state: asked.push(id) === 1 ? "delivered" : "failed" }) as const),
          dispatch: Effect.succeed(0),
          prune: Effect.void
        })
      )
    )
    const deliveryId = "018f0000-0000-7000-8000-0000000000d1"

    const result = yield* type.run(yield* type.parseInput({ deliveryId }))

    expect([result, asked]).toEqual([{ state: "delivered" }, [deliveryId]])
    expect((yield* Effect.flip(type.parseInput({ deliveryId: "x" })))._tag).toBe("InvalidInput")
  }).pipe(
    Effect.provide(
      Layer.mergeAll(Layer.mock(BrowserSession, {}), Layer.mock(Operator, {}), Layer.mock(Steps, { attempt: 1 }))
    )
  )
)
