/**
 * The worker of this process: a claim loop per lane, the timers that keep leases and tidy up, and the drain at the end.
 * Stopping is two steps: claim nothing more and wait the grace period, then stop what still runs and hand it back.
 */
import { Deferred, Duration, Effect, Latch, Layer, Option, Stream } from "effect"
import { JobChanges } from "../domain/JobChanges.ts"
import { type Claim, JobQueue } from "../domain/JobQueue.ts"
import type { Lane } from "../domain/Lane.ts"
import { giveUpAfter } from "./giveUpAfter.ts"
import { HandOver, type Seat } from "./HandOver.ts"
import { inSpan } from "./inSpan.ts"
import { keepTidy, takeOver } from "./Janitor.ts"
import { makeJobExecutor } from "./JobExecutor.ts"
import { jobsClaimed } from "./JobLife.ts"
import { keepLeases } from "./LeaseKeeper.ts"
import { type Moment, moment, msBetween } from "./Moment.ts"
import { WorkerState } from "./ProcessReadiness.ts"
import { RunningJobs } from "./RunningJobs.ts"
import { ThisWorker } from "./ThisWorker.ts"
import { Wakeups } from "./Wakeups.ts"

export interface WorkerSettings {
  readonly lanes: ReadonlyArray<Lane>
  readonly shutdownGrace: Duration.Duration
  /** How long jobs are kept after their end. */
  readonly retention: Duration.Duration
}

/** What a claim that was given up took nevertheless is rescued when its lease ends. */
const LONGEST_CLAIM = Duration.seconds(10)

/**
 * Of a claim that found nothing, with the way to the database. A job that is created has to be answered within 100 ms, and
 * many jobs of a paused type make each look at the lane long.
 */
const LONGEST_CLAIM_WITH_CREATE_MS = 40

/** The same for claims that are under way when the worker stops. */
const LONGEST_LAST_CLAIM = Duration.seconds(2)

const LONGEST_LEAVE = Duration.seconds(2)

/** Wait before claiming again when the database did not answer. */
const AFTER_FAILED_CLAIM = Duration.seconds(1)

/** Closing a browser takes up to 2 s; after this, what still runs is left to the rescue. */
const STOP_LIMIT = Duration.seconds(6)

const listen = Effect.gen(function* () {
  const { changes } = yield* JobChanges
  const running = yield* RunningJobs
  const wakeups = yield* Wakeups
  yield* Stream.runForEach(changes, (change) => {
    if (change._tag === "Logged") return Effect.void
    if (change._tag === "Gap") return Effect.andThen(wakeups.wakeAll, wakeups.beat)
    if (change._tag === "Many") {
      return Effect.all(
        [
          Effect.forEach(change.cancelRequested, (id) => running.stopJob(id, "cancel"), { discard: true }),
          change.paused === undefined ? Effect.void : running.stopWaiting("postponed", change.paused),
          Effect.forEach(change.dueInMs, ([lane, ms]) => wakeups.dueIn(lane, ms), { discard: true })
        ],
        { discard: true }
      )
    }
    if (change.cancelRequested) return running.stopJob(change.id, "cancel")
    return change.dueInMs === undefined ? Effect.void : wakeups.dueIn(change.lane, change.dueInMs)
  })
})

const drain = (shutdownGrace: Duration.Duration) =>
  Effect.gen(function* () {
    const state = yield* WorkerState
    state.phase = "draining"
    const running = yield* RunningJobs
    const wakeups = yield* Wakeups
    // So that people are told why nothing starts here.
    yield* wakeups.beat
    yield* running.stopWaiting("shutdown")
    const left = yield* Effect.map(running.leases, (leases) => leases.length)
    if (left === 0) return
    yield* Effect.logInfo(`Waiting up to ${Duration.format(shutdownGrace)} for ${left} running job(s).`)
    yield* running.awaitEmpty.pipe(Effect.timeoutOption(shutdownGrace))
    yield* running.stopAll("shutdown")
    yield* running.awaitEmpty.pipe(Effect.timeoutOption(STOP_LIMIT))
  })

