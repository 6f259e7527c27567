/** The filter of the job list: a form that needs no script, and status tabs that are links. */
import { COUNT_LIMIT, type JobCounts, type StatusCounts } from "../domain/JobReports.ts"
import type { ShownStatus } from "../domain/JobStatus.ts"
import { isFiltered, type JobsQuery, jobsUrl, type Since, sinceWords, withStatus } from "./JobsQuery.ts"
import { statusWords, tabOrder } from "./StatusWords.ts"

/** Counting stops at a limit; beyond it the number would be a lie. */
export const countText = (count: number, isAtLeast = false): string => {
  if (count >= COUNT_LIMIT) return "1,000+"
  if (!isAtLeast) return String(count)
  return count === 0 ? "?" : `${count}+`
}

/** There may be more than were counted. */
export const isAtLeast = ({ atLeast = [] }: JobCounts, status: ReadonlyArray<ShownStatus>): boolean =>
  atLeast.some((each) => status.length === 0 || status.includes(each))

/** Jobs that have one of these statuses; any, where none is named. */
export const countOf = (counts: StatusCounts, status: ReadonlyArray<ShownStatus>): number =>
  tabOrder.filter((each) => status.length === 0 || status.includes(each)).reduce((sum, each) => sum + counts[each], 0)

/** A list may have looked further than who counted. */
export const withListed = (counts: JobCounts, listed: ReadonlyArray<{ readonly status: ShownStatus }>): JobCounts => ({
  ...counts,
  ...Object.fromEntries(
    tabOrder.map((status) => [status, Math.max(counts[status], listed.filter((each) => each.status === status).length)])
  )
})

interface TabProps {
  readonly query: JobsQuery
  readonly status: ReadonlyArray<ShownStatus>
  readonly label: string
  readonly counts: JobCounts
}

const Tab = ({ query, status, label, counts }: TabProps) => {
  const [count, hasMore] = [countOf(counts, status), isAtLeast(counts, status)]
  const here = query.status.join() === status.join()
  return (
    <a
      class={count === 0 && !hasMore ? "tab tab-empty" : "tab"}
      href={jobsUrl(withStatus(query, status))}
      aria-current={here ? "true" : undefined}
    >
      {label}{" "}
      <span class="tab-count">
        {countText(count, hasMore)}
        {count === 0 && hasMore && <span class="visually-hidden"> not counted</span>}
      </span>
    </a>
  )
}

export const StatusTabs = ({ query, counts }: { readonly query: JobsQuery; readonly counts: JobCounts }) => (
  <nav class="tabs" id="tabs" aria-label="Status">
    <Tab query={query} status={[]} label="All" counts={counts} />
    {tabOrder.map((status) => (
      <Tab query={query} status={[status]} label={statusWords[status].tab} counts={counts} />
    ))}
  </nav>
)

const offeredSinces: ReadonlyArray<Since> = ["1h", "24h", "7d"]

/** What is offered, and what the address or a search asked for besides. */
const sincesFor = ({ since }: JobsQuery): ReadonlyArray<Since> =>
  since === undefined || offeredSinces.includes(since) ? offeredSinces : [...offeredSinces, since]

/** "Last 7 days" */
const sinceLabel = (since: Since): string => sinceWords(since).replace("the last", "Last")

/** What has no box of its own stays in the filter while the others change. */
const hiddenKeys = ["label", "queue", "error", "batch"] as const

export interface JobFiltersProps {
  readonly query: JobsQuery
  readonly types: ReadonlyArray<{ readonly name: string; readonly title: string }>
}

export const JobFilters = ({ query, types }: JobFiltersProps) => (
  <form
    id="filters"
    class="filters"
    action="/jobs"
    autocomplete="off"
    aria-label="Filter"
    hx-get="/jobs"
    hx-target="#results"
    hx-swap="outerMorph"
    hx-sync="this:replace"
    hx-trigger="submit, change, input changed delay:300ms from:#filter-q"
  >
    {query.status.length > 0 && <input type="hidden" name="status" value={query.status.join(",")} />}
    {hiddenKeys.map((key) => query[key] !== undefined && <input type="hidden" name={key} value={query[key]} />)}
    <label>
      <span>Type</span>
      <select name="type">
        <option value="">Any type</option>
        {types.map(({ name, title }) => (
          <option value={name} selected={name === query.type}>
            {title}
          </option>
        ))}
      </select>
    </label>
    <label>
      <span>Restaurant</span>
      <input type="text" name="restaurant" value={query.restaurant ?? ""} placeholder="Any" />
    </label>
    <label class="filters-since">
      <span>Since</span>
      <select name="since">
        <option value="">Any time</option>
        {sincesFor(query).map((since) => (
          <option value={since} selected={since === query.since}>
            {sinceLabel(since)}
          </option>
        ))}
      </select>
    </label>
    <label class="filters-q">
      <span>Search</span>
      <input
        type="search"
        name="q"
        id="filter-q"
        value={query.q ?? ""}
        placeholder="Text in type, id, restaurant or error"
      />
    </label>
    <noscript>
      <button type="submit" class="button">
        Apply
      </button>
    </noscript>
    {isFiltered(query) && (
      <a class="filters-clear" href="/jobs">
        Clear
      </a>
    )}
  </form>
)
