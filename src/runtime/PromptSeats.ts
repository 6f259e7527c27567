/**
 * How many questions may wait for people with a place of their lane in hand: all but one, and at least one. The last
 * place stays for jobs that ask nobody, so a lane whose people are away goes on working.
 */
import { Duration } from "effect"
import type { Lane } from "../domain/Lane.ts"

export type Seat =
  | { readonly _tag: "Taken"; readonly free: () => void }
  /** At the latest then one is free: the first question in the way runs out of time. */
  | { readonly _tag: "Full"; readonly delay: Duration.Duration }

/** A question that ran out of time is not gone yet. */
const SHORTEST_DELAY = Duration.seconds(5)

export const seatsOf = (places: number): number => Math.max(1, places - 1)

export const makePromptSeats = (placesOf: (lane: Lane) => number) => {
  const taken = new Map<Lane, Set<{ readonly untilMs: number }>>()

  const isFull = (lane: Lane): boolean => (taken.get(lane)?.size ?? 0) >= seatsOf(placesOf(lane))

  return {
    isFull,
    take: (lane: Lane, nowMs: number, timeoutMs: number): Seat => {
      const here = taken.get(lane) ?? new Set()
      taken.set(lane, here)
      if (isFull(lane)) {
        const first = Math.min(...[...here].map(({ untilMs }) => untilMs))
        return { _tag: "Full", delay: Duration.max(SHORTEST_DELAY, Duration.millis(first - nowMs)) }
      }
      const seat = { untilMs: nowMs + timeoutMs }
      here.add(seat)
      return { _tag: "Taken", free: () => void here.delete(seat) }
    }
  }
}

export type PromptSeats = ReturnType<typeof makePromptSeats>
