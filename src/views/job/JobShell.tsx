/** What all tabs of a job's page have in common: its name, how it is doing, the tabs, the tries. */

import type { Child } from "hono/jsx"
import type { JobHistory } from "../../domain/JobReports.ts"
import { LiveFeed } from "../components/LiveFeed.tsx"
import { SentenceText } from "../components/TimeText.tsx"
import { JobHeadline } from "../JobHeadline.tsx"
import { jobSteps } from "../JobSteps.ts"
import type { Sentence } from "../Sentence.ts"
import type { ShownJob } from "../ShownJob.ts"
import { type JobQuery, type JobTab, jobSearch, jobTabs, jobUrl, ofTab } from "./JobQuery.ts"

export const tabLabels: Readonly<Record<JobTab, string>> = {
  overview: "Overview",
  steps: "Steps",
  browser: "Browser",
  log: "Log",
  data: "Data",
  history: "History"
}

/** A job without a browser has no such tab; the keys 1 to 6 count what is there. */
const tabsOf = ({ job }: ShownJob): ReadonlyArray<JobTab> =>
  jobTabs.filter((tab) => tab !== "browser" || job.lane === "browser")

const JobTabs = ({ query, shown }: { readonly shown: ShownJob; readonly query: JobQuery }) => (
  <nav class="tabs job-tabs" aria-label="This job">
    {tabsOf(shown).map((tab) => (
      <a
        class="tab"
        href={jobUrl(shown.job.jobId, ofTab(tab, query))}
        aria-current={tab === query.tab ? "page" : undefined}
        data-tab
      >
        {tabLabels[tab]}
      </a>
    ))}
  </nav>
)

/** Older tries are reached from the oldest one shown. */
const MOST_TRIES = 8

/** Nothing where there is nothing to choose. */
export const AttemptSwitch = ({ query, shown }: { readonly shown: ShownJob; readonly query: JobQuery }) => {
  const { attempts, jobId } = shown.job
  if (attempts < 2) return null
  const last = Math.min(attempts, Math.max(query.attempt ?? attempts, MOST_TRIES))
  const first = Math.max(1, last - MOST_TRIES + 1)
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  const link = (attempt: number | undefined, label: string) => {
    const { attempt: _, before: __, ...rest } = query
    const isHere = query.attempt === attempt
    return (
      <a
        class="chip"
        href={jobUrl(jobId, attempt === undefined ? rest : { ...rest, attempt })}
        aria-current={isHere ? "true" : undefined}
        data-attempt
      >
        {label}
      </a>
    )
  }
  return (
    <nav class="chips" aria-label="Try">
      <span class="muted">Try</span>
      {link(undefined, "All")}
      {numbers.map((attempt) => link(attempt, String(attempt)))}
      <span class="muted">of {attempts}</span>
    </nav>
  )
}

export const headlineOf = (shown: ShownJob, history: JobHistory) => (
  <JobHeadline shown={shown} steps={jobSteps(shown, history.steps)} />
)

const feedUrlOf = ({ job }: ShownJob, query: JobQuery): string => {
  // How the lines are shown is the reader's matter: the stream is the same.
  const { unwrapped: _, ...followed } = query
  const search = jobSearch(followed)
  const tab = query.tab === "overview" ? "" : `&tab=${query.tab}`
  return `/events?job=${job.id}${tab}${search && `&${search}`}`
}

export interface JobShellProps {
  readonly shown: ShownJob
  readonly query: JobQuery
  readonly headline: Child
  /** Why an action of the reader was refused. */
  readonly refused?: Sentence | undefined
  readonly children: Child
}

export const JobShell = ({ children, headline, query, refused, shown }: JobShellProps) => {
  const { job, title } = shown
  return (
    <>
      <LiveFeed url={feedUrlOf(shown, query)} />
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
          <SentenceText sentence={refused} nowMs={shown.nowMs} />
        </p>
      )}
      {headline}
      <JobTabs shown={shown} query={query} />
      {children}
    </>
  )
}
