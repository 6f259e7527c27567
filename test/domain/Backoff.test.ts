import { expect } from "bun:test"
import { Duration, Effect, Option, Schedule } from "effect"
import { defaultRetryPolicy, delayBeforeRetry } from "../../src/domain/Backoff.ts"
import { RetryableError } from "../../src/domain/JobError.ts"
import { it } from "../support/effect.ts"

const gone = new RetryableError({ code: "NETWORK_ERROR", message: "gone" })

const secondsOf = (policy: typeof defaultRetryPolicy, retries: ReadonlyArray<number>, error = gone, seed = "job") =>
  Effect.forEach(retries, (retry) =>
    Effect.map(delayBeforeRetry(policy, retry, error, seed), (delay) =>
      Option.getOrUndefined(Option.map(delay, Duration.toSeconds))
    )
  )

it.effect("waits 5, 10 and 20 seconds by default", () =>
  Effect.gen(function* () {
    expect(yield* secondsOf(defaultRetryPolicy, [1, 2, 3])).toEqual([5, 10, 20])
  })
)

it.effect("waits as long as the partner asks, and never shorter than its own schedule", () =>
  Effect.gen(function* () {
    const asked = (retryAfterMs: number) =>
      new RetryableError({ code: "RATE_LIMITED", message: "slow down", retryAfterMs })

    expect(yield* secondsOf(defaultRetryPolicy, [1], asked(60_000))).toEqual([60])
    expect(yield* secondsOf(defaultRetryPolicy, [2], asked(1_000))).toEqual([10])
  })
)

it.effect("gives up when the schedule ends", () =>
  Effect.gen(function* () {
    const twice = {
      ...defaultRetryPolicy,
      schedule: defaultRetryPolicy.schedule.pipe(Schedule.upTo({ times: 2 }))
    }

    expect(yield* secondsOf(twice, [2, 3])).toEqual([10, undefined])
  })
)

it.effect("jitters alike for one job in every process, and differently for another job", () =>
  Effect.gen(function* () {
    const jittered = { ...defaultRetryPolicy, schedule: defaultRetryPolicy.schedule.pipe(Schedule.jittered) }
    const [here] = yield* secondsOf(jittered, [3], gone, "job-1")
    const [there] = yield* secondsOf(jittered, [3], gone, "job-1")
    const [other] = yield* secondsOf(jittered, [3], gone, "job-2")

    expect(here).toBe(there!)
    expect(here).not.toBe(other!)
    expect(here).toBeGreaterThanOrEqual(16)
    expect(here).toBeLessThanOrEqual(24)
  })
)
