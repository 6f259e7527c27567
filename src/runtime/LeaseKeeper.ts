/** Renews the leases of everything that runs here, on a timer of its own: a busy script cannot delay it. */
import { Clock, Duration, Effect } from "effect"
import { JobQueue } from "../domain/JobQueue.ts"
import { RunningJobs } from "./RunningJobs.ts"
import { Wakeups } from "./Wakeups.ts"

export const BEAT_EVERY = Duration.seconds(5)

/** A beat that hangs must not keep the next one from being sent. */
const BEAT_LIMIT = Duration.seconds(4)

/** One beat. It also asks what becomes due, so it is the backstop for lost notifications. */
export const beatOnce = Effect.fn("LeaseKeeper.beat")(function* () {
  const queue = yield* JobQueue
  const running = yield* RunningJobs
  const wakeups = yield* Wakeups
  const leases = yield* running.leases
  const sentAtMs = yield* Clock.currentTimeMillis
  yield* queue.beat(leases).pipe(
    Effect.timeout(BEAT_LIMIT),
    Effect.flatMap((beat) =>
      Effect.gen(function* () {
        const lost = new Set(beat.lost)
        yield* running.renewed(
          leases.filter((lease) => !lost.has(lease.jobId)),
          sentAtMs
        )
        yield* Effect.forEach(beat.lost, (id) => running.stop(id, "leaseLost"), { discard: true })
        yield* Effect.forEach(beat.cancelRequested, (id) => running.stop(id, "cancel"), { discard: true })
        yield* Effect.forEach(beat.nextDueMs, ([lane, ms]) => wakeups.dueAt(lane, ms), { discard: true })
      })
    ),
    Effect.catchCause((cause) => Effect.logWarning("leases could not be renewed; trying again", cause))
  )
  const untrusted = yield* running.stopUntrusted
  if (untrusted.length > 0) {
    yield* Effect.logError("jobs were stopped because the database was away for longer than their lease").pipe(
      Effect.annotateLogs({ jobs: untrusted.length })
    )
  }
})

export const keepLeases = beatOnce().pipe(Effect.andThen(Effect.sleep(BEAT_EVERY)), Effect.forever)
