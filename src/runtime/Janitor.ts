/**
 * Repairs: jobs of dead workers go back to the queue, jobs past their expiry fail, jobs whose worker cannot stop them
 * are taken from it, old ones are removed, schedules make their jobs. Any process may do it; one at a time does. A worker
 * also removes the bytes of files that are gone.
 */
import { Duration, Effect, FiberHandle, Layer, Option } from "effect"
import { asCallboard } from "../domain/Caller.ts"
import { RetryableError } from "../domain/JobError.ts"
import { JobQueue } from "../domain/JobQueue.ts"
import { JobSchedules } from "../domain/JobSchedules.ts"
import { JobsUnavailable } from "../domain/Jobs.ts"
import { JobTypes } from "../domain/JobType.ts"
import type { Lease } from "../domain/Lease.ts"
import { Cleanup, type OverdueClaim, Upkeep } from "../domain/Upkeep.ts"
import { sweepOnce } from "./artifacts/ArtifactSweep.ts"
import { keepDoing, round } from "./backgroundRounds.ts"
import { attemptEnded } from "./JobLife.ts"
import { upkeepFailures } from "./metrics/jobMeters.ts"
import { RunningJobs } from "./RunningJobs.ts"
import { outcomeOf } from "./settle.ts"
import { Wakeups } from "./Wakeups.ts"

/** A worker stops an attempt when its time is up, and has this long to do so. */
const OVERDUE_GRACE = Duration.minutes(1)

const REMOVE_EVERY = Duration.minutes(10)

/** As soon as this a schedule goes on after the database's clock was put back. */
const BRING_FORWARD_EVERY = Duration.minutes(10)

/** Many statements, each with its own limit: the first removal after a shorter retention has been set takes long. */
const LONGEST_REMOVAL = Duration.hours(1)

/** Rescues of 500 jobs each at a start. What is left then comes with the rounds of repairs. */
const MOST_TAKEN_OVER = 20

const OVERDUE = new RetryableError({
  code: "TIMEOUT",
  message: "The attempt took longer than it may, and its worker could not stop it.",
  hint: "Does the script run code that cannot be interrupted?"
})

const NOTHING = { rescued: 0, expired: 0, timedOut: 0 }

const told = <Counts extends Readonly<Record<string, number>>>(counts: Counts) =>
  Object.values(counts).some((count) => count > 0)
    ? Effect.as(Effect.annotateLogs(Effect.logInfo("tidied up"), counts), counts)
    : Effect.succeed(counts)

/** Recorded under the worker's own lease, which ends with it: whatever the stuck script still does is not written. */
const endOverdue = Effect.fnUntraced(function* (claim: OverdueClaim) {
  const queue = yield* JobQueue
  const types = yield* JobTypes
  const type = Option.getOrUndefined(types.find(claim.jobType))
  if (type === undefined) return 0
  const context = { queue, claim, retry: type.retry, mask: (text: string) => text, step: undefined }
  const outcome = yield* outcomeOf(context, { _tag: "Ended", exit: yield* Effect.exit(Effect.fail(OVERDUE)) })
  return yield* queue
    .settle(claim.lease, outcome)
    .pipe(
      Effect.andThen(attemptEnded(claim, claim.lane, outcome, undefined)),
      Effect.as(1),
      Effect.catchTags({ LeaseLost: () => Effect.succeed(0), CannotBeStored: () => Effect.succeed(0) })
    )
})

/** One round of repairs, if nobody else is at it. `inHand`: leases of this process that must not be taken from it. */
const repair = (inHand: ReadonlyArray<Lease>) =>
  Effect.gen(function* () {
    const upkeep = yield* Upkeep
    const done = yield* upkeep.alone(
      Effect.gen(function* () {
        const rescued = yield* upkeep.rescue(inHand)
        const expired = yield* upkeep.expire
        const overdue = yield* upkeep.overdue(OVERDUE_GRACE)
        const ended = yield* Effect.forEach(overdue, endOverdue)
        return { rescued, expired, timedOut: ended.reduce((sum, count) => sum + count, 0) }
      })
    )
    // Firing needs no election: each schedule is locked by the one who fires it.
    const { fireDue } = yield* JobSchedules
    return yield* told({ ...(done ?? NOTHING), scheduled: yield* fireDue })
  })

