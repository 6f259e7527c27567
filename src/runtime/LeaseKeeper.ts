/** Renews the leases of everything that runs here, on timers of their own: a busy script cannot delay them. */
import { Duration, Effect } from "effect"
import { JobQueue } from "../domain/JobQueue.ts"
import { giveUpAfter } from "./giveUpAfter.ts"
import { moment } from "./Moment.ts"
import { WorkerState } from "./ProcessReadiness.ts"
import { RunningJobs } from "./RunningJobs.ts"
import { Wakeups } from "./Wakeups.ts"

const BEAT_EVERY = Duration.seconds(5)

/** While leases are held: with one of 30 s that is given up 5 s early, 2 s are left after an outage of 20 s. */
const BEAT_LEASES_EVERY = Duration.seconds(3)

/** After a beat that failed: an outage that is over must be noticed before the leases are given up. */
const BEAT_AGAIN_AFTER = Duration.seconds(1)

/** Quick jobs come and go between two beats; only those that stay longer need a renewal. */
const SHORT_LIVED = Duration.seconds(2)

/** A beat that hangs must not keep the next one from being sent. */
const LONGEST_BEAT = Duration.seconds(4)

/** Not a part of the beat: a database that does not answer must not delay the moment of giving up. */
const CHECK_TRUST_EVERY = Duration.seconds(1)

/** One beat; gives the time until the next. It also asks what becomes due, so it is the backstop for lost notifications. */
const beatOnce = Effect.fn("LeaseKeeper.beat")(
  function* () {
    const queue = yield* JobQueue
    const running = yield* RunningJobs
    const wakeups = yield* Wakeups
    const state = yield* WorkerState
    const sentAt = yield* moment
    const leases = yield* running.leasesToRenew(SHORT_LIVED)
    const waiting = yield* running.waiting
    const beat = yield* queue
      .beat(leases, state.phase === "draining" ? "draining" : "claiming", waiting)
      .pipe(giveUpAfter(LONGEST_BEAT))
    state.beatAt = sentAt
    yield* running.renewed(beat.renewed, sentAt)
    yield* Effect.forEach(beat.lost, (token) => running.stop(token, "leaseLost"), { discard: true })
    yield* Effect.forEach(beat.cancelRequested, (token) => running.stop(token, "cancel"), { discard: true })
    yield* Effect.forEach(beat.dueInMs, ([lane, ms]) => wakeups.dueIn(lane, ms), { discard: true })
    yield* Effect.forEach(beat.paused, (paused) => running.stopWaiting("postponed", paused), { discard: true })
    if (beat.untidy) yield* wakeups.untidy
    return leases.length === 0 ? BEAT_EVERY : BEAT_LEASES_EVERY
  },
  Effect.catchCause((cause) =>
    Effect.as(Effect.logWarning("leases could not be renewed; trying again", cause), BEAT_AGAIN_AFTER)
  )
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

/** A beat may come early, when news may have been missed, but not more often than this. */
const BEAT_AT_MOST_EVERY = Duration.millis(500)

const keepBeating = Effect.gen(function* () {
  const wakeups = yield* Wakeups
  const next = yield* beatOnce()
  yield* Effect.sleep(BEAT_AT_MOST_EVERY)
  yield* wakeups.awaitBeat.pipe(Effect.timeoutOption(Duration.subtract(next, BEAT_AT_MOST_EVERY)))
}).pipe(Effect.forever)

const keepChecking = checkTrust.pipe(Effect.andThen(Effect.sleep(CHECK_TRUST_EVERY)), Effect.forever)

export const keepLeases = Effect.all([keepBeating, keepChecking], { concurrency: "unbounded", discard: true })
