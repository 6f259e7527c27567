/** A job's page: the tab that the URL names, and the parts of it that change. */

import type { Child } from "hono/jsx"
import type { AiUse } from "../domain/AiCalls.ts"
import type { Artifact } from "../domain/Artifacts.ts"
import type { LogLine } from "../domain/Attempt.ts"
import type { AuditEntry } from "../domain/AuditLog.ts"
import type { CheckpointMark, LineCount } from "../domain/JobDetails.ts"
import type { JobHistory } from "../domain/JobReports.ts"
import { PersonName } from "./components/PersonName.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { JobAi } from "./JobAi.tsx"
import { JobAttempts } from "./JobAttempts.tsx"
import { JobBrowser, type Recorded } from "./JobBrowser.tsx"
import { JobFacts } from "./JobEngineers.tsx"
import { JobLive } from "./JobLive.tsx"
import { JobLog } from "./JobLog.tsx"
import { JobOutcome, type Outcome } from "./JobOutcome.tsx"
import { JobQuestion, JobQuestionHistory } from "./JobQuestions.tsx"
import { JobStepList } from "./JobStepList.tsx"
import { jobSteps } from "./JobSteps.ts"
import { WhatWentWrong, WhyItWaits } from "./JobTrouble.tsx"
import { BrowserTab } from "./job/BrowserTab.tsx"
import { DataTab } from "./job/DataTab.tsx"
import { HistoryTab } from "./job/HistoryTab.tsx"
import { type JobQuery, ofTab } from "./job/JobQuery.ts"
import { headlineOf, JobShell } from "./job/JobShell.tsx"
import { LogTab } from "./job/LogTab.tsx"
import { StepsTab } from "./job/StepsTab.tsx"
import type { Sentence } from "./Sentence.ts"
import { type ShownJob, triesText } from "./ShownJob.ts"
import { durationText, lengthText } from "./Times.ts"

export interface JobPageProps {
  readonly shown: ShownJob
  readonly history: JobHistory
  readonly query?: JobQuery
  /** What its browser showed, where the tab shows it. */
  readonly recorded?: Recorded
  /** What it asked AI models. */
  readonly aiUse?: AiUse
  /** What it gives people to read or to take away. */
  readonly outcome?: Outcome
  readonly log?: ReadonlyArray<LogLine>
  readonly hasMoreLog?: boolean
  readonly lineCounts?: ReadonlyArray<LineCount>
  readonly checkpoints?: ReadonlyArray<CheckpointMark>
  readonly files?: ReadonlyArray<Artifact>
  /** Who made it, by name, where that is not the reader. */
  readonly startedBy?: string
  /** What people did, from the audit. */
  readonly actions?: ReadonlyArray<AuditEntry>
  /** Why an action of the reader was refused. */
  readonly refused?: Sentence
  /** What was wrong with the answer of the reader. */
  readonly answerProblem?: string
}

const JobSummary = ({ shown, startedBy }: Pick<JobPageProps, "shown" | "startedBy">) => {
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
          <dt>Tries</dt>
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
              <PersonName subject={job.createdBy} name={startedBy} />
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

const overviewSections = (props: JobPageProps): ReadonlyArray<JobSection> => {
  const { aiUse, outcome, shown, startedBy, history, answerProblem } = props
  const steps = jobSteps(shown, history.steps)
  return [
    { id: "job-question", node: <JobQuestion shown={shown} prompts={history.prompts} problem={answerProblem} /> },
    { id: "job-waiting", node: <WhyItWaits shown={shown} /> },
    { id: "job-error", node: <WhatWentWrong shown={shown} /> },
    { id: "job-outcome", node: <JobOutcome shown={shown} {...(outcome && { outcome })} /> },
    { id: "job-steps", node: <JobStepList steps={steps} nowMs={shown.nowMs} estimate={shown.estimate} /> },
    { id: "job-live", node: <JobLive shown={shown} /> },
    { id: "job-summary", node: <JobSummary shown={shown} {...(startedBy !== undefined && { startedBy })} /> },
    { id: "job-ai", node: <JobAi shown={shown} {...(aiUse && { use: aiUse })} /> },
    { id: "job-questions", node: <JobQuestionHistory shown={shown} prompts={history.prompts} /> },
    { id: "job-attempts", node: <JobAttempts attempts={history.attempts} nowMs={shown.nowMs} /> },
    { id: "job-facts", node: <JobFacts job={shown.job} attempts={history.attempts} /> }
  ]
}

const dataTab = ({ checkpoints = [], files = [], shown }: JobPageProps) => (
  <DataTab shown={shown} checkpoints={checkpoints} files={files} />
)
const historyTab = ({ actions = [], history, shown }: JobPageProps, query: JobQuery) => (
  <HistoryTab shown={shown} query={query} history={history} actions={actions} />
)
const stepsTab = ({ history, lineCounts = [], recorded, shown }: JobPageProps, query: JobQuery) => (
  <StepsTab shown={shown} query={query} history={history} lineCounts={lineCounts} recorded={recorded} />
)

const tabSections = (props: JobPageProps, query: JobQuery): ReadonlyArray<JobSection> => {
  const { recorded, shown } = props
  switch (query.tab) {
    case "overview":
      return overviewSections(props)
    case "steps":
      return [{ id: "job-waterfall", node: stepsTab(props, query) }]
    case "browser":
      return [
        { id: "job-live", node: <JobLive shown={shown} /> },
        { id: "job-browser", node: <JobBrowser shown={shown} recorded={recorded} attempt={query.attempt} /> }
      ]
    case "data":
      return [{ id: "job-data", node: dataTab(props) }]
    case "history":
      return [{ id: "job-history", node: historyTab(props, query) }]
    // Its lines come one by one.
    case "log":
      return []
  }
}

/** The parts of the page that change, each with the id by which a stream replaces it. */
export const jobSections = (props: JobPageProps): ReadonlyArray<JobSection> => [
  { id: "job-headline", node: headlineOf(props.shown, props.history) },
  ...tabSections(props, props.query ?? ofTab("overview"))
]

const Overview = (props: JobPageProps) => {
  const { log = [], shown } = props
  const sections = new Map(overviewSections(props).map(({ id, node }) => [id, node]))
  return (
    <>
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
      <details class="card engineers" id="job-engineers">
        <summary>For engineers</summary>
        {sections.get("job-facts")}
      </details>
    </>
  )
}

const TabBody = ({ props, query }: { readonly props: JobPageProps; readonly query: JobQuery }) => {
  const { hasMoreLog = false, log = [], recorded, shown } = props
  switch (query.tab) {
    case "overview":
      return <Overview {...props} />
    case "steps":
      return stepsTab(props, query)
    case "browser":
      return <BrowserTab shown={shown} query={query} recorded={recorded} />
    case "log":
      return <LogTab shown={shown} query={query} lines={log} hasMore={hasMoreLog} />
    case "data":
      return dataTab(props)
    case "history":
      return historyTab(props, query)
  }
}

export const JobPage = (props: JobPageProps) => {
  const { history, query = ofTab("overview"), refused, shown } = props
  return (
    <JobShell shown={shown} query={query} refused={refused} headline={headlineOf(shown, history)}>
      <TabBody props={props} query={query} />
    </JobShell>
  )
}
