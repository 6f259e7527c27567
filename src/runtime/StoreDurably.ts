/** Writes of an attempt that must not be lost to a short outage of the database. */
import { Duration, Effect, Schedule } from "effect"
import { type CannotBeStored, QueueUnavailable } from "../domain/JobQueue.ts"
import type { LeaseLost } from "../domain/Lease.ts"
import { giveUpAfter } from "./giveUpAfter.ts"

const backoff = Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced(Duration.seconds(1))])

/** One try takes no longer, so that a connection that went silent does not hold up the next try. */
const LONGEST_TRY = Duration.seconds(10)

/** Tries again until the database answers. The lease's token, not time, decides whether the write still counts. */
export const storeDurably = <A>(
  write: Effect.Effect<A, LeaseLost | CannotBeStored | QueueUnavailable>
): Effect.Effect<A, LeaseLost | CannotBeStored> =>
  write.pipe(
    giveUpAfter(LONGEST_TRY),
    Effect.catchTag("TimeoutError", (cause) => Effect.fail(new QueueUnavailable({ operation: "write", cause }))),
    Effect.retry({ while: (error) => error._tag === "QueueUnavailable", schedule: backoff }),
    // The schedule never ends, so this never comes out of the retry.
    Effect.catchTag("QueueUnavailable", Effect.die)
  )
