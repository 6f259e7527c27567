/** The one table of words for statuses: pages, filters and help use it alike. */
import type { ShownStatus } from "../domain/JobStatus.ts"

export interface StatusWord {
  readonly word: string
  /** Short form for tabs, where the word stands beside a count. */
  readonly tab: string
  readonly sentence: string
}

export const statusWords: Readonly<Record<ShownStatus, StatusWord>> = {
  pending: { word: "Waiting to start", tab: "Waiting", sentence: "Ready, waiting for a free place." },
  scheduled: { word: "Scheduled", tab: "Scheduled", sentence: "Starts by itself at the time shown." },
  in_progress: { word: "Running", tab: "Running", sentence: "A worker is doing it now." },
  retry_wait: {
    word: "Will retry",
    tab: "Will retry",
    sentence: "The last try failed; the next one starts by itself."
  },
  needs_input: { word: "Needs you", tab: "Needs you", sentence: "Stopped until a person answers." },
  completed: { word: "Done", tab: "Done", sentence: "Finished and checked." },
  failed: { word: "Failed", tab: "Failed", sentence: "Not tried again by itself. A person must decide." },
  cancelled: { word: "Cancelled", tab: "Cancelled", sentence: "Stopped by a person." }
}

/** Words that are added to "Running"; they are never a colour of their own. */
export const runningFlags = {
  cancelling: { word: "cancelling", sentence: "Its script is being stopped." },
  stalled: { word: "no sign of life", sentence: "Its worker stopped answering; another one takes the job over." }
} as const

/** In the order of the tabs: what needs a look first, what is over last. */
export const tabOrder: ReadonlyArray<ShownStatus> = [
  "needs_input",
  "in_progress",
  "pending",
  "retry_wait",
  "scheduled",
  "failed",
  "completed",
  "cancelled"
]
