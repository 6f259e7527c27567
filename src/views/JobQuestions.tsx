/** What a job asks people now, and what it asked before. */
import type { PromptRecord, PromptState } from "../domain/JobPrompt.ts"
import { Icon } from "./components/Icon.tsx"
import { useMay, WhoMay } from "./components/Permitted.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { PromptForm } from "./PromptForm.tsx"
import type { ShownJob } from "./ShownJob.ts"

export interface JobQuestionProps {
  readonly shown: ShownJob
  readonly prompts: ReadonlyArray<PromptRecord>
  /** What was wrong with the last answer of the reader. */
  readonly problem?: string | undefined
}

/** The answer that the script got last and is still busy with: its step has not changed since. */
const answerInUse = ({ shown, prompts }: JobQuestionProps): PromptRecord | undefined => {
  const last = prompts.at(-1)
  const { attempts, progress, status } = shown.job
  const isBusy = last?.state === "answered" && status === "in_progress" && last.attempt === attempts
  return isBusy && last.step === progress.stepName ? last : undefined
}

const Asked = ({ shown, problem }: JobQuestionProps) => {
  const { job, nowMs } = shown
  const { prompt } = job
  if (prompt === undefined) return null
  return (
    <section class="box question st-needs_input" aria-labelledby="prompt-title">
      <div class="card-head">
        <h2 id="prompt-title">
          <Icon name="st-needs_input" />
          Needs you
        </h2>
        <span class="question-left">
          <TimeText at={prompt.deadline.epochMilliseconds} nowMs={nowMs} kind="left" />
        </span>
      </div>
      {useMay("operate") ? (
        <PromptForm prompt={prompt} action={`/jobs/${job.jobId}/input`} problem={problem} />
      ) : (
        <p>
          {prompt.label} <WhoMay permission="operate" />
        </p>
      )}
      {prompt.timesAsked > 1 && <p class="muted question-times">Asked {prompt.timesAsked} times.</p>}
    </section>
  )
}

const Sent = ({ shown, answered }: { readonly shown: ShownJob; readonly answered: PromptRecord }) => (
  <section class="box question" aria-label="Answer">
    <p>
      <strong>Sent.</strong> Waiting for the site…{" "}
      <span class="muted">
        {answered.answeredBy ?? "Somebody"} answered “{answered.label}”{" "}
        <TimeText at={(answered.answeredAt ?? answered.askedAt).epochMilliseconds} nowMs={shown.nowMs} />.
      </span>
    </p>
  </section>
)

export const JobQuestion = (props: JobQuestionProps) => {
  const answered = props.shown.job.prompt === undefined ? answerInUse(props) : undefined
  return (
    <div id="job-question">
      <Asked {...props} />
      {answered !== undefined && <Sent shown={props.shown} answered={answered} />}
    </div>
  )
}

const outcomes: Readonly<Record<Exclude<PromptState, "answered" | "postponed">, string>> = {
  open: "Waits for an answer, asked",
  timed_out: "Nobody answered in time, asked",
  closed: "No longer asked since"
}

const outcomeOf = ({ answeredBy, closedAt, state }: PromptRecord): string => {
  if (state === "answered") return `${answeredBy ?? "Somebody"} answered`
  if (state !== "postponed") return outcomes[state]
  return `${closedAt === undefined ? "Not asked yet" : "Put off"}, because other questions waited`
}

const Outcome = ({ prompt, nowMs }: { readonly prompt: PromptRecord; readonly nowMs: number }) => {
  const { answeredAt, askedAt, closedAt, state } = prompt
  const at = answeredAt ?? (state === "closed" ? closedAt : undefined) ?? askedAt
  return (
    <>
      {outcomeOf(prompt)} <TimeText at={at.epochMilliseconds} nowMs={nowMs} />
    </>
  )
}

/** Answers are not kept, so none is shown. */
export const JobQuestionHistory = ({ shown, prompts }: JobQuestionProps) => (
  <div id="job-questions">
    {prompts.length > 0 && (
      <section class="card" aria-labelledby="questions-title">
        <h2 id="questions-title">Questions</h2>
        <ul class="questions">
          {prompts.map((prompt) => (
            <li>
              {prompt.label}
              <span class="row-sub">
                <Outcome prompt={prompt} nowMs={shown.nowMs} />
              </span>
            </li>
          ))}
        </ul>
      </section>
    )}
  </div>
)
