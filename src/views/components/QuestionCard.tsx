/** One question of a job, to be answered where it stands. Answered ones stay, folded, until the page is loaded again. */
import { isTerminal } from "../../domain/JobStatus.ts"
import type { Question } from "../../domain/Questions.ts"
import { PromptForm } from "../PromptForm.tsx"
import { settledSentence } from "../QuestionText.ts"
import type { Sentence } from "../Sentence.ts"
import { Icon } from "./Icon.tsx"
import { useMay, WhoMay } from "./Permitted.tsx"
import { SentenceText, TimeText } from "./TimeText.tsx"

export interface ShownQuestion {
  readonly question: Question
  /** Of the job's type, and of the step that asks. */
  readonly title: string
  readonly stepTitle?: string | undefined
  readonly nowMs: number
  /** What was wrong with the last answer of the reader. */
  readonly problem?: string | undefined
}

export const questionId = ({ prompt }: Question): string => `question-${prompt.id}`

const jobUrl = ({ job }: Question): string => `/jobs/${job.jobId}`

/** Cards of one type stand below each other: "Register a restaurant · Trattoria Roma". */
const cardName = ({ question, title }: ShownQuestion): string =>
  question.job.restaurantId === undefined ? title : `${title} · ${question.job.restaurantId}`

/** "Register a restaurant · Trattoria Roma · Sign in" */
const About = ({ shown }: { readonly shown: ShownQuestion }) => {
  const { question, stepTitle, title } = shown
  return (
    <span class="question-about">
      <a href={jobUrl(question)}>{title}</a>
      {question.job.restaurantId !== undefined && (
        <>
          {" · "}
          <a href={`/restaurants/${encodeURIComponent(question.job.restaurantId)}`}>{question.job.restaurantId}</a>
        </>
      )}
      {stepTitle !== undefined && <span class="muted"> · {stepTitle}</span>}
    </span>
  )
}

/** What its browser shows now: the page waits as long as the question does. */
const Picture = ({ shown }: { readonly shown: ShownQuestion }) => {
  const { question, title } = shown
  return question.job.lane === "browser" ? (
    <a class="question-picture" href={`${jobUrl(question)}/live`}>
      <img
        src={`${jobUrl(question)}/live.jpg?size=small`}
        alt={`What the browser of “${title}” shows while it waits`}
        loading="lazy"
        width="320"
        height="200"
      />
    </a>
  ) : null
}

const Settled = ({ shown, sentence }: { readonly shown: ShownQuestion; readonly sentence: Sentence }) => (
  <article class="question-card settled" id={questionId(shown.question)} data-home="" aria-label={cardName(shown)}>
    <p class="question-settled">
      <Icon name={shown.question.prompt.state === "answered" ? "st-completed" : "st-cancelled"} />
      <span>
        <strong>
          <SentenceText sentence={sentence} nowMs={shown.nowMs} />
        </strong>{" "}
        {shown.question.prompt.label} · <About shown={shown} />
      </span>
    </p>
  </article>
)

export const QuestionCard = ({ shown }: { readonly shown: ShownQuestion }) => {
  const { nowMs, problem, question } = shown
  const { job, prompt } = question
  const settled = settledSentence(prompt, isTerminal(job.status))
  if (settled !== undefined) return <Settled shown={shown} sentence={settled} />
  return (
    <article
      class="question-card question st-needs_input"
      id={questionId(question)}
      data-home=""
      data-row=""
      aria-label={cardName(shown)}
    >
      <div class="question-main">
        <p class="question-head">
          <Icon name="st-needs_input" />
          <About shown={shown} />
          <span class="question-left">
            <TimeText at={prompt.deadline.epochMilliseconds} nowMs={nowMs} kind="left" />
          </span>
        </p>
        {useMay("operate") ? (
          <PromptForm prompt={prompt} action={`/inbox/${job.jobId}/answer`} problem={problem} />
        ) : (
          <p>
            {prompt.label} <WhoMay permission="operate" />
          </p>
        )}
        {prompt.timesAsked > 1 && <p class="muted question-times">Asked {prompt.timesAsked} times.</p>}
      </div>
      <Picture shown={shown} />
    </article>
  )
}

/** "2 new questions – show": nothing comes between what somebody is answering. */
export const NewPill = ({ id, href, text }: { readonly id: string; readonly href: string; readonly text?: string }) => (
  <p id={id} class="pill-line pill-between">
    {text !== undefined && (
      <a class="pill" href={href}>
        {text} – show
      </a>
    )}
  </p>
)
