import { TimeText } from "./TimeText.tsx"

/** How far was looked: only so many jobs are held against a filter for one page. */
export interface Looked {
  readonly untilMs: number
  readonly nowMs: number
  /** The list that goes on from there. */
  readonly href: string
}

export const LookedUntil = ({ nowMs, untilMs }: Looked) => (
  <p class="muted after-list">
    Not all jobs were searched yet: the oldest one so far was created <TimeText at={untilMs} nowMs={nowMs} />. Older
    ones may match too.
  </p>
)

export const SEARCH_OLDER = "Search older jobs"
