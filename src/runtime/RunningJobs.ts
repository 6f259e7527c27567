/**
 * The attempts that this process has in hand: one supervised fiber each. What was claimed ahead waits in its fiber for a
 * place in its lane.
 * An attempt is known by the token of its lease, because two attempts of one job can meet here: the old one is still
 * being taken down when the job, rescued by another worker, comes back.
 */
import { Clock, Context, Duration, Effect, type Exit, Fiber, Latch, Layer, Semaphore } from "effect"
import type { JobId } from "../domain/JobId.ts"
import type { Claim } from "../domain/JobQueue.ts"
import type { Lane } from "../domain/Lane.ts"
import type { Lease, LeaseToken } from "../domain/Lease.ts"
import { AttemptClock } from "./AttemptClock.ts"
import { type AttemptEnd, type StopReason, StopSignal } from "./StopSignal.ts"

/** The same moment on two clocks: the wall clock can be set, the monotonic one may stand still while a machine sleeps. */
export interface Moment {
  readonly wallMs: number
  readonly monotonicMs: number
}

export const moment: Effect.Effect<Moment> = Effect.zipWith(
  Clock.currentTimeMillis,
  Clock.monotonicTimeNanos,
  (wallMs, nanos) => ({ wallMs, monotonicMs: Number(nanos / 1_000_000n) })
)

const msBetween = (from: Moment, to: Moment): number =>
  Math.max(to.wallMs - from.wallMs, to.monotonicMs - from.monotonicMs)

/** What a lane may have in hand in this process. */
export interface LanePlaces {
  /** Jobs that run at once. */
  readonly places: number
  /** Jobs that are claimed while all places are taken, so that the next one starts without a round trip. */
  readonly prefetch: number
}

interface Entry {
  readonly lease: Lease
  readonly lane: Lane
  readonly signal: StopSignal
  readonly timeoutMs: number
  /** Starts when it gets its place. */
  readonly clock: AttemptClock
  /** When the last statement that gave or renewed the lease was sent. */
  renewedAt: Moment
  /** Open: its end is recorded. */
  readonly isDown: Latch.Latch
}

/** An attempt in two parts: what may be stopped, and what has to be recorded afterwards. */
export interface RunnableAttempt {
  /** Closes everything it opened before it ends. */
  readonly script: (signal: StopSignal, clock: AttemptClock) => Effect.Effect<unknown, unknown>
  readonly ended: (end: AttemptEnd) => Effect.Effect<unknown>
}

interface LaneState extends LanePlaces {
  readonly permits: Semaphore.Semaphore
  /** Opened when an attempt ends. */
  readonly freed: Latch.Latch
  inHand: number
}

export class RunningJobs extends Context.Service<
  RunningJobs,
  {
    /** Starts an attempt, as soon as its lane has a place. `claimedAt` is from before the claim was sent. */
    readonly start: (claim: Claim, lane: Lane, claimedAt: Moment, attempt: RunnableAttempt) => Effect.Effect<void>
    /** Stops all attempts of a job; one that does not run here is no failure. */
    readonly stopJob: (id: JobId, reason: StopReason) => Effect.Effect<void>
    readonly stop: (token: LeaseToken, reason: StopReason) => Effect.Effect<void>
    readonly stopAll: (reason: StopReason) => Effect.Effect<void>
    /** Stops what was claimed ahead and has no place yet. */
    readonly stopWaiting: (reason: StopReason) => Effect.Effect<void>
    readonly leases: Effect.Effect<ReadonlyArray<Lease>>
    /** Leases without those of quick jobs that were taken less than `shortLived` ago. */
    readonly leasesToRenew: (shortLived: Duration.Duration) => Effect.Effect<ReadonlyArray<Lease>>
    /** These leases were renewed by a statement that was sent at this moment. */
    readonly renewed: (tokens: ReadonlyArray<LeaseToken>, sentAt: Moment) => Effect.Effect<void>
    /** Stops what runs under a lease that can no longer be trusted (returns how many), and what is over its time. */
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
  static readonly layer = (leaseTime: Duration.Duration, lanes: Readonly<Partial<Record<Lane, LanePlaces>>>) =>
    Layer.effect(RunningJobs, make(leaseTime, lanes))
}

/** Taking a script down takes time: a lease is given up this long before the database could hand the job on. */
const STOP_MARGIN = Duration.seconds(5)

