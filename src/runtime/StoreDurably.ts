/** Writes of an attempt that must not be lost to a short outage of the database. */
import { Duration, Effect, Schedule } from "effect"
import { type CannotBeStored, QueueUnavailable } from "../domain/JobQueue.ts"
import type { LeaseLost } from "../domain/Lease.ts"
import { giveUpAfter } from "./giveUpAfter.ts"
import { moment } from "./Moment.ts"

const backoff = Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced(Duration.seconds(1))])

/** One try takes no longer, so that a connection that went silent does not hold up the next try. */
const LONGEST_TRY = Duration.seconds(10)

/** So long nobody hears of it: outages pass. Then whoever looks for what holds a job up should find this. */
const TOLD_AFTER = Duration.seconds(30)

type Write<A> = Effect.Effect<A, LeaseLost | CannotBeStored | QueueUnavailable>

/** Tries again until the database answers. The lease's token, not time, decides whether the write still counts. */
export const untilAnswered = <A>(write: Write<A>): Effect.Effect<A, LeaseLost | CannotBeStored> =>
  // The schedule is made only when it is needed: almost every write succeeds at once.
  Effect.catchTag(write, "QueueUnavailable", () =>
    Effect.flatMap(moment, ({ monotonicMs: since }) => {
      let isTold = false
      const tell = Effect.flatMap(moment, ({ monotonicMs }) => {
        if (isTold || monotonicMs - since < Duration.toMillis(TOLD_AFTER)) return Effect.void
        isTold = true
        return Effect.logWarning(
          "the database has not taken for long what an attempt wrote or how it ended; trying again"
        )
      })
      return write.pipe(
        Effect.tapError((error) => (error._tag === "QueueUnavailable" ? tell : Effect.void)),
        Effect.retry({ while: (error) => error._tag === "QueueUnavailable", schedule: backoff }),
        // The schedule never ends, so this never comes out of the retry.
        Effect.catchTag("QueueUnavailable", Effect.die)
      )
    })
  )

/** The same for a write that has no limit of its own. */
export const storeDurably = <A>(write: Write<A>): Effect.Effect<A, LeaseLost | CannotBeStored> =>
  untilAnswered(
    write.pipe(
      giveUpAfter(LONGEST_TRY),
      Effect.catchTag("TimeoutError", (cause) => Effect.fail(new QueueUnavailable({ operation: "write", cause })))
    )
  )
