/** The filter of the job list: a form that needs no script, and status tabs that are links. */
import { COUNT_LIMIT, type StatusCounts } from "../domain/JobReports.ts"
import type { ShownStatus } from "../domain/JobStatus.ts"
import { isFiltered, type JobsQuery, jobsUrl, type Since, withStatus } from "./JobsQuery.ts"
import { statusWords, tabOrder } from "./StatusWords.ts"

/** Counting stops at a limit; beyond it the number would be a lie. */
export const countText = (count: number): string => (count >= COUNT_LIMIT ? "1,000+" : String(count))

const total = (counts: StatusCounts): number => Object.values(counts).reduce((sum, count) => sum + count, 0)

interface TabProps {
  readonly query: JobsQuery
  readonly status: ReadonlyArray<ShownStatus>
  readonly label: string
  readonly count: number
}

const Tab = ({ query, status, label, count }: TabProps) => {
  const here = query.status.join() === status.join()
  return (
    <a
      class={count === 0 ? "tab tab-empty" : "tab"}
      href={jobsUrl(withStatus(query, status))}
      aria-current={here ? "true" : undefined}
    >
      {label} <span class="tab-count">{countText(count)}</span>
    </a>
  )
}

export const StatusTabs = ({ query, counts }: { readonly query: JobsQuery; readonly counts: StatusCounts }) => (
  <nav class="tabs" id="tabs" aria-label="Status">
    <Tab query={query} status={[]} label="All" count={total(counts)} />
    {tabOrder.map((status) => (
      <Tab query={query} status={[status]} label={statusWords[status].tab} count={counts[status]} />
    ))}
  </nav>
)

const sinceLabels: ReadonlyArray<readonly [Since, string]> = [
  ["1h", "Last hour"],
  ["24h", "Last 24 hours"],
  ["7d", "Last 7 days"]
]

export interface JobFiltersProps {
  readonly query: JobsQuery
  readonly types: ReadonlyArray<{ readonly name: string; readonly title: string }>
}

export const JobFilters = ({ query, types }: JobFiltersProps) => (
  <form
    id="filters"
    class="filters"
    action="/jobs"
    aria-label="Filter"
    hx-get="/jobs"
    hx-target="#results"
    hx-swap="outerMorph"
    hx-sync="this:replace"
    hx-trigger="submit, change, input changed delay:300ms from:#filter-q"
  >
    {query.status.length > 0 && <input type="hidden" name="status" value={query.status.join(",")} />}
    {query.batch !== undefined && <input type="hidden" name="batch" value={query.batch} />}
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
      <input type="text" name="restaurant" value={query.restaurant ?? ""} placeholder="Any" autocomplete="off" />
    </label>
    <label class="filters-since">
      <span>Since</span>
      <select name="since">
        <option value="">Any time</option>
        {sinceLabels.map(([value, label]) => (
          <option value={value} selected={value === query.since}>
            {label}
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
        autocomplete="off"
      />
    </label>
    <noscript>
      <button type="submit" class="button">
        Apply
      </button>
    </noscript>
    {query.batch !== undefined && <p class="muted">Only the batch {query.batch}</p>}
    {isFiltered(query) && (
      <a class="filters-clear" href="/jobs">
        Clear
      </a>
    )}
  </form>
)
