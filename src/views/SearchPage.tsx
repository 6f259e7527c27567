/** What the search found: restaurants, jobs, failures. */
import type { Child } from "hono/jsx"
import { Icon } from "./components/Icon.tsx"
import { KindLine, type ShownKind } from "./components/KindRow.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { FilterChips, type TitleOf } from "./FilterChips.tsx"
import { isFiltered, jobsUrl } from "./JobsQuery.ts"
import { JobTable } from "./JobTable.tsx"
import { RestaurantRow, type ShownRestaurant } from "./RestaurantsPage.tsx"
import type { Search } from "./SearchText.ts"
import type { ShownJob } from "./ShownJob.ts"

export interface SearchPageProps {
  readonly text: string
  readonly search: Search
  readonly restaurants: ReadonlyArray<ShownRestaurant>
  readonly jobs: ReadonlyArray<ShownJob>
  readonly moreJobs: boolean
  /** So far back was looked for jobs, and there may be more. */
  readonly lookedUntilMs?: number
  readonly nowMs: number
  readonly kinds: ReadonlyArray<ShownKind>
  readonly titleOf: TitleOf
}

const Group = ({
  all,
  children,
  title
}: {
  readonly title: string
  readonly all?: string
  readonly children: Child
}) => (
  <section class="found" aria-label={title}>
    <div class="card-head">
      <h2>{title}</h2>
      {all !== undefined && <a href={all}>All of them</a>}
    </div>
    {children}
  </section>
)

/** A search that did not look at all jobs must not say that there are none: the list goes on from there. */
const LookedUntil = ({ lookedUntilMs, nowMs, search }: Pick<SearchPageProps, "lookedUntilMs" | "nowMs" | "search">) =>
  lookedUntilMs === undefined ? null : (
    <p class="muted">
      This looked through the newest jobs, back to <TimeText at={lookedUntilMs} nowMs={nowMs} />. Older ones may match
      too: <a href={jobsUrl(search.query)}>look further back</a>.
    </p>
  )

const nothingText = ({ lookedUntilMs, search, text }: Pick<SearchPageProps, "lookedUntilMs" | "search" | "text">) => {
  if (!isFiltered(search.query)) return "Type the id of a job, a part of a restaurant’s name, or words of an error."
  const job = lookedUntilMs === undefined ? "job" : "newer job"
  return `No restaurant, ${job} or failure of the last 7 days has the text “${text}”.`
}

const Nothing = (props: Pick<SearchPageProps, "lookedUntilMs" | "search" | "text">) => (
  <div class="empty">
    <Icon name="search" />
    <h2>{props.lookedUntilMs === undefined ? "Nothing found." : "Nothing among the newest jobs."}</h2>
    <p>{nothingText(props)}</p>
    <div class="buttons">
      <a class="button" href="/jobs">
        All jobs
      </a>
      <a class="button" href="/help#search-words">
        How to search
      </a>
    </div>
  </div>
)

export const SearchPage = (props: SearchPageProps) => {
  const { jobs, kinds, moreJobs, restaurants, search, titleOf } = props
  return (
    <>
      <h1>Search</h1>
      {search.unknown.length > 0 && (
        <p class="box box-problem">
          Left out, because no filter knows it: {search.unknown.map((part) => `“${part}”`).join(", ")}.{" "}
          <a href="/help#search-words">What can be searched</a>
        </p>
      )}
      {search.isFilter && <FilterChips query={search.query} titleOf={titleOf} />}
      {restaurants.length > 0 && (
        <Group title="Restaurants">
          <div class="table-frame">
            <table class="restaurants">
              <caption class="visually-hidden">Restaurants that were found</caption>
              <thead>
                <tr>
                  <th scope="col">Restaurant</th>
                  <th scope="col">How it does</th>
                  <th scope="col">Newest job</th>
                </tr>
              </thead>
              <tbody>
                {restaurants.map((shown) => (
                  <RestaurantRow shown={shown} />
                ))}
              </tbody>
            </table>
          </div>
        </Group>
      )}
      {jobs.length > 0 && (
        <Group title="Jobs" {...(moreJobs && { all: jobsUrl(search.query) })}>
          <JobTable jobs={jobs} caption="Jobs that were found, newest first" />
        </Group>
      )}
      {kinds.length > 0 && (
        <Group title="Failures">
          <ul class="kinds-short">
            {kinds.map((shown) => (
              <KindLine shown={shown} />
            ))}
          </ul>
        </Group>
      )}
      {restaurants.length + jobs.length + kinds.length === 0 && <Nothing {...props} />}
      <LookedUntil {...props} />
    </>
  )
}
