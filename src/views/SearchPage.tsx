/** What the search found: restaurants, jobs, failures. */
import type { Child } from "hono/jsx"
import type { JobType } from "../domain/JobType.ts"
import { Icon } from "./components/Icon.tsx"
import { KindLine, type ShownKind } from "./components/KindRow.tsx"
import { type Looked, LookedUntil, SEARCH_OLDER } from "./components/LookedUntil.tsx"
import { TypesNamed } from "./components/TypesNamed.tsx"
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
  readonly kinds: ReadonlyArray<ShownKind>
  readonly titleOf: TitleOf
  /** Job types with the text in their title. */
  readonly types: ReadonlyArray<Pick<JobType, "name" | "title">>
  /** Absent where all jobs were looked at. */
  readonly looked?: Looked
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

const nothingText = ({ looked, search, text }: Pick<SearchPageProps, "looked" | "search" | "text">): string => {
  if (!isFiltered(search.query)) return "Type the id of a job, a part of a restaurant’s name, or words of an error."
  return looked === undefined
    ? `No restaurant, job or failure of the last 7 days has the text “${text}”.`
    : `No restaurant, no failure of the last 7 days and none of the newest jobs has the text “${text}”.`
}

const Nothing = ({ looked, search, text }: Pick<SearchPageProps, "looked" | "search" | "text">) => (
  <div class="empty">
    <Icon name="search" />
    <h2>{looked === undefined ? "Nothing found." : "Nothing found so far."}</h2>
    <p>{nothingText({ search, text, ...(looked && { looked }) })}</p>
    {looked !== undefined && <LookedUntil {...looked} />}
    <div class="buttons">
      {looked !== undefined && (
        <a class="button button-primary" href={looked.href}>
          {SEARCH_OLDER}
        </a>
      )}
      <a class="button" href="/jobs">
        All jobs
      </a>
      <a class="button" href="/help#search-words">
        How to search
      </a>
    </div>
  </div>
)

export const SearchPage = ({
  jobs,
  kinds,
  looked,
  moreJobs,
  restaurants,
  search,
  text,
  titleOf,
  types
}: SearchPageProps) => (
  <>
    <h1>Search</h1>
    {search.unknown.length > 0 && (
      <p class="box box-problem">
        Left out, because no filter knows it: {search.unknown.map((part) => `“${part}”`).join(", ")}.{" "}
        <a href="/help#search-words">What can be searched</a>
      </p>
    )}
    {search.isFilter && <FilterChips query={search.query} titleOf={titleOf} />}
    <TypesNamed query={search.query} types={types} />
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
        {looked !== undefined && <LookedUntil {...looked} />}
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
    {types.length + restaurants.length + jobs.length + kinds.length === 0 && (
      <Nothing search={search} text={text} {...(looked && { looked })} />
    )}
  </>
)
