/** What goes wrong during a run: one random fault every few seconds, each on a worker that no other fault has in hand. */
import { Duration, Effect, FiberSet } from "effect"
import { ChaosDatabase, isRestart, type Restart } from "./ChaosDatabase.ts"
import type { Dice } from "./Dice.ts"
import { LEASE } from "./settings.ts"
import type { Slot, Workers } from "./Workers.ts"

export type Fault = "kill" | "terminate" | "freeze" | "partition" | "disconnect" | Restart

/** As often as each stands here. Deaths and freezes are what leases are for. */
const MIX: ReadonlyArray<Fault> = [
  "kill",
  "kill",
  "kill",
  "freeze",
  "freeze",
  "partition",
  "partition",
  "terminate",
  "disconnect",
  "disconnect",
  "fast",
  "immediate",
  "crash"
]

/** What these are for is the work that they cut off, so they wait until there is some. */
const LOSING_WORK: ReadonlySet<Fault> = new Set(["kill", "freeze"])

export interface FaultOptions {
  readonly dice: Dice
  readonly workers: Workers
  readonly duration: Duration.Duration
  /** Milliseconds between two faults. */
  readonly gap: { readonly least: number; readonly most: number }
  /** Come first, in this order and however long they take, so that a short run has them all. */
  readonly first: ReadonlyArray<Fault>
  /** Done after the last fault was thrown, while workers still have some in hand. */
  readonly onLast: Effect.Effect<void>
}

/** Returns how often each fault was done, when all workers are up again. */
export const disturb = ({ dice, duration, first, gap, onLast, workers }: FaultOptions) =>
  Effect.gen(function* () {
    const database = yield* ChaosDatabase
    const counts = new Map<Fault, number>()
    const atWork = yield* FiberSet.make()

    const onWorker = (fault: Exclude<Fault, Restart>, slot: Slot, longer: number) => {
      switch (fault) {
        case "kill":
          return Effect.andThen(workers.kill(slot), workers.renew(slot))
        case "terminate":
          return Effect.andThen(workers.terminate(slot), workers.renew(slot))
        case "freeze":
          return workers.freeze(slot, Duration.sum(LEASE, Duration.millis(longer)))
        // From a short hiccup to longer than any lease.
        case "partition":
          return workers.partition(slot, Duration.millis(longer * 6))
        case "disconnect":
          return database.disconnect(slot.role)
      }
    }

    const once = (fault: Fault) =>
      Effect.gen(function* () {
        // Thrown in any case, so that the same seed gives the same faults however the run goes.
        const number = dice.between(0, workers.slots.length - 1)
        const longer = dice.between(1_000, 4_000)
        const done = () => counts.set(fault, (counts.get(fault) ?? 0) + 1)
        if (isRestart(fault)) {
          done()
          return yield* database.restart(fault)
        }
        const order = Effect.sync(() =>
          [...workers.slots.slice(number), ...workers.slots.slice(0, number)].filter(({ busy }) => !busy)
        )
        const slot = yield* LOSING_WORK.has(fault) ? workers.caughtAtWork(order) : Effect.map(order, (free) => free[0])
        if (slot === undefined) return
        done()
        slot.busy = true
        yield* onWorker(fault, slot, longer).pipe(
          Effect.ensuring(Effect.sync(() => (slot.busy = false))),
          FiberSet.run(atWork)
        )
      })

    const queue = [...first]
    let isOver = false
    yield* Effect.sleep(duration).pipe(Effect.andThen(Effect.sync(() => (isOver = true))), Effect.forkScoped)
    yield* Effect.sleep(Duration.millis(dice.between(gap.least, gap.most))).pipe(
      Effect.andThen(Effect.suspend(() => once(queue.shift() ?? dice.oneOf(MIX)))),
      Effect.repeat({ while: () => queue.length > 0 || !isOver })
    )
    yield* onLast
    yield* FiberSet.awaitEmpty(atWork)
    return counts as ReadonlyMap<Fault, number>
  }).pipe(Effect.scoped)
