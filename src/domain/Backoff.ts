/** When a failed job may be tried again: an Effect `Schedule` per job type, stepped without sleeping. */
import { Duration, Effect, Option, Pull, Random, Schedule } from "effect"
import type { RetryableError } from "./JobError.ts"

export interface RetryPolicy {
  readonly maxRetries: number
  /** Its n-th delay is the wait before retry n. Its input is the failure, so it can give up early or wait longer. */
  readonly schedule: Schedule.Schedule<unknown, RetryableError>
}

/** 3 retries after 5 s, 10 s and 20 s. */
export const defaultRetryPolicy: RetryPolicy = {
  maxRetries: 3,
  schedule: Schedule.exponential("5 seconds").pipe(Schedule.setInputType<RetryableError>())
}

/** A partner that asks for more than a day is not believed. */
const LONGEST_ASKED = Duration.hours(24)

/**
 * The delay before retry number `retry` (counted from 1), or none when the schedule has ended.
 *
 * Nothing but the retry count has to be stored: the schedule is replayed from its start, with `seed` (the job's id)
 * fixing its jitter, so another process comes to the same answer. A partner's `Retry-After` can only lengthen it.
 */
export const delayBeforeRetry = (policy: RetryPolicy, retry: number, error: RetryableError, seed: string) =>
  Effect.gen(function* () {
    const step = yield* Schedule.toStep(policy.schedule)
    let elapsed = 0
    let delay = Duration.zero
    for (let i = 0; i < retry; i++) {
      const next = yield* step(elapsed, error).pipe(
        Effect.map(([, duration]) => Option.some(duration)),
        Pull.catchDone(() => Effect.succeedNone)
      )
      if (Option.isNone(next)) return next
      delay = next.value
      elapsed += Duration.toMillis(delay)
    }
    const asked = Duration.min(Duration.millis(error.retryAfterMs ?? 0), LONGEST_ASKED)
    return Option.some(Duration.max(delay, asked))
  }).pipe(Random.withSeed(seed))
