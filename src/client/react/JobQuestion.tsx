/** @jsxImportSource react */
import { type SyntheticEvent, useId } from "react"
import type { Prompt } from "../wire.ts"
import type { FollowedJob } from "./useJobPolling.ts"

interface AskedProps {
  readonly prompt: Prompt
  readonly isAnswering: boolean
  readonly answer: (value: string | boolean) => Promise<void>
}

const Choices = ({ answer, isAnswering, prompt }: AskedProps) => {
  const choices: ReadonlyArray<readonly [string, string | boolean]> =
    prompt.kind === "confirm"
      ? [
          ["Yes", true],
          ["No", false]
        ]
      : (prompt.choices ?? []).map((choice) => [choice, choice])
  return (
    <div className="cb-actions">
      {choices.map(([name, value]) => (
        <button
          key={name}
          type="button"
          className="cb-button"
          disabled={isAnswering}
          onClick={() => void answer(value)}
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
    if (typeof value === "string") void answer(value)
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
        autoComplete={prompt.kind === "otp" ? "one-time-code" : "off"}
        inputMode={prompt.kind === "otp" ? "numeric" : "text"}
      />
      <button type="submit" className="cb-button cb-button-main" disabled={isAnswering}>
        Send
      </button>
    </form>
  )
}

/** What a running job asks, and the means to answer it. */
export const JobQuestion = ({ followed }: { readonly followed: FollowedJob }) => {
  const { answer, isAnswering, isEnded, job } = followed
  const prompt = job?.prompt
  if (prompt === undefined || isEnded) return null
  const Answer = prompt.kind === "confirm" || prompt.kind === "choice" ? Choices : Words
  return (
    <div className="cb-question">
      <p className="cb-outcome-title">{prompt.label}</p>
      {prompt.hint !== undefined && <p className="cb-outcome-text">{prompt.hint}</p>}
      {/* Another question begins with an empty field. */}
      <Answer key={`${prompt.id} ${prompt.timesAsked}`} prompt={prompt} isAnswering={isAnswering} answer={answer} />
    </div>
  )
}
