/** The look of <callboard-job>. It is built once and then changed in place, so that focus and animations go on. */
import { type ElementSpeech, type JobState, speechOf } from "./JobState.ts"
import { fact, icon, part, say } from "./parts.ts"

export interface JobViewOptions {
  /** One line instead of a card. */
  readonly isCompact: boolean
  readonly onCancel: () => void
  readonly onRetry: () => void
  /** To follow the job again. */
  readonly onTryAgain: () => void
}

export interface JobView {
  readonly root: HTMLElement
  /** `label` stands for the name of the job type. */
  readonly show: (state: JobState, label: string | undefined) => void
}

const makeHead = (isCompact: boolean) => {
  const title = part("p", "cb-title")
  const word = part("span", "cb-word")
  const message = part("span", "cb-message")
  const mark = part("div", isCompact ? "" : "cb-mark")
  let drawn: ElementSpeech["shown"] | undefined
  return {
    mark,
    heading: part("div", "cb-heading", title, part("p", "cb-line", word, message)),
    show: (speech: ElementSpeech) => {
      // Only when it differs: the part that turns would begin anew.
      if (speech.shown !== drawn) mark.replaceChildren(icon(speech.shown === "loading" ? "pending" : speech.shown))
      drawn = speech.shown
      say(title, speech.title)
      say(word, speech.word)
      // A card has a place of its own for how it ended.
      say(message, speech.isOver && !isCompact ? undefined : speech.message)
    }
  }
}

const makeBar = (isCompact: boolean) => {
  const percent = part("span", "cb-percent")
  const fill = part("div", "cb-fill")
  const bar = part("div", "cb-bar", fill)
  bar.setAttribute("role", "progressbar")
  return {
    percent,
    bar,
    show: ({ isOver, percent: value, shown, title, word }: ElementSpeech) => {
      bar.hidden = word === "Not available" || (isCompact && isOver && shown !== "loading")
      bar.setAttribute("aria-label", `Progress of ${title}`)
      bar.toggleAttribute("data-indeterminate", value === undefined)
      if (value === undefined) bar.removeAttribute("aria-valuenow")
      else bar.setAttribute("aria-valuenow", String(value))
      fill.style.inlineSize = value === undefined ? "" : `${value}%`
      say(percent, isOver || !value ? undefined : `${value}%`)
    }
  }
}

const makeButton = (text: string, className: string, act: () => void) => {
  const made = part("button", `cb-button ${className}`, text)
  made.type = "button"
  made.addEventListener("click", act)
  return made
}

/** Retry takes the place of Cancel: the second half of a double click is not meant for it. */
const DOUBLE_CLICK_MS = 500

const makeButtons = ({ isCompact, onCancel, onRetry, onTryAgain }: JobViewOptions) => {
  const size = isCompact ? "cb-button-small" : ""
  let cancelledAt = 0
  const cancel = makeButton("Cancel", size, () => {
    cancelledAt = Date.now()
    onCancel()
  })
  const retry = makeButton("Retry", `cb-button-main ${size}`, () => {
    if (Date.now() - cancelledAt >= DOUBLE_CLICK_MS) onRetry()
  })
  const tryAgain = makeButton("Try again", size, onTryAgain)
  const actions = part("div", "cb-actions", retry, cancel, tryAgain)
  return {
    actions,
    /** Says whether the button that had the focus cannot have it any more. */
    show: ({ canRetry, canTryAgain, isOver, title }: ElementSpeech, { isBusy, status }: JobState): boolean => {
      const focused = [cancel, retry, tryAgain].find((each) => each.matches(":focus"))
      cancel.hidden = isOver
      retry.hidden = !canRetry
      tryAgain.hidden = !canTryAgain
      actions.hidden = isOver && !canRetry && !canTryAgain
      cancel.disabled = isBusy || status?.cancelRequestedAt !== undefined
      retry.disabled = isBusy
      tryAgain.disabled = isBusy
      cancel.setAttribute("aria-label", `Cancel ${title}`)
      retry.setAttribute("aria-label", `Retry ${title}`)
      tryAgain.setAttribute("aria-label", `Try again to show ${title}`)
      return focused?.matches("[hidden], :disabled") === true
    }
  }
}

/** Below the bar: how long, what went wrong, how it ended; and what only screen readers are told. */
const makeNotes = () => {
  const facts = part("dl", "cb-facts")
  const title = part("p", "cb-outcome-title")
  const text = part("p", "cb-outcome-text")
  const outcome = part("div", "cb-outcome", title, text)
  const trouble = part("p", "cb-note")
  const said = part("p", "cb-said")
  trouble.setAttribute("role", "alert")
  said.setAttribute("role", "status")
  return {
    facts,
    outcome,
    trouble,
    said,
    show: (speech: ElementSpeech) => {
      facts.replaceChildren(...speech.facts.map(([name, value]) => fact(name, value)))
      facts.hidden = speech.facts.length === 0
      outcome.hidden = speech.outcome === undefined
      say(title, speech.outcome?.title)
      say(text, speech.outcome?.text)
      say(trouble, speech.trouble)
      say(said, `${speech.title}: ${speech.word}`)
    }
  }
}

export const makeJobView = (options: JobViewOptions): JobView => {
  const { isCompact } = options
  const head = makeHead(isCompact)
  const bar = makeBar(isCompact)
  const notes = makeNotes()
  const buttons = makeButtons(options)
  const parts = isCompact
    ? [head.mark, head.heading, bar.bar, bar.percent, buttons.actions, notes.trouble]
    : [
        part("div", "cb-head", head.mark, head.heading, bar.percent),
        bar.bar,
        notes.facts,
        notes.trouble,
        notes.outcome,
        buttons.actions
      ]
  const root = part("div", `cb ${isCompact ? "cb-compact" : "cb-tracker"}`, ...parts, notes.said)
  root.tabIndex = -1
  root.setAttribute("role", "group")

  const show: JobView["show"] = (state, label) => {
    const speech = speechOf(state, label)
    root.dataset.status = speech.shown
    root.setAttribute("aria-label", speech.title)
    head.show(speech)
    bar.show(speech)
    notes.show(speech)
    // Who pressed a button that is gone now stays where they are on the page.
    if (buttons.show(speech, state)) root.focus()
  }
  return { root, show }
}
