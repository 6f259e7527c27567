/** What <callboard-job> shows. It is built once and then changed in place, so that focus and animations go on. */
import { hasEnded, type JobDetails, type JobStatusView } from "../wire.ts"
import { aboutText, durationText, type ShownStatus, shownStatus, statusWords, titleOf, waitingText } from "../words.ts"
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

const messageOf = ({ cancelRequestedAt, progress, status, waitingFor }: JobStatusView): string | undefined => {
  if (hasEnded(status)) return undefined
  if (cancelRequestedAt !== undefined) return "It is being cancelled."
  return waitingText(waitingFor) ?? progress.message
}

const factsOf = ({ job, status }: JobState): ReadonlyArray<HTMLElement> => {
  if (job?.durationMs !== undefined) return [fact("Took", durationText(job.durationMs))]
  if (status?.etaMs === undefined || hasEnded(status.status)) return []
  return [fact("Usually takes another", aboutText(status.etaMs))]
}

const button = (text: string, isCompact: boolean, act: () => void) => {
  const made = part("button", isCompact ? "cb-button cb-button-small" : "cb-button", text)
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
  const outcomeTitle = part("p", "cb-outcome-title")
  const outcomeText = part("p", "cb-outcome-text")
  const outcomeHint = part("p", "cb-outcome-text")
  const outcome = part("div", "cb-outcome", outcomeTitle, outcomeText, outcomeHint)
  const question = part("p", "cb-question")
  const trouble = part("p", "cb-note")
  const said = part("p", "cb-said")
  const cancel = button("Cancel", isCompact, onCancel)
  const retry = button("Try again", isCompact, onRetry)
  const actions = part("div", "cb-actions", cancel, retry)

  const parts = isCompact
    ? [mark, heading, bar, percent, actions, trouble]
    : [part("div", "cb-head", mark, heading, percent), bar, facts, question, outcome, trouble, actions]
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
    say(percent, isUnknown || shown === undefined ? undefined : `${Math.round(value)} %`)
    if (isUnknown) bar.removeAttribute("aria-valuenow")
    else bar.setAttribute("aria-valuenow", String(Math.round(value)))
  }

  const showOutcome = ({ status }: JobState) => {
    const error = status?.status === "failed" ? status.error : undefined
    outcome.hidden = error === undefined
    say(outcomeTitle, error && "It did not work")
    say(outcomeText, error?.message)
    say(outcomeHint, error?.hint)
  }

  const show = (state: JobState) => {
    const { status } = state
    const shown = status && shownStatus(status)
    const name = label ?? (status ? titleOf(status.jobType) : "Job")
    const isLost = status === undefined && state.trouble !== undefined
    root.dataset.status = shown ?? "loading"
    root.setAttribute("aria-label", name)
    bar.setAttribute("aria-label", name)
    if (shown !== drawn || !mark.hasChildNodes()) mark.replaceChildren(icon(shown ?? "pending"))
    drawn = shown
    say(title, name)
    say(word, shown ? statusWords[shown] : isLost ? "Cannot be shown" : "Loading")
    say(message, status && messageOf(status))
    say(question, status?.prompt && `It asks: ${status.prompt.label}`)
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