const remove = (keep: Duration.Duration) =>
  Effect.gen(function* () {
    const upkeep = yield* Upkeep
    return yield* told({ removed: yield* upkeep.removeOld(keep) })
  })

/** Any process may, beside the others: it holds the schedules that it puts right. */
const bringForward = Effect.flatMap(JobSchedules, (schedules) => schedules.bringForward)

/** Everything that is to do now. */
export const tidy = (keep: Duration.Duration, inHand: ReadonlyArray<Lease>) =>
  Effect.gen(function* () {
    const repaired = yield* repair(inHand)
    return { ...repaired, ...(yield* remove(keep)) }
  })

/** The log alone would let a removal that fails each time go unnoticed until the disk is full. */
const counted = (which: "repair" | "removal", longest?: Duration.Duration) => {
  const once = round({ complaint: "could not tidy up; trying again", ...(longest && { longest }) })
  return <E, R>(work: Effect.Effect<unknown, E, R>) =>
    Effect.tap(once(work), (isDone) => (isDone ? Effect.void : upkeepFailures({ round: which })))
}
const tidying = counted("repair")
const removingOld = counted("removal", LONGEST_REMOVAL)

/** The worker's rounds: whenever a beat says that there is something to do, and now and then to remove what is old. */
export const keepTidy = (keep: Duration.Duration) =>
  Effect.gen(function* () {
    const running = yield* RunningJobs
    const wakeups = yield* Wakeups
    const removing = yield* FiberHandle.make<unknown>()
    const sweeping = yield* FiberHandle.make<void>()
    yield* keepDoing({
      complaint: "could not look for schedules that wait too long; trying again",
      pause: Effect.sleep(BRING_FORWARD_EVERY)
    })(bringForward)
    let scheduled = 0
    const one = Effect.gen(function* () {
      const done = yield* repair(yield* running.leases)
      scheduled = done.scheduled
    })
    const all = Effect.gen(function* () {
      // Beside the round: jobs do not wait for a slow bucket, nor for the removal of a hundred thousand old ones.
      yield* FiberHandle.run(sweeping, sweepOnce, { onlyIfMissing: true })
      yield* FiberHandle.run(removing, removingOld(remove(keep)), { onlyIfMissing: true })
      return yield* tidying(one)
    })
    yield* Effect.gen(function* () {
      yield* wakeups.awaitUntidy.pipe(Effect.timeoutOption(REMOVE_EVERY))
      // More schedules may be due than one round fires. All else comes between, however long they keep coming.
      yield* Effect.repeat(all, { while: (isDone) => isDone && scheduled > 0 })
    }).pipe(Effect.forever)
  }).pipe(Effect.scoped)

/** What a former self of this worker left behind, and what else lost its worker, goes first. */
export const takeOver = Effect.gen(function* () {
  const upkeep = yield* Upkeep
  let rescued = 0
  for (let part = 0; part < MOST_TAKEN_OVER; part++) {
    const more = yield* upkeep.rescue([])
    if (more === 0) break
    rescued += more
  }
  if (rescued > 0) yield* Effect.logInfo("took over jobs whose worker is gone").pipe(Effect.annotateLogs({ rescued }))
}).pipe(tidying, Effect.asVoid)

/** For callers: a round now, without anything in hand, so a lease that this process has just let lapse may go too. */
export const cleanupLayer = (keep: Duration.Duration) =>
  Layer.effect(
    Cleanup,
    Effect.gen(function* () {
      const context = yield* Effect.context<Upkeep | JobQueue | JobTypes | JobSchedules>()
      return Cleanup.of({
        run: tidy(keep, []).pipe(
          Effect.provideContext(context),
          // What a round does is no caller's doing.
          asCallboard,
          Effect.mapError(({ cause, operation }) => new JobsUnavailable({ operation, cause }))
        )
      })
    })
  )
