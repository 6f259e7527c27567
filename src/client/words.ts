/** The words in which pages of other people show a job: the same as the board's, which a test compares. */
import type { JobStatus, JobStatusView, WaitingReason } from "./wire.ts"

/** The stored status, made more precise by why a job waits and by what it asks. */
export type ShownStatus = JobStatus | "scheduled" | "retry_wait" | "needs_input"

export const statusWords: Readonly<Record<ShownStatus, string>> = {
  pending: "Waiting to start",
  scheduled: "Scheduled",
  in_progress: "Running",
  retry_wait: "Will retry",
  needs_input: "Needs you",
  completed: "Done",
  failed: "Failed",
  cancelled: "Cancelled"
}

/** What decides how a job is shown: a `Job` and a `JobStatusView` both have it. */
export type ShownFacts = Pick<JobStatusView, "status" | "waitingFor" | "prompt">

/** Needs no clock, so a server and a browser show the same. */
export const shownStatus = ({ prompt, status, waitingFor }: ShownFacts): ShownStatus => {
  if (status !== "pending" && status !== "in_progress") return status
  if (prompt !== undefined) return "needs_input"
  const reason = waitingFor?.[0]?.code
  if (status === "pending" && reason === "backoff") return "retry_wait"
  return status === "pending" && reason === "scheduled" ? "scheduled" : status
}

const waitingWords: Readonly<Record<string, string>> = {
  scheduled: "Starts by itself at its time.",
  backoff: "The last try failed; the next one starts by itself.",
  dependency: "Another job has to finish first.",
  concurrency_key: "Another job works on the same thing; it starts after that.",
  paused_lane: "Paused by an operator.",
  paused_type: "Paused by an operator.",
  pool_full: "Waiting for a free place.",
  no_worker: "No worker is taking jobs right now. It starts when one does.",
  draining: "A worker is being restarted. It starts in a moment.",
  needs_input: "Waiting for an answer from a person.",
  prompts_full: "Other jobs wait for answers. It starts after them.",
  lease_lost: "Its worker stopped answering; another one takes over."
}

export const waitingText = (reasons: ReadonlyArray<WaitingReason> | undefined): string | undefined =>
  reasons?.[0] && (waitingWords[reasons[0].code] ?? "Waiting for its turn.")

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const twoDigits = (value: number): string => String(value).padStart(2, "0")

/** "< 0.1 s", "0.4 s", "11 s", "1 m 02 s", "2 h 05 m", "3 d 4 h": what is not full yet does not count. */
export const durationText = (ms: number): string => {
  if (ms < SECOND / 10) return "< 0.1 s"
  if (ms < SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`
  const seconds = Math.floor(ms / SECOND)
  if (ms < MINUTE) return `${seconds} s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} m ${twoDigits(seconds % 60)} s`
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${twoDigits(Math.floor(ms / MINUTE) % 60)} m`
  return `${Math.floor(ms / DAY)} d ${Math.floor(ms / HOUR) % 24} h`
}

/** A time until which a question can be answered: "4 m 12 s left to answer". */
export const leftText = (at: number, now: number): string =>
  at <= now ? "time is up" : `${durationText(at - now)} left to answer`

/** "less than a minute", "3 min", "1 h 20 min": changes only when its rounded number does. */
export const aboutText = (ms: number): string => {
  if (ms < MINUTE) return "less than a minute"
  const exact = Math.round(ms / MINUTE)
  const minutes = exact < 10 ? Math.max(1, exact) : Math.round(exact / 5) * 5
  if (minutes < 60) return `${minutes} min`
  const rest = minutes % 60
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`
}

/** "Export menu" for `export-menu`: the name of a job for people who were given no better one. */
export const titleOf = (jobType: string): string => {
  const words = jobType.replace(/[-_]+/g, " ").replace(/\b(?:ai|api|csv|pdf|url)\b/g, (word) => word.toUpperCase())
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** "Step 2 of 4: fetch photos", for a bar that says only a number. */
export const stepText = ({ progress }: Pick<JobStatusView, "progress">): string | undefined => {
  const { step, stepName, totalSteps } = progress
  if (step === undefined || totalSteps === 0) return undefined
  return `Step ${step} of ${totalSteps}${stepName === undefined ? "" : `: ${titleOf(stepName).toLowerCase()}`}`
}
