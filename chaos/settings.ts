/** What workers and harness agree on. */
import { Duration, Redacted } from "effect"

/** The shortest that people may set: a run of minutes sees many rescues. */
export const LEASE = Duration.seconds(15)

export const LANES = {
  default: { places: 8, prefetch: 0 },
  quick: { places: 4, prefetch: 40 }
}

export const WORKERS = 3

/** No script of the harness has secrets. */
export const CHAOS_KEY = Redacted.make(Buffer.alloc(32, 7).toString("base64"))
