/** What <callboard-job> shows. It is built once and then changed in place, so that focus and animations go on. */
import { hasEnded, type JobDetails, type JobStatusView } from "../wire.ts"
import {
  aboutText,
  durationText,
  type ShownStatus,
  shownStatus,
  statusWords,
  stepText,
  titleOf,
  waitingText
} from "../words.ts"
import { fact, icon, part, say } from "./parts.ts"

export interface JobState {
  readonly status?: JobStatusView
  /** The whole job, once it has ended. */
  readonly job?: JobDetails
  /** Why the job cannot be shown, or what was asked could not be done. */
  readonly trouble?: string
  /** Cancelling or trying again is under way. */
  readonly isBusy: boolean
}

export interface JobViewOptions {
  readonly isCompact: boolean
  /** Instead of the name of the job type. */
  readonly label: string | undefined
  readonly onCancel: () => void
  readonly onRetry: () => void
}

export interface JobView {
  readonly root: HTMLElement
  readonly show: (state: JobState) => void
}

/** What it does, or why it does not. */
const messageOf = (job: JobStatusView): string | undefined => {
  if (hasEnded(job.status)) return undefined
  if (job.cancelRequestedAt !== undefined) return "Stopping…"
  return job.prompt?.label ?? waitingText(job.waitingFor) ?? job.progress.message ?? stepText(job)
}

const factsOf = ({ job, status }: JobState): ReadonlyArray<HTMLElement> => {
  if (job?.durationMs !== undefined) return [fact("Took", durationText(job.durationMs))]
  if (status?.etaMs === undefined || status.status !== "in_progress") return []
  return [fact("Left", `about ${aboutText(status.etaMs)}`)]
}

const button = (text: string, className: string, act: () => void) => {
  const made = part("button", `cb-button ${className}`, text)
  made.type = "button"
  made.addEventListener("click", act)
  return made
}

export const makeJobView = ({ isCompact, label, onCancel, onRetry }: JobViewOptions): JobView => {
  const title = part("p", "cb-title")
  const word = part("span", "cb-word")
  const message = part("span", "cb-message")
  const heading = part("div", "cb-heading", title, part("p", "cb-line", word, message))
  const mark = part("div", isCompact ? "" : "cb-mark")
  const percent = part("span", "cb-percent")
  const fill = part("div", "cb-fill")
  const bar = part("div", "cb-bar", fill)
  const facts = part("dl", "cb-facts")
  const reason = part("p", "cb-outcome-title")
  const hint = part("p", "cb-outcome-text")
  const outcome = part("div", "cb-outcome", reason, hint)
  const trouble = part("p", "cb-note")
  const said = part("p", "cb-said")
  const size = isCompact ? "cb-button-small" : ""
  const cancel = button("Cancel", size, onCancel)
  const retry = button("Retry", `cb-button-main ${size}`, onRetry)
  const actions = part("div", "cb-actions", retry, cancel)

  const parts = isCompact
    ? [mark, heading, bar, percent, actions, trouble]
    : [part("div", "cb-head", mark, heading, percent), bar, facts, trouble, outcome, actions]
  const root = part("div", `cb ${isCompact ? "cb-compact" : "cb-tracker"}`, ...parts, said)
  root.tabIndex = -1
  root.setAttribute("role", "group")
  bar.setAttribute("role", "progressbar")
  said.setAttribute("role", "status")
  trouble.setAttribute("role", "alert")

  let drawn: ShownStatus | undefined

  const showButtons = ({ isBusy, status }: JobState) => {
    const isOver = status !== undefined && hasEnded(status.status)
    const focused = [cancel, retry].find((each) => each.matches(":focus"))
    cancel.hidden = status === undefined || isOver
    retry.hidden = status?.status !== "failed" && status?.status !== "cancelled"
    actions.hidden = cancel.hidden && retry.hidden
    cancel.disabled = isBusy || status?.cancelRequestedAt !== undefined
    retry.disabled = isBusy
    // Who pressed a button that is gone now stays where they are on the page.
    if (focused?.hidden || focused?.disabled) root.focus()
  }

  const showBar = (shown: ShownStatus | undefined, { percent: value, totalSteps }: JobStatusView["progress"]) => {
    const isUnknown = shown === "in_progress" && totalSteps === 0 && value === 0
    bar.toggleAttribute("data-indeterminate", isUnknown)
    fill.style.inlineSize = isUnknown ? "" : `${value}%`
    const isOver = shown === "completed" || shown === "failed" || shown === "cancelled"
    say(percent, isUnknown || isOver || value === 0 ? undefined : `${Math.round(value)}%`)
    if (isUnknown) bar.removeAttribute("aria-valuenow")
    else bar.setAttribute("aria-valuenow", String(Math.round(value)))
  }

  const showOutcome = ({ status }: JobState) => {
    const error = status?.status === "failed" ? status.error : undefined
    outcome.hidden = error === undefined
    say(reason, error?.message)
    say(hint, error?.hint)
  }

  const show = (state: JobState) => {
    const { status } = state
    const shown = status && shownStatus(status)
    const name = label ?? (status ? titleOf(status.jobType) : "Job")
    const isLost = status === undefined && state.trouble !== undefined
    root.dataset.status = shown ?? "loading"
    root.setAttribute("aria-label", name)
    bar.setAttribute("aria-label", `Progress of ${name}`)
    cancel.setAttribute("aria-label", `Cancel ${name}`)
    retry.setAttribute("aria-label", `Retry ${name}`)
    if (shown !== drawn || !mark.hasChildNodes()) mark.replaceChildren(icon(shown ?? "pending"))
    drawn = shown
    say(title, name)
    say(word, shown ? statusWords[shown] : isLost ? "Not available" : "Loading…")
    say(message, status && messageOf(status))
    say(trouble, state.trouble)
    say(said, shown && `${name}: ${statusWords[shown]}`)
    facts.replaceChildren(...factsOf(state))
    facts.hidden = !facts.hasChildNodes()
    bar.hidden = isLost
    showBar(shown, status?.progress ?? { percent: 0, totalSteps: 0 })
    showOutcome(state)
    showButtons(state)
  }
  return { root, show }
}
