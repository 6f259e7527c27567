/**
 * The attempts that this process runs right now: one supervised fiber each, with a mailbox for those who talk to it.
 * An attempt is known by the token of its lease, because two attempts of one job can meet here: the old one is still
 * being taken down when the job, rescued by another worker, comes back.
 */
import { Clock, Context, Duration, Effect, Fiber, FiberMap, Latch, Layer, Option, Queue } from "effect"
import type { JobId } from "../domain/JobId.ts"
import type { Claim } from "../domain/JobQueue.ts"
import { type Lane, lanes } from "../domain/Lane.ts"
import type { Lease, LeaseToken } from "../domain/Lease.ts"

/** Why a running attempt is stopped from outside. */
export type StopReason = "cancel" | "leaseLost" | "shutdown"

/** What can be sent to a running attempt. */
export interface Stop {
  readonly _tag: "Stop"
  readonly reason: StopReason
}

export type Mailbox = Queue.Queue<Stop>

/** The same moment on two clocks: the wall clock can be set, the monotonic one may stand still while a machine sleeps. */
interface Moment {
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

interface Entry {
  readonly lease: Lease
  readonly lane: Lane
  readonly mailbox: Mailbox
  /** When the last statement that gave or renewed the lease was sent. */
  renewedAt: Moment
}

export class RunningJobs extends Context.Service<
  RunningJobs,
  {
    /** Starts `attempt` in a fiber of its own. `claimedAt` is from before the claim was sent. */
    readonly start: (
      claim: Claim,
      lane: Lane,
      claimedAt: Moment,
      attempt: (mailbox: Mailbox) => Effect.Effect<void>
    ) => Effect.Effect<void>
    /** Stops all attempts of a job; one that does not run here is no failure. */
    readonly stopJob: (id: JobId, reason: StopReason) => Effect.Effect<void>
    readonly stop: (token: LeaseToken, reason: StopReason) => Effect.Effect<void>
    readonly stopAll: (reason: StopReason) => Effect.Effect<void>
    readonly leases: Effect.Effect<ReadonlyArray<Lease>>
    /** These leases were renewed by a statement that was sent at this moment. */
    readonly renewed: (leases: ReadonlyArray<Lease>, sentAt: Moment) => Effect.Effect<void>
    /** Stops what runs under a lease that can no longer be trusted. Returns how many. */
    readonly stopUntrusted: Effect.Effect<number>
    readonly count: (lane: Lane) => number
    /** Waits until fewer than `places` run in the lane. */
    readonly awaitFree: (lane: Lane, places: number) => Effect.Effect<void>
    readonly awaitEmpty: Effect.Effect<void>
  }
>()("callboard/runtime/RunningJobs") {
  static readonly layer = (leaseTime: Duration.Duration) => Layer.effect(RunningJobs, make(leaseTime))
}

/** Taking a script down takes time: a lease is given up this long before the database could hand the job on. */
const STOP_MARGIN = Duration.seconds(5)

const make = (leaseTime: Duration.Duration) =>
  Effect.gen(function* () {
    const fibers = yield* FiberMap.make<LeaseToken, void, never>()
    const entries = new Map<LeaseToken, Entry>()
    const freed = new Map(lanes.map((lane) => [lane, Latch.makeUnsafe(false)]))
    const trustMs = Duration.toMillis(leaseTime) - Duration.toMillis(STOP_MARGIN)

    const of = (id: JobId) => [...entries.values()].filter(({ lease }) => lease.jobId === id)
    const count = (lane: Lane) => [...entries.values()].filter((entry) => entry.lane === lane).length

    const send = ({ mailbox }: Entry, reason: StopReason) =>
      Effect.asVoid(Queue.offer(mailbox, { _tag: "Stop", reason }))
    const sendAll = (some: ReadonlyArray<Entry>, reason: StopReason) =>
      Effect.forEach(some, (entry) => send(entry, reason), { discard: true })

    const start: typeof RunningJobs.Service.start = (claim, lane, claimedAt, attempt) =>
      Effect.gen(function* () {
        const { token } = claim.lease
        const earlier = of(claim.id).flatMap(({ lease }) => Option.toArray(FiberMap.getUnsafe(fibers, lease.token)))
        const mailbox = yield* Queue.unbounded<Stop>()
        entries.set(token, { lease: claim.lease, lane, mailbox, renewedAt: claimedAt })
        const ended = Effect.suspend(() => {
          entries.delete(token)
          return Latch.open(freed.get(lane)!)
        })
        const run = Effect.andThen(Effect.forEach(earlier, Fiber.await, { discard: true }), attempt(mailbox))
        yield* FiberMap.run(fibers, token, run.pipe(Effect.ensuring(ended)))
      })

    return RunningJobs.of({
      start,
      stopJob: (id, reason) => Effect.suspend(() => sendAll(of(id), reason)),
      stop: (token, reason) =>
        Effect.suspend(() => {
          const entry = entries.get(token)
          return entry === undefined ? Effect.void : send(entry, reason)
        }),
      stopAll: (reason) => Effect.suspend(() => sendAll([...entries.values()], reason)),
      leases: Effect.sync(() => [...entries.values()].map((entry) => entry.lease)),
      renewed: (leases, sentAt) =>
        Effect.sync(() => {
          for (const { token } of leases) {
            const entry = entries.get(token)
            if (entry !== undefined) entry.renewedAt = sentAt
          }
        }),
      stopUntrusted: Effect.gen(function* () {
        const now = yield* moment
        const late = [...entries.values()].filter((entry) => msBetween(entry.renewedAt, now) >= trustMs)
        yield* sendAll(late, "leaseLost")
        return late.length
      }),
      count,
      awaitFree: (lane, places) =>
        Effect.suspend(() => {
          if (count(lane) < places) return Effect.void
          const latch = freed.get(lane)!
          latch.closeUnsafe()
          return Latch.await(latch)
        }).pipe(Effect.repeat({ until: () => count(lane) < places }), Effect.asVoid),
      awaitEmpty: FiberMap.awaitEmpty(fibers)
    })
  })
