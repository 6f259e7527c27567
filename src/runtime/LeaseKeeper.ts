/** Renews the leases of everything that runs here, on timers of their own: a busy script cannot delay them. */
import { Duration, Effect } from "effect"
import { JobQueue } from "../domain/JobQueue.ts"
import { moment, RunningJobs } from "./RunningJobs.ts"
import { Wakeups } from "./Wakeups.ts"

const BEAT_EVERY = Duration.seconds(5)

/** A beat that hangs must not keep the next one from being sent. */
const LONGEST_BEAT = Duration.seconds(4)

/** Not a part of the beat: a database that does not answer must not delay the moment of giving up. */
const CHECK_TRUST_EVERY = Duration.seconds(1)

/** One beat. It also asks what becomes due, so it is the backstop for lost notifications. */
export const beatOnce = Effect.fn("LeaseKeeper.beat")(
  function* () {
    const queue = yield* JobQueue
    const running = yield* RunningJobs
    const wakeups = yield* Wakeups
    const leases = yield* running.leases
    const sentAt = yield* moment
    const beat = yield* queue.beat(leases).pipe(Effect.timeout(LONGEST_BEAT))
    const lost = new Set(beat.lost)
    yield* running.renewed(
      leases.filter((lease) => !lost.has(lease.token)),
      sentAt
    )
    yield* Effect.forEach(beat.lost, (token) => running.stop(token, "leaseLost"), { discard: true })
    yield* Effect.forEach(beat.cancelRequested, (token) => running.stop(token, "cancel"), { discard: true })
    yield* Effect.forEach(beat.dueInMs, ([lane, ms]) => wakeups.dueIn(lane, ms), { discard: true })
  },
  Effect.catchCause((cause) => Effect.logWarning("leases could not be renewed; trying again", cause))
)

const checkTrust = Effect.gen(function* () {
  const running = yield* RunningJobs
  const stopped = yield* running.stopUntrusted
  if (stopped > 0) {
    yield* Effect.logError("attempts are stopped: their leases could not be renewed in time").pipe(
      Effect.annotateLogs({ attempts: stopped })
    )
  }
})

const every = <R>(interval: Duration.Duration, work: Effect.Effect<void, never, R>) =>
  work.pipe(Effect.andThen(Effect.sleep(interval)), Effect.forever)

export const keepLeases = Effect.all([every(BEAT_EVERY, beatOnce()), every(CHECK_TRUST_EVERY, checkTrust)], {
  concurrency: "unbounded",
  discard: true
})
