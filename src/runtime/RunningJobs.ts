/**
 * The attempts that this process has in hand. Each runs in one supervised fiber, once its lane has a place for it; what
 * was claimed ahead waits in line without one.
 * An attempt is known by the token of its lease, because two attempts of one job can meet here: the old one is still
 * being taken down when the job, rescued by another worker, comes back.
 */
import { Clock, Context, Duration, Effect, Exit, Fiber, Latch, Layer } from "effect"
import type { JobId } from "../domain/JobId.ts"
import type { Claim } from "../domain/JobQueue.ts"
import type { Lane } from "../domain/Lane.ts"
import type { PausedWork } from "../domain/Lanes.ts"
import { type Lease, type LeaseToken, STOP_MARGIN } from "../domain/Lease.ts"
import { AttemptClock } from "./AttemptClock.ts"
import { LanePlaces, type LaneSize } from "./LanePlaces.ts"
import { type Moment, moment, momentOf, msBetween } from "./Moment.ts"
import { makeMissedCancels } from "./missedCancels.ts"
import type { RunnableAttempt } from "./RunnableAttempt.ts"
import { type AttemptEnd, type StopReason, StopSignal } from "./StopSignal.ts"

interface Entry {
  readonly lease: Lease
  readonly attempt: RunnableAttempt
  readonly lane: Lane
  readonly jobType: string
  readonly signal: StopSignal
  readonly timeoutMs: number
  /** Starts when it gets its place. */
  readonly clock: AttemptClock
  /** When the last statement that gave or renewed the lease was sent. */
  renewedAt: Moment
  /** Opens when its end is recorded; made when somebody waits for that. */
  isDown: Latch.Latch | undefined
}

export interface StartableAttempt {
  readonly claim: Claim
  readonly attempt: RunnableAttempt
}

export class RunningJobs extends Context.Service<
  RunningJobs,
  {
    /**
     * Starts attempts in their order, as soon as their lane has places. `claimedAt` is from before the claim was sent.
     * True when one of them may be cancelled or paused already, so that a beat should ask soon.
     */
    readonly start: (lane: Lane, claimedAt: Moment, attempts: ReadonlyArray<StartableAttempt>) => Effect.Effect<boolean>
    /** Stops all attempts of a job; one that does not run here is no failure. */
    readonly stopJob: (id: JobId, reason: StopReason) => Effect.Effect<void>
    readonly stop: (token: LeaseToken, reason: StopReason) => Effect.Effect<void>
    readonly stopAll: (reason: StopReason) => Effect.Effect<void>
    /** Stops what was claimed ahead and has no place yet; of a pause, what it holds back. */
    readonly stopWaiting: (reason: StopReason, paused?: PausedWork) => Effect.Effect<void>
    readonly leases: Effect.Effect<ReadonlyArray<Lease>>
    /** Leases without those of quick jobs that were taken less than `shortLived` ago, unless they may be cancelled. */
    readonly leasesToRenew: (shortLived: Duration.Duration) => Effect.Effect<ReadonlyArray<Lease>>
    /** Of what was claimed ahead and has no place yet, and of what waits outside of its time. */
    readonly waiting: Effect.Effect<ReadonlyArray<LeaseToken>>
    /** These leases were renewed by a statement that was sent at this moment. */
    readonly renewed: (tokens: ReadonlyArray<LeaseToken>, sentAt: Moment) => Effect.Effect<void>
    /** Stops what is under a lease that can no longer be trusted (returns how many had not ended, and were not being stopped yet), and what is over its time. */
    readonly stopUntrusted: Effect.Effect<number>
    /** Jobs of the lane that run at once. */
    readonly places: (lane: Lane) => number
    /** How many jobs the lane may claim now. */
    readonly room: (lane: Lane) => number
    /** Waits until the lane has a good reason to claim: a free place, or half of what it claims ahead used up. */
    readonly awaitRoom: (lane: Lane) => Effect.Effect<void>
    readonly awaitEmpty: Effect.Effect<void>
  }
>()("callboard/runtime/RunningJobs") {
  static readonly layer = (leaseTime: Duration.Duration, lanes: Readonly<Partial<Record<Lane, LaneSize>>>) =>
    Layer.effect(RunningJobs, make(leaseTime, lanes))
}

/** The worker has waited for everything already; what is still here cannot be stopped, and is left to the rescue. */
const LONGEST_END = Duration.seconds(1)

