/** What one page's stream sends: markup of what changed, and nothing where nothing did. */
import type { Duration, Effect } from "effect"
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
  /** All that was sent and still holds: for a reader who comes later, or who could not keep up. */
  readonly snapshot: () => string
  /** The shortest time from one update to the next. Default: 250 ms. */
  readonly every?: Duration.Duration
}

/**
 * Remembers what a page shows, to send only differences. Ticking texts do not count: the browser makes them itself.
 */
export const makeMemory = () => {
  const sent = new Map<string, { readonly still: string; readonly html: string }>()
  return {
    isNew: (target: string, html: string): boolean => {
      const still = html.replaceAll(/(<time[^>]*>)[^<]*/gu, "$1")
      const isSame = sent.get(target)?.still === still
      sent.set(target, { still, html })
      return !isSame
    },
    all: (): string => [...sent.values()].map(({ html }) => html).join("")
  }
}