const make = (leaseTime: Duration.Duration, lanes: Readonly<Partial<Record<Lane, LanePlaces>>>) =>
  Effect.gen(function* () {
    const run = Effect.runForkWith(yield* Effect.context<never>())
    const fibers = new Set<Fiber.Fiber<unknown, unknown>>()
    const empty = Latch.makeUnsafe(true)
    const entries = new Map<LeaseToken, Entry>()
    // A script that is cut off is followed by the fiber that records its end, which is cut off in turn.
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        for (const { signal } of entries.values()) signal.stop("shutdown")
        return Fiber.interruptAll([...fibers])
      }).pipe(Effect.repeat({ until: () => fibers.size === 0 }))
    )
    /** Tokens of each job that is in hand; almost always one. */
    const tokens = new Map<JobId, ReadonlyArray<LeaseToken>>()
    const states = new Map<Lane, LaneState>(
      Object.entries(lanes).map(([lane, given]) => [
        lane as Lane,
        { ...given, permits: Semaphore.makeUnsafe(given.places), freed: Latch.makeUnsafe(false), inHand: 0 }
      ])
    )
    const trustMs = Duration.toMillis(leaseTime) - Duration.toMillis(STOP_MARGIN)

    const isLate = ({ renewedAt }: Entry, now: Moment) => msBetween(renewedAt, now) >= trustMs

    const of = (id: JobId) => (tokens.get(id) ?? []).flatMap((token) => entries.get(token) ?? [])
    const sendAll = (some: ReadonlyArray<Entry>, reason: StopReason) =>
      Effect.sync(() => {
        for (const { signal } of some) signal.stop(reason)
      })

    const forget = ({ isDown, lane, lease: { jobId, token } }: Entry) => {
      entries.delete(token)
      const others = (tokens.get(jobId) ?? []).filter((other) => other !== token)
      if (others.length === 0) tokens.delete(jobId)
      else tokens.set(jobId, others)
      const state = states.get(lane)!
      state.inHand--
      state.freed.openUnsafe()
      isDown.openUnsafe()
    }

    /** Starts what belongs to an attempt. Its end, however it comes, is told to `then`. */
    const fork = <A>(work: Effect.Effect<A, unknown>, then: (exit: Exit.Exit<A, unknown>) => void) => {
      const fiber = run(work)
      fibers.add(fiber)
      fiber.addObserver((exit) => {
        fibers.delete(fiber)
        then(exit)
        if (fibers.size === 0) empty.openUnsafe()
      })
      return fiber
    }

    const start: typeof RunningJobs.Service.start = (claim, lane, claimedAt, { ended, script }) =>
      Effect.sync(() => {
        const { token } = claim.lease
        const earlier = of(claim.id).map(({ isDown }) => Latch.await(isDown))
        const signal = new StopSignal()
        const entry: Entry = {
          lease: claim.lease,
          lane,
          signal,
          timeoutMs: Duration.toMillis(claim.timeout),
          clock: new AttemptClock(),
          renewedAt: claimedAt,
          isDown: Latch.makeUnsafe(false)
        }
        entries.set(token, entry)
        tokens.set(claim.id, [...(tokens.get(claim.id) ?? []), token])
        const state = states.get(lane)!
        state.inHand++
        empty.closeUnsafe()
        // A process that was frozen may get here before its timers have looked at the leases.
        const begin = Effect.flatMap(moment, (now) => {
          if (isLate(entry, now)) {
            signal.stop("leaseLost")
            return Effect.interrupt
          }
          entry.clock.start(now.monotonicMs)
          return Effect.void
        })
        const placed = state.permits.withPermits(1)(Effect.andThen(begin, script(signal, entry.clock)))
        const whole = earlier.length === 0 ? placed : Effect.andThen(Effect.all(earlier, { discard: true }), placed)
        signal.attach(fork(whole, (exit) => fork(ended(signal.endOf(exit)), () => forget(entry))))
      })

    const room = (lane: Lane) => {
      const { inHand, places, prefetch } = states.get(lane)!
      return places + prefetch - inHand
    }

    const isWorthClaiming = (lane: Lane) => {
      const { inHand, places, prefetch } = states.get(lane)!
      return inHand < places || inHand - places < prefetch / 2
    }

    return RunningJobs.of({
      start,
      stopJob: (id, reason) => Effect.suspend(() => sendAll(of(id), reason)),
      stop: (token, reason) =>
        Effect.suspend(() => {
          const entry = entries.get(token)
          return entry === undefined ? Effect.void : sendAll([entry], reason)
        }),
      stopAll: (reason) => Effect.suspend(() => sendAll([...entries.values()], reason)),
      stopWaiting: (reason) =>
        Effect.suspend(() =>
          sendAll(
            [...entries.values()].filter(({ clock }) => !clock.isStarted),
            reason
          )
        ),
      leases: Effect.sync(() => [...entries.values()].map((entry) => entry.lease)),
      leasesToRenew: (shortLived) =>
        Effect.map(moment, (now) =>
          [...entries.values()].flatMap(({ lane, lease, renewedAt }) =>
            lane === "quick" && msBetween(renewedAt, now) < Duration.toMillis(shortLived) ? [] : [lease]
          )
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
        yield* sendAll(late, "leaseLost")
        const isOver = ({ clock, timeoutMs }: Entry) => clock.usedMs(now.monotonicMs) >= timeoutMs
        yield* sendAll(all.filter(isOver), "timeout")
        return late.length
      }),
      places: (lane) => states.get(lane)!.places,
      room,
      awaitRoom: (lane) =>
        Effect.suspend(() => {
          if (isWorthClaiming(lane)) return Effect.void
          const { freed } = states.get(lane)!
          freed.closeUnsafe()
          return Latch.await(freed)
        }).pipe(Effect.repeat({ until: () => isWorthClaiming(lane) }), Effect.asVoid),
      awaitEmpty: Latch.await(empty)
    })
  })