const make = (leaseTime: Duration.Duration, lanes: Readonly<Partial<Record<Lane, LaneSize>>>) =>
  Effect.gen(function* () {
    const run = Effect.runForkWith(yield* Effect.context<never>())
    const clock = yield* Clock.Clock
    const fibers = new Set<Fiber.Fiber<unknown, unknown>>()
    const empty = Latch.makeUnsafe(true)
    const entries = new Map<LeaseToken, Entry>()
    /** Tokens of each job that is in hand; almost always one. */
    const tokens = new Map<JobId, ReadonlyArray<LeaseToken>>()
    const missed = makeMissedCancels()
    /** When the last pause was heard of. A claim that was sent before may bring what it holds back. */
    let pausedAt: Moment | undefined
    const trustMs = Duration.toMillis(leaseTime) - Duration.toMillis(STOP_MARGIN)

    const isLate = ({ renewedAt }: Entry, now: Moment) => msBetween(renewedAt, now) >= trustMs

    const tellIfEmpty = () => {
      if (fibers.size === 0 && entries.size === 0) empty.openUnsafe()
    }

    /** Runs what belongs to an attempt. Its end, however it comes, is told to `then`. */
    const fork = <A>(work: Effect.Effect<A, unknown>, then: (exit: Exit.Exit<A, unknown>) => void) => {
      const fiber = run(work)
      fibers.add(fiber)
      fiber.addObserver((exit) => {
        fibers.delete(fiber)
        then(exit)
        tellIfEmpty()
      })
      return fiber
    }

    const forget = ({ isDown, lane, lease: { jobId, token } }: Entry) => {
      entries.delete(token)
      const others = tokens.get(jobId)!
      if (others.length === 1) tokens.delete(jobId)
      else
        tokens.set(
          jobId,
          others.filter((other) => other !== token)
        )
      states.get(lane)!.exit()
      isDown?.openUnsafe()
      tellIfEmpty()
    }

    const record = (entry: Entry, end: AttemptEnd) => fork(entry.attempt.ended(end), () => forget(entry))

    const over = (entry: Entry, exit: Exit.Exit<unknown, unknown>) => {
      const { attempt, lane, signal } = entry
      signal.detach()
      states.get(lane)!.leave()
      const end = signal.endOf(exit)
      const isTaken =
        end._tag === "Ended" &&
        Exit.isSuccess(end.exit) &&
        attempt.endedWell?.(end.exit.value, (isRecorded) => (isRecorded ? forget(entry) : record(entry, end)))
      if (isTaken !== true) record(entry, end)
    }

    const begin = (entry: Entry) => {
      const { attempt, lane, signal } = entry
      // A process that was frozen may get here before its timers have looked at the leases.
      const now = momentOf(clock)
      if (isLate(entry, now)) {
        signal.detach()
        states.get(lane)!.leave()
        record(entry, { _tag: "Stopped", reason: "leaseLost" })
        return
      }
      entry.clock.start(now.monotonicMs)
      const fiber = run(attempt.script(signal, entry.clock))
      // Most quick scripts never wait, and have ended here.
      const exit = fiber.pollUnsafe()
      if (exit !== undefined) {
        over(entry, exit)
        return
      }
      fibers.add(fiber)
      fiber.addObserver((end) => {
        fibers.delete(fiber)
        over(entry, end)
      })
      signal.attach(fiber)
    }

    const later = (then: () => void) => fork(Effect.yieldNow, then)
    const states = new Map<Lane, LanePlaces<Entry>>(
      Object.entries(lanes).map(([lane, size]) => [lane as Lane, new LanePlaces(size, begin, later)])
    )

    const of = (id: JobId): ReadonlyArray<Entry> => tokens.get(id)?.flatMap((token) => entries.get(token) ?? []) ?? []

    const stopEntry = (entry: Entry, reason: StopReason) => {
      entry.signal.stop(reason)
      if (states.get(entry.lane)!.drop(entry)) record(entry, { _tag: "Stopped", reason })
    }
    const sendAll = (some: ReadonlyArray<Entry>, reason: StopReason) =>
      Effect.sync(() => {
        for (const entry of some) stopEntry(entry, reason)
      })

    // A script that is cut off is followed by the fiber that records its end, which is cut off in turn.
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        for (const entry of entries.values()) stopEntry(entry, "shutdown")
        return Fiber.interruptAll([...fibers])
      }).pipe(Effect.repeat({ until: () => fibers.size === 0 }), Effect.timeoutOption(LONGEST_END))
    )

    const downOf = (entry: Entry) => {
      entry.isDown ??= Latch.makeUnsafe(false)
      return Latch.await(entry.isDown)
    }

    const enter = ({ attempt, claim }: StartableAttempt, lane: Lane, claimedAt: Moment, state: LanePlaces<Entry>) => {
      const { token } = claim.lease
      const entry: Entry = {
        lease: claim.lease,
        attempt,
        lane,
        jobType: claim.jobType,
        signal: new StopSignal(),
        timeoutMs: Duration.toMillis(claim.timeout),
        clock: new AttemptClock(),
        renewedAt: claimedAt,
        isDown: undefined
      }
      const earlier = of(claim.id)
      entries.set(token, entry)
      tokens.set(claim.id, earlier.length === 0 ? [token] : [...earlier.map(({ lease }) => lease.token), token])
      state.enter()
      if (earlier.length === 0) {
        state.add(entry)
        return
      }
      fork(Effect.all(earlier.map(downOf), { discard: true }), () => {
        const reason = entry.signal.reason
        if (reason === undefined) {
          state.add(entry)
          state.start()
        } else record(entry, { _tag: "Stopped", reason })
      })
    }

    const start: typeof RunningJobs.Service.start = (lane, claimedAt, attempts) =>
      Effect.sync(() => {
        if (attempts.length === 0) return false
        const state = states.get(lane)!
        empty.closeUnsafe()
        for (const attempt of attempts) enter(attempt, lane, claimedAt, state)
        state.start()
        const mayBePaused = pausedAt !== undefined && msBetween(claimedAt, pausedAt) > 0
        return mayBePaused || attempts.some(({ claim }) => missed.has(claim.id))
      })

    return RunningJobs.of({
      start,
      stopJob: (id, reason) =>
        Effect.suspend(() => {
          if (reason === "cancel" && !tokens.has(id)) missed.add(id, momentOf(clock))
          return sendAll(of(id), reason)
        }),
      stop: (token, reason) =>
        Effect.suspend(() => {
          const entry = entries.get(token)
          return sendAll(entry === undefined ? [] : [entry], reason)
        }),
      stopAll: (reason) => Effect.suspend(() => sendAll([...entries.values()], reason)),
      stopWaiting: (reason, paused) =>
        Effect.suspend(() => {
          if (paused !== undefined) pausedAt = momentOf(clock)
          const isMeant = ({ jobType, lane }: Entry) =>
            paused === undefined || paused.name === (paused.kind === "lane" ? lane : jobType)
          return sendAll(
            [...entries.values()].filter((entry) => !entry.clock.isStarted && isMeant(entry)),
            reason
          )
        }),
      leases: Effect.sync(() => [...entries.values()].map((entry) => entry.lease)),
      leasesToRenew: (shortLived) =>
        Effect.map(moment, (now) =>
          [...entries.values()].flatMap(({ lane, lease, renewedAt }) =>
            lane !== "quick" || msBetween(renewedAt, now) >= Duration.toMillis(shortLived) || missed.has(lease.jobId)
              ? [lease]
              : []
          )
        ),
      waiting: Effect.sync(() =>
        [...entries.values()].flatMap(({ clock, lease }) => (clock.isStarted && !clock.isHeld ? [] : [lease.token]))
      ),
      renewed: (renewedTokens, sentAt) =>
        Effect.sync(() => {
          for (const token of renewedTokens) {
            const entry = entries.get(token)
            if (entry !== undefined) entry.renewedAt = sentAt
          }
        }),
      stopUntrusted: Effect.gen(function* () {
        const now = yield* moment
        const all = [...entries.values()]
        const late = all.filter((entry) => isLate(entry, now))
        const fresh = late.filter(({ signal }) => signal.reason === undefined && !signal.isOver)
        yield* sendAll(late, "leaseLost")
        const isOver = ({ clock, timeoutMs }: Entry) => clock.usedMs(now.monotonicMs) >= timeoutMs
        yield* sendAll(all.filter(isOver), "timeout")
        return fresh.length
      }),
      places: (lane) => states.get(lane)!.places,
      room: (lane) => states.get(lane)!.room,
      awaitRoom: (lane) =>
        Effect.suspend(() => {
          const state = states.get(lane)!
          return state.isWorthClaiming ? Effect.void : Latch.await(state.nextExit)
        }).pipe(Effect.repeat({ until: () => states.get(lane)!.isWorthClaiming }), Effect.asVoid),
      awaitEmpty: Latch.await(empty)
    })
  })
