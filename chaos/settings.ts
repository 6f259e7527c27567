/** What workers and harness agree on. */
import { Duration, Redacted } from "effect"

/**
 * A worker beats every 5 s and gives a lease up 5 s before its end, so a lease of 10 s would be given up between two good
 * beats. 12 s leaves 2 s for a slow one.
 */
export const LEASE = Duration.seconds(12)

export const LANES = {
  default: { places: 8, prefetch: 0 },
  quick: { places: 4, prefetch: 40 }
}

export const WORKERS = 3

/** No script of the harness has secrets. */
export const CHAOS_KEY = Redacted.make(Buffer.alloc(32, 7).toString("base64"))
