/** @jsxImportSource react */
import { type RefObject, type SyntheticEvent, useId } from "react"
import type { Prompt } from "../wire.ts"
import { leftText } from "../words.ts"
import { questionOf } from "./TrackedJob.ts"
import type { FollowedJob } from "./useJobPolling.ts"

interface AskedProps {
  readonly prompt: Prompt
  /** Of the element with the question. */
  readonly titleId: string
  readonly isAnswering: boolean
  readonly answer: (value: string | boolean) => void
}

/** Of an answer; the server takes no longer one. */
const MOST_CHARACTERS = 2_000

const Choices = ({ answer, isAnswering, prompt, titleId }: AskedProps) => {
  const choices: ReadonlyArray<readonly [string, string | boolean]> =
    prompt.kind === "confirm"
      ? [
          ["Yes", true],
          ["No", false]
        ]
      : (prompt.choices ?? []).map((choice) => [choice, choice])
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    <div className="cb-actions" role="group" aria-labelledby={titleId}>
      {choices.map(([name, value]) => (
        <button
          key={name}
          type="button"
          className="cb-button"
          aria-disabled={isAnswering}
          onClick={() => answer(value)}
        >
          {name}
        </button>
      ))}
    </div>
  )
}

const Words = ({ answer, isAnswering, prompt }: AskedProps) => {
  const id = useId()
  const send = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault()
    const value = new FormData(event.currentTarget).get("answer")
    if (typeof value === "string") answer(value)
  }
  return (
    <form className="cb-actions" onSubmit={send}>
      <label className="cb-said" htmlFor={id}>
        {prompt.label}
      </label>
      <input
        id={id}
        className="cb-input"
        name="answer"
        required
        maxLength={MOST_CHARACTERS}
        autoComplete={prompt.kind === "otp" ? "one-time-code" : "off"}
        inputMode={prompt.kind === "otp" ? "numeric" : "text"}
      />
      <button type="submit" className="cb-button cb-button-main" aria-disabled={isAnswering}>
        Send
      </button>
    </form>
  )
}

interface JobQuestionProps {
  readonly followed: FollowedJob
  readonly now: number | undefined
  /** Set when the reader answers. */
  readonly isUsed: RefObject<boolean>
}

/** What a running job asks, and the means to answer it. */
export const JobQuestion = ({ followed, isUsed, now }: JobQuestionProps) => {
  const { isAnswering, isEnded, job } = followed
  const id = useId()
  if (job?.prompt === undefined || isEnded) return null
  const { prompt } = job
  const Answer = prompt.kind === "confirm" || prompt.kind === "choice" ? Choices : Words
  // A control that is disabled loses the focus, and does not get it back when the answer is refused.
  const answer = (value: string | boolean) => {
    if (isAnswering) return
    isUsed.current = true
    void followed.answer(value)
  }
  const times = prompt.timesAsked > 1 ? `Asked ${prompt.timesAsked} times. ` : ""
  const left = leftText(Date.parse(prompt.deadline), now ?? job.readAt)
  return (
    <div className="cb-question">
      <p className="cb-outcome-title" id={id}>
        {prompt.label}
      </p>
      {prompt.hint !== undefined && <p className="cb-outcome-text">{prompt.hint}</p>}
      <p className="cb-outcome-text">{times + left}</p>
      {/* Another question begins with an empty field. */}
      <Answer key={questionOf(job)} titleId={id} prompt={prompt} isAnswering={isAnswering} answer={answer} />
    </div>
  )
}
