/** What one page's stream sends: markup of what changed, and nothing where nothing did. */
import type { Effect } from "effect"
import type { JobChange } from "../../domain/JobChanges.ts"
import type { JobsUnavailable } from "../../domain/Jobs.ts"
import type { HttpServices } from "../Run.ts"

export interface Feed {
  /** Changes of 250 ms, coalesced. The first batch holds a `Gap`: everything shown is sent as it is then. */
  readonly update: (changes: ReadonlyArray<JobChange>) => Effect.Effect<string, JobsUnavailable, HttpServices>
  /** What costs more than a row and may be older: counts. Asked for at most every two seconds, after changes. */
  readonly news: Effect.Effect<string, JobsUnavailable, HttpServices>
  /** What screen readers are told, at most every 15 seconds. */
  readonly summary: () => string
}

/**
 * Remembers what a page shows, to send only differences. Ticking texts do not count: the browser makes them itself.
 */
export const makeMemory = () => {
  const sent = new Map<string, string>()
  return (target: string, html: string): boolean => {
    const still = html.replaceAll(/(<time[^>]*>)[^<]*/gu, "$1")
    if (sent.get(target) === still) return false
    sent.set(target, still)
    return true
  }
}
