import type { Child } from "hono/jsx"
import type { AiUse } from "../domain/AiCalls.ts"
import type { LogLine } from "../domain/Attempt.ts"
import type { JobHistory } from "../domain/JobReports.ts"
import { LiveFeed } from "./components/LiveFeed.tsx"
import { PersonName } from "./components/PersonName.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { JobAi } from "./JobAi.tsx"
import { JobAttempts } from "./JobAttempts.tsx"
import { JobBrowser, type Recorded } from "./JobBrowser.tsx"
import { JobData, JobFacts } from "./JobEngineers.tsx"
import { JobHeadline } from "./JobHeadline.tsx"
import { JobLive } from "./JobLive.tsx"
import { JobLog } from "./JobLog.tsx"
import { JobOutcome, type Outcome } from "./JobOutcome.tsx"
import { JobQuestion, JobQuestionHistory } from "./JobQuestions.tsx"
import { JobStepList } from "./JobStepList.tsx"
import { jobSteps } from "./JobSteps.ts"
import { WhatWentWrong, WhyItWaits } from "./JobTrouble.tsx"
import { type ShownJob, triesText } from "./ShownJob.ts"
import { durationText, lengthText } from "./Times.ts"

export interface JobPageProps {
  readonly shown: ShownJob
  readonly history: JobHistory
  /** What its browser showed, of a job that has one. */
  readonly recorded?: Recorded
  /** What it asked AI models. */
  readonly aiUse?: AiUse
  /** What it gives people to read or to take away. */
  readonly outcome?: Outcome
  readonly log: ReadonlyArray<LogLine>
  /** Why an action of the reader was refused. */
  readonly refused?: string
  /** What was wrong with the answer of the reader. */
  readonly answerProblem?: string
}

const JobSummary = ({ shown }: { readonly shown: ShownJob }) => {
  const { job, nowMs } = shown
  return (
    <section class="card" id="job-summary" aria-labelledby="summary-title">
      <h2 id="summary-title">Summary</h2>
      <dl class="summary">
        <div>
          <dt>Created</dt>
          <dd>
            <TimeText at={job.createdAt.epochMilliseconds} nowMs={nowMs} />
          </dd>
        </div>
        <div>
          <dt>Try</dt>
          <dd>{triesText(job)}</dd>
        </div>
        {job.completedAt && job.durationMs !== undefined && (
          <div>
            <dt>Took</dt>
            <dd>{durationText(job.durationMs)}</dd>
          </div>
        )}
        <div>
          <dt>Time limit</dt>
          <dd>{lengthText(job.timeoutMs)} a try</dd>
        </div>
        {job.createdBy !== undefined && (
          <div>
            <dt>Started by</dt>
            <dd>
              <PersonName subject={job.createdBy} />
            </dd>
          </div>
        )}
      </dl>
    </section>
  )
}

export interface JobSection {
  readonly id: string
  readonly node: Child
}

/** The parts of the page that change, each with the id by which a stream replaces it. */
export const jobSections = (props: Omit<JobPageProps, "log">): ReadonlyArray<JobSection> => {
  const { aiUse, outcome, shown, history, answerProblem, recorded } = props
  const steps = jobSteps(shown, history.steps)
  const keptSteps = steps.filter((step) => step.run?.kept).length
  return [
    { id: "job-headline", node: <JobHeadline shown={shown} keptSteps={keptSteps} /> },
    { id: "job-question", node: <JobQuestion shown={shown} prompts={history.prompts} problem={answerProblem} /> },
    { id: "job-waiting", node: <WhyItWaits shown={shown} /> },
    { id: "job-error", node: <WhatWentWrong shown={shown} /> },
    { id: "job-outcome", node: <JobOutcome shown={shown} {...(outcome && { outcome })} /> },
    { id: "job-steps", node: <JobStepList steps={steps} nowMs={shown.nowMs} /> },
    { id: "job-browser", node: <JobBrowser shown={shown} {...(recorded && { recorded })} /> },
    { id: "job-live", node: <JobLive shown={shown} /> },
    { id: "job-summary", node: <JobSummary shown={shown} /> },
    { id: "job-ai", node: <JobAi shown={shown} {...(aiUse && { use: aiUse })} /> },
    { id: "job-questions", node: <JobQuestionHistory shown={shown} prompts={history.prompts} /> },
    { id: "job-attempts", node: <JobAttempts attempts={history.attempts} nowMs={shown.nowMs} /> },
    { id: "job-facts", node: <JobFacts job={shown.job} /> },
    { id: "job-data", node: <JobData job={shown.job} /> }
  ]
}

export const JobPage = (props: JobPageProps) => {
  const { shown, log, refused } = props
  const { job, title } = shown
  const sections = new Map(jobSections(props).map(({ id, node }) => [id, node]))
  return (
    <>
      <LiveFeed url={`/events?job=${job.id}`} />
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/jobs">Jobs</a>
        <span aria-hidden="true">/</span>
        <span class="job-id" id="job-id">
          {job.jobId}
        </span>
        <button type="button" class="button button-small js-only" data-copy="#job-id">
          Copy id
        </button>
      </nav>
      <h1>
        {title}
        {job.restaurantId !== undefined && <span class="job-restaurant"> · {job.restaurantId}</span>}
      </h1>
      {refused !== undefined && (
        <p class="box box-problem" tabindex={-1} autofocus>
          {refused}
        </p>
      )}
      {sections.get("job-headline")}
      {sections.get("job-question")}
      {sections.get("job-error")}
      {sections.get("job-waiting")}
      <div class="columns">
        <div class="column">
          {sections.get("job-outcome")}
          {sections.get("job-steps")}
          <JobLog lines={log} steps={shown.steps} />
        </div>
        <div class="column column-side">
          {sections.get("job-live")}
          {sections.get("job-summary")}
          {sections.get("job-ai")}
          {sections.get("job-questions")}
          {sections.get("job-attempts")}
        </div>
      </div>
      {sections.get("job-browser")}
      <details class="card engineers" id="job-engineers">
        <summary>For engineers</summary>
        {sections.get("job-facts")}
        {sections.get("job-data")}
      </details>
    </>
  )
}
