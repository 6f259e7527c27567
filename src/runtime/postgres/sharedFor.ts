/** One answer for everybody of an organisation who asks within a short time: many tabs show the same. */
import { Clock, Duration, Effect, Semaphore } from "effect"
import { currentOrganisation } from "./asCaller.ts"

interface Kept<A> {
  readonly turn: Semaphore.Semaphore
  last?: { readonly value: A; readonly atMs: number }
}

/** Organisations whose answers are kept; the one that came first goes when there are more. */
const MOST_KEPT = 1_000

/** Those who ask at once wait for one load. A failure is not kept. */
export const sharedFor = (time: Duration.Duration) => {
  return <A, E, R>(load: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    const kept = new Map<string, Kept<A>>()
    const placeOf = (organisation: string): Kept<A> => {
      const known = kept.get(organisation)
      if (known !== undefined) return known
      const place: Kept<A> = { turn: Semaphore.makeUnsafe(1) }
      kept.set(organisation, place)
      const [first] = kept.keys()
      if (kept.size > MOST_KEPT && first !== undefined) kept.delete(first)
      return place
    }
    return Effect.gen(function* () {
      const place = placeOf(yield* currentOrganisation)
      const fresh = Effect.gen(function* () {
        const nowMs = yield* Clock.currentTimeMillis
        if (place.last !== undefined && nowMs - place.last.atMs < Duration.toMillis(time)) return place.last.value
        const value = yield* load
        place.last = { value, atMs: nowMs }
        return value
      })
      return yield* place.turn.withPermits(1)(fresh)
    })
  }
}