/** After the last beat: a beat would bring the worker's row back. */
const leave = Effect.gen(function* () {
  const queue = yield* JobQueue
  yield* queue.leave.pipe(
    giveUpAfter(LONGEST_LEAVE),
    Effect.catchCause((cause) => Effect.logDebug("the database did not hear that this worker stops", cause))
  )
})

const make = ({ lanes, retention, shutdownGrace }: WorkerSettings) =>
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const running = yield* RunningJobs
    const wakeups = yield* Wakeups
    const state = yield* WorkerState
    const attemptOf = yield* makeJobExecutor
    const handOver = yield* Effect.serviceOption(HandOver)

    const stopping = Latch.makeUnsafe(false)
    const lastClaimsLate = Latch.await(stopping).pipe(Effect.andThen(Effect.sleep(LONGEST_LAST_CLAIM)), Effect.as([]))

    // A claimed job must end up in a fiber, so the two cannot be separated by an interruption.
    const startAll = <E>(lane: Lane, claim: Effect.Effect<ReadonlyArray<Claim>, E>, claimedAt: Moment) =>
      Effect.gen(function* () {
        const claims = yield* claim.pipe(giveUpAfter(LONGEST_CLAIM), Effect.raceFirst(lastClaimsLate))
        yield* jobsClaimed(claims, lane)
        const mayBeStopped = yield* running.start(
          lane,
          claimedAt,
          claims.map((claim) => ({ claim, attempt: attemptOf(claim, lane) }))
        )
        if (mayBeStopped) yield* wakeups.beat
        return claims.length
      }).pipe(Effect.uninterruptible)

    const claimInto = (lane: Lane, room: number) =>
      Effect.flatMap(moment, (claimedAt) =>
        startAll(
          lane,
          inSpan("JobQueue.claim", { root: true, attributes: { "callboard.lane": lane } })(queue.claim(lane, room)),
          claimedAt
        )
      )

    const handed = (lane: Lane, { claimedAt, claims }: Seat) =>
      Effect.catchCause(startAll(lane, Deferred.await(claims), claimedAt), (cause) =>
        Effect.logWarning("whoever created jobs did not say what was claimed with them", cause)
      )

    /** Whoever creates a job pays for the claim that comes with it, so where claiming takes long nobody is asked to. */
    const waitForWork = (lane: Lane, claimMs: number) =>
      Option.isNone(handOver) || claimMs > LONGEST_CLAIM_WITH_CREATE_MS
        ? wakeups.wait(lane)
        : handOver.value.waiting(lane, () => running.room(lane), wakeups.wait(lane))((seat) => handed(lane, seat))

    const claimLoop = (lane: Lane) =>
      Effect.gen(function* () {
        yield* running.awaitRoom(lane)
        const askedAt = yield* moment
        const claimed = yield* claimInto(lane, running.room(lane))
        if (claimed === 0) yield* waitForWork(lane, msBetween(askedAt, yield* moment))
      }).pipe(
        Effect.catchCause((cause) =>
          Effect.logWarning("could not claim; trying again", cause).pipe(
            Effect.andThen(Effect.sleep(AFTER_FAILED_CLAIM))
          )
        ),
        Effect.forever
      )

    yield* takeOver
    // Finalizers run in reverse order: claiming ends first, then this drains, then the timers end, then it leaves.
    yield* Effect.addFinalizer(() => leave)
    yield* Effect.forkScoped(Effect.forever(listen))
    yield* Effect.forkScoped(keepLeases)
    yield* Effect.forkScoped(keepTidy(retention))
    yield* Effect.addFinalizer(() => drain(shutdownGrace))
    for (const lane of lanes) yield* Effect.forkScoped(claimLoop(lane))
    yield* Effect.addFinalizer(() => Latch.open(stopping))
    state.phase = "claiming"
    const { name } = yield* ThisWorker
    yield* Effect.logInfo("claiming jobs").pipe(Effect.annotateLogs({ worker: name, lanes: lanes.join(", ") }))
  })

export const layer = (settings: WorkerSettings) =>
  Layer.effectDiscard(make(settings)).pipe(Layer.provide(Wakeups.layer))
