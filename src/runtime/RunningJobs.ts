/** The jobs that this process runs right now: one supervised fiber each, with a mailbox for those who talk to it. */
import { Clock, Context, Duration, Effect, FiberMap, Latch, Layer, Queue } from "effect"
import type { JobId } from "../domain/JobId.ts"
import type { Claim } from "../domain/JobQueue.ts"
import { type Lane, lanes } from "../domain/Lane.ts"
import type { Lease } from "../domain/Lease.ts"

/** Why a running attempt is stopped from outside. */
export type StopReason = "cancel" | "leaseLost" | "shutdown"

/** What can be sent to a running attempt. */
export interface Stop {
  readonly _tag: "Stop"
  readonly reason: StopReason
}

export type Mailbox = Queue.Queue<Stop>

interface Entry {
  readonly lease: Lease
  readonly lane: Lane
  readonly mailbox: Mailbox
  /** On this process's clock. Past it the database may have given the job to somebody else. */
  trustedUntilMs: number
}

export class RunningJobs extends Context.Service<
  RunningJobs,
  {
    /** Starts `attempt` in a fiber of its own. `claimedAtMs` is from before the claim was sent. */
    readonly start: (
      claim: Claim,
      lane: Lane,
      claimedAtMs: number,
      attempt: (mailbox: Mailbox) => Effect.Effect<void>
    ) => Effect.Effect<void>
    readonly stop: (id: JobId, reason: StopReason) => Effect.Effect<void>
    readonly stopAll: (reason: StopReason) => Effect.Effect<void>
    readonly leases: Effect.Effect<ReadonlyArray<Lease>>
    /** All leases in hand were renewed by a statement that was sent at this time. */
    readonly renewed: (leases: ReadonlyArray<Lease>, sentAtMs: number) => Effect.Effect<void>
    /** Stops what runs under a lease that can no longer be trusted. Returns those jobs. */
    readonly stopUntrusted: Effect.Effect<ReadonlyArray<JobId>>
    readonly count: (lane: Lane) => number
    /** Waits until fewer than `places` run in the lane. */
    readonly awaitFree: (lane: Lane, places: number) => Effect.Effect<void>
    readonly awaitEmpty: Effect.Effect<void>
  }
>()("callboard/runtime/RunningJobs") {
  static readonly layer = (leaseTime: Duration.Duration) => Layer.effect(RunningJobs, make(leaseTime))
}

/** Stopping takes time: a lease is given up this long before the database could hand the job on. */
const STOP_MARGIN = Duration.seconds(5)

const make = (leaseTime: Duration.Duration) =>
  Effect.gen(function* () {
    const fibers = yield* FiberMap.make<JobId, void, never>()
    const entries = new Map<JobId, Entry>()
    const freed = new Map(lanes.map((lane) => [lane, Latch.makeUnsafe(false)]))
    const trustMs = Math.max(
      Duration.toMillis(leaseTime) / 2,
      Duration.toMillis(leaseTime) - Duration.toMillis(STOP_MARGIN)
    )

    const count = (lane: Lane) => {
      let running = 0
      for (const entry of entries.values()) if (entry.lane === lane) running++
      return running
    }

    const send = (entry: Entry | undefined, reason: StopReason) =>
      entry === undefined ? Effect.void : Effect.asVoid(Queue.offer(entry.mailbox, { _tag: "Stop", reason }))

    return RunningJobs.of({
      start: (claim, lane, claimedAtMs, attempt) =>
        Effect.gen(function* () {
          const mailbox = yield* Queue.unbounded<Stop>()
          entries.set(claim.id, { lease: claim.lease, lane, mailbox, trustedUntilMs: claimedAtMs + trustMs })
          const ended = Effect.suspend(() => {
            entries.delete(claim.id)
            return Latch.open(freed.get(lane)!)
          })
          yield* FiberMap.run(fibers, claim.id, attempt(mailbox).pipe(Effect.ensuring(ended)))
        }),
      stop: (id, reason) => Effect.suspend(() => send(entries.get(id), reason)),
      stopAll: (reason) =>
        Effect.suspend(() => Effect.forEach([...entries.values()], (entry) => send(entry, reason), { discard: true })),
      leases: Effect.sync(() => [...entries.values()].map((entry) => entry.lease)),
      renewed: (leases, sentAtMs) =>
        Effect.sync(() => {
          for (const lease of leases) {
            const entry = entries.get(lease.jobId)
            if (entry?.lease.token === lease.token) entry.trustedUntilMs = sentAtMs + trustMs
          }
        }),
      stopUntrusted: Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const late = [...entries.values()].filter((entry) => entry.trustedUntilMs <= now)
        yield* Effect.forEach(late, (entry) => send(entry, "leaseLost"), { discard: true })
        return late.map((entry) => entry.lease.jobId)
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
