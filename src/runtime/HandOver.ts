/**
 * From creating to running inside of one process: while the worker waits for work in a lane, whoever creates a job there may
 * claim for it in the same transaction, and hands over what was claimed. The worker keeps its lane shut meanwhile, so places
 * are never promised twice.
 */
import { Context, Deferred, Effect, Latch, Layer } from "effect"
import type { Statement } from "effect/sql"
import type { Claim } from "../domain/JobQueue.ts"
import type { Lane } from "../domain/Lane.ts"
import { type Moment, moment } from "./Moment.ts"
import type { ClaimRow } from "./postgres/claimJobs.ts"

/** How the queue claims: what `claim_jobs` takes after the lane, and what its rows mean. */
interface Terms {
  readonly sent: Statement.Fragment
  readonly claimsOf: (rows: ReadonlyArray<ClaimRow>) => ReadonlyArray<Claim>
}

/** A claim that somebody else makes for the worker. */
export interface Seat {
  readonly terms: Terms
  /** From before the claim is sent. */
  readonly claimedAt: Moment
  readonly claims: Deferred.Deferred<ReadonlyArray<Claim>>
  /** Nothing was created, so there is nothing new to look for. */
  isUnused: boolean
}

interface Door {
  readonly room: () => number
  readonly taken: Latch.Latch
  isOpen: boolean
  seat: Seat | undefined
}

export class HandOver extends Context.Service<
  HandOver,
  {
    /** Called by the queue of this process, once. */
    readonly offer: (terms: (lane: Lane, most: number) => Terms) => void
    /** Whether the worker of the lane waits for work now; a look that costs nothing. */
    readonly isOpen: (lane: Lane) => boolean
    /**
     * A place in the lane for up to `most` jobs; none when its worker does not wait for work. Always ends with `give` or
     * `giveBack`.
     */
    readonly take: (lane: Lane, most: number) => Effect.Effect<Seat | undefined>
    readonly give: (seat: Seat, rows: ReadonlyArray<ClaimRow>) => Effect.Effect<void>
    /** Nothing was created: the worker goes on waiting, and does not look. */
    readonly giveBack: (seat: Seat) => Effect.Effect<void>
    /** Waits for work, with the lane open; gives the seat that was taken meanwhile, also when it is interrupted. */
    readonly waiting: (
      lane: Lane,
      room: () => number,
      wait: Effect.Effect<void>
    ) => (seated: (seat: Seat) => Effect.Effect<void>) => Effect.Effect<void>
  }
>()("callboard/runtime/HandOver") {
  static readonly layer = Layer.sync(HandOver, () => {
    const doors = new Map<Lane, Door>()
    let termsOf: ((lane: Lane, most: number) => Terms) | undefined
    return HandOver.of({
      offer: (terms) => {
        termsOf = terms
      },
      isOpen: (lane) => doors.get(lane)?.isOpen === true,
      take: (lane, most) =>
        Effect.map(moment, (claimedAt) => {
          const door = doors.get(lane)
          const room = door?.isOpen === true ? Math.min(most, door.room()) : 0
          if (door === undefined || termsOf === undefined || room <= 0) return undefined
          door.isOpen = false
          door.seat = { terms: termsOf(lane, room), claimedAt, claims: Deferred.makeUnsafe(), isUnused: false }
          door.taken.openUnsafe()
          return door.seat
        }),
      give: ({ claims, terms }, rows) => Effect.asVoid(Deferred.succeed(claims, terms.claimsOf(rows))),
      giveBack: (seat) =>
        Effect.suspend(() => {
          seat.isUnused = true
          return Effect.asVoid(Deferred.succeed(seat.claims, []))
        }),
      waiting: (lane, room, wait) => (seated) => {
        /** True: nothing came of it, wait again. */
        const waitOnce = Effect.uninterruptibleMask((restore) =>
          Effect.gen(function* () {
            const door: Door = { room, taken: Latch.makeUnsafe(false), isOpen: true, seat: undefined }
            doors.set(lane, door)
            const woken = Effect.as(wait, true)
            const exit = yield* Effect.exit(restore(Effect.raceFirst(woken, Effect.as(Latch.await(door.taken), false))))
            door.isOpen = false
            if (door.seat !== undefined) yield* seated(door.seat)
            const isWoken = yield* exit
            return !isWoken && door.seat?.isUnused === true
          })
        )
        return Effect.asVoid(Effect.repeat(waitOnce, { while: (isToWaitAgain) => isToWaitAgain }))
      }
    })
  })
}
