/** Repairs on a timer: jobs of dead workers go back to the queue, jobs past their expiry fail. */
import { Duration, Effect } from "effect"
import { JobQueue } from "../domain/JobQueue.ts"
import { giveUpAfter } from "./giveUpAfter.ts"
import { RunningJobs } from "./RunningJobs.ts"

/** With a lease of 30 s, a dead worker's job runs again within 45 s. */
const TIDY_EVERY = Duration.seconds(10)

/** A connection that went silent must not keep the next round from coming. */
const LONGEST_REPAIR = Duration.seconds(30)

/** One round. Any process may run it at any time: each statement takes only rows that nobody else holds. */
export const tidyOnce = Effect.fn("Janitor.tidy")(
  function* () {
    const queue = yield* JobQueue
    const running = yield* RunningJobs
    const rescued = yield* queue.rescue(yield* running.leases).pipe(giveUpAfter(LONGEST_REPAIR))
    const expired = yield* queue.expire.pipe(giveUpAfter(LONGEST_REPAIR))
    if (rescued + expired > 0) {
      yield* Effect.logInfo("tidied up").pipe(Effect.annotateLogs({ rescued, expired }))
    }
  },
  Effect.catchCause((cause) => Effect.logWarning("could not tidy up; trying again", cause))
)

export const keepTidy = tidyOnce().pipe(Effect.andThen(Effect.sleep(TIDY_EVERY)), Effect.forever)
