/** The job list. `JobResults` is what a change of the filter swaps. */

import type { JobCounts } from "../domain/JobReports.ts"
import { EmptyJobs, NoMatch } from "./components/EmptyJobs.tsx"
import { LiveFeed } from "./components/LiveFeed.tsx"
import { type Looked, LookedUntil, SEARCH_OLDER } from "./components/LookedUntil.tsx"
import { Permitted, useMay } from "./components/Permitted.tsx"
import { TypesNamed, typesNamed } from "./components/TypesNamed.tsx"
import { FilterChips, type TitleOf } from "./FilterChips.tsx"
import { countOf, countText, isAtLeast, JobFilters, StatusTabs } from "./JobFilters.tsx"
import { JobRow } from "./JobRow.tsx"
import { isFiltered, type JobsQuery, jobsSearch, jobsUrl } from "./JobsQuery.ts"
import type { ShownJob } from "./ShownJob.ts"
import type { FoundWider } from "./widerFilter.ts"

export interface JobsPageProps {
  readonly query: JobsQuery
  readonly jobs: ReadonlyArray<ShownJob>
  readonly counts: JobCounts
  readonly types: ReadonlyArray<{ readonly name: string; readonly title: string }>
  readonly nextCursor?: string
  /** So far back was looked, and there may be more: only so many jobs are held against a filter for one page. */
  readonly lookedUntilMs?: number
  readonly nowMs: number
  /** Where there is something, when this list is empty. */
  readonly wider?: FoundWider | undefined
  readonly feedUrl: string
  /** Key of the form that starts a practice job; absent where no such job type exists. */
  readonly practiceKey?: string
}

/** "3 new jobs": a link that loads the list again, because rows never move by themselves. */
export const NewJobsPill = ({ count, query }: { readonly count: number; readonly query: JobsQuery }) => {
  const { after: _, ...first } = query
  return (
    <p id="new-jobs" class="pill-line">
      {count > 0 && (
        <a class="pill" href={jobsUrl(first)}>
          {count} new {count === 1 ? "job" : "jobs"} – show
        </a>
      )}
    </p>
  )
}

const JobTable = ({ jobs }: { readonly jobs: ReadonlyArray<ShownJob> }) => (
  <div class="table-frame">
    <table class="jobs">
      <caption class="visually-hidden">Jobs, newest first</caption>
      <thead>
        <tr>
          {useMay("operate") && (
            <th scope="col">
              <span class="visually-hidden">Choose</span>
            </th>
          )}
          <th scope="col">Status</th>
          <th scope="col">Job</th>
          <th scope="col">Progress</th>
          <th scope="col">When</th>
          <th scope="col">Tries</th>
        </tr>
      </thead>
      <tbody id="rows">
        {jobs.map((shown) => (
          <JobRow shown={shown} tickable />
        ))}
      </tbody>
    </table>
  </div>
)

/** Shown by the script while rows are ticked; without it always. What is pressed leads to the plan, not to the deed. */
const BulkBar = ({ counts, query }: Pick<JobsPageProps, "query" | "counts">) => (
  <form id="bulk-form" class="bulk-bar" action="/bulk" autocomplete="off" aria-label="Ticked jobs">
    <input type="hidden" name="filter" value={jobsSearch(query)} />
    <span id="bulk-count" class="js-only" />
    <label class="bulk-all">
      <input type="checkbox" name="all" value="yes" id="bulk-all" />
      Select all {countText(countOf(counts, query.status), isAtLeast(counts, query.status))} matching
    </label>
    <span class="buttons">
      <button type="submit" class="button" name="action" value="retry" data-key="e">
        Retry…
      </button>
      <button type="submit" class="button" name="action" value="cancel" data-key="c">
        Cancel…
      </button>
    </span>
  </form>
)

const lookedOf = ({ lookedUntilMs, nextCursor, nowMs, query }: JobsPageProps): Looked | undefined =>
  lookedUntilMs === undefined || nextCursor === undefined
    ? undefined
    : { untilMs: lookedUntilMs, nowMs, href: jobsUrl({ ...query, after: nextCursor }) }

/** What the signs on the tabs mean, where one has such a sign. */
const CountNote = ({ counts: { atLeast = [] } }: Pick<JobsPageProps, "counts">) =>
  atLeast.length === 0 ? null : (
    <p class="note after-list">“+” or “?” on a tab: not all jobs were counted, so there may be more.</p>
  )

/** A list without jobs leads on by itself. */
const Older = (props: JobsPageProps) => {
  const { jobs, nextCursor, query } = props
  const { after, ...first } = query
  const looked = lookedOf(props)
  const isOnward = nextCursor !== undefined && !(jobs.length === 0 && looked !== undefined)
  if (!isOnward && after === undefined) return null
  return (
    <nav class="older" aria-label="Pages">
      {after !== undefined && (
        <a class="button" href={jobsUrl(first)}>
          Newest jobs
        </a>
      )}
      {isOnward && (
        <a class="button" href={jobsUrl({ ...query, after: nextCursor })}>
          {looked === undefined ? "Show older jobs" : SEARCH_OLDER}
        </a>
      )}
    </nav>
  )
}

export const JobResults = (props: JobsPageProps) => {
  const { query, jobs, counts, feedUrl, practiceKey } = props
  const isNew = jobs.length === 0 && !isFiltered(query) && query.after === undefined
  const looked = lookedOf(props)
  const titleOf: TitleOf = (type) => props.types.find(({ name }) => name === type)?.title ?? type
  const nothing = isNew ? (
    <EmptyJobs practiceKey={practiceKey} />
  ) : (
    <NoMatch query={query} titleOf={titleOf} wider={props.wider} looked={looked} />
  )
  return (
    <section id="results" aria-label="Jobs">
      <LiveFeed url={feedUrl} />
      {!isNew && <StatusTabs query={query} counts={counts} />}
      {!isNew && <JobFilters query={query} types={props.types} />}
      <TypesNamed query={query} types={typesNamed(props.types, query.q)} />
      <FilterChips query={query} titleOf={titleOf} />
      <NewJobsPill count={0} query={query} />
      {jobs.length > 0 ? <JobTable jobs={jobs} /> : nothing}
      {jobs.length > 0 && (
        <Permitted to="operate">
          <BulkBar query={query} counts={counts} />
        </Permitted>
      )}
      {jobs.length > 0 && looked !== undefined && <LookedUntil {...looked} />}
      <Older {...props} />
      {!isNew && <CountNote counts={counts} />}
    </section>
  )
}

export const JobsPage = (props: JobsPageProps) => (
  <>
    <div class="page-head">
      <h1>Jobs</h1>
      <Permitted to="create">
        <a class="button button-primary" href="/jobs/new">
          Start a job
        </a>
      </Permitted>
    </div>
    <JobResults {...props} />
  </>
)
