/** Writes of an attempt that must not be lost to a short outage of the database. */
import { Duration, Effect, Schedule } from "effect"
import type { QueueUnavailable } from "../domain/JobQueue.ts"
import type { LeaseLost } from "../domain/Lease.ts"

const backoff = Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced(Duration.seconds(1))])

/** Tries again until the database answers. The lease's token, not time, decides whether the write still counts. */
export const storeDurably = <A>(write: Effect.Effect<A, LeaseLost | QueueUnavailable>): Effect.Effect<A, LeaseLost> =>
  write.pipe(
    Effect.retry({ while: (error) => error._tag === "QueueUnavailable", schedule: backoff }),
    // The schedule never ends, so only a lost lease can come out of the retry.
    Effect.catchTag("QueueUnavailable", Effect.die)
  )
