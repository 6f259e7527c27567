/** Every restaurant that has jobs, with one mark each that says how it does. */
import type { RestaurantHealth } from "../domain/Restaurants.ts"
import { Icon } from "./components/Icon.tsx"
import { LiveFeed } from "./components/LiveFeed.tsx"
import { Permitted } from "./components/Permitted.tsx"
import { StatusIcon } from "./components/StatusBadge.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { healthOf } from "./RestaurantText.ts"
import { statusWords } from "./StatusWords.ts"

export interface ShownRestaurant {
  readonly health: RestaurantHealth
  /** Of its newest job. */
  readonly title: string
  readonly nowMs: number
}

export interface RestaurantsQuery {
  readonly q?: string
  readonly after?: string
}

export interface RestaurantsPageProps {
  readonly query: RestaurantsQuery
  readonly restaurants: ReadonlyArray<ShownRestaurant>
  readonly next?: string | undefined
}

const LONGEST_TEXT = 200

export const parseRestaurantsQuery = (params: URLSearchParams): RestaurantsQuery => {
  const text = (key: string) => params.get(key)?.replaceAll("\0", "").slice(0, LONGEST_TEXT) || undefined
  const [q, after] = [text("q")?.trim(), text("after")]
  return { ...(q && { q }), ...(after && { after }) }
}

const search = ({ after, q }: RestaurantsQuery): string => {
  const params = new URLSearchParams({ ...(q && { q }), ...(after && { after }) })
  return params.size === 0 ? "" : `?${params}`
}

export const restaurantUrl = (restaurantId: string): string => `/restaurants/${encodeURIComponent(restaurantId)}`

/** Names may hold anything; ids of elements may not. */
export const restaurantRowId = (restaurantId: string): string => `restaurant-${Bun.hash(restaurantId).toString(36)}`

export const RestaurantRow = ({ shown }: { readonly shown: ShownRestaurant }) => {
  const { health, nowMs, title } = shown
  const { latest, restaurantId } = health
  const mark = healthOf(health)
  return (
    <tr id={restaurantRowId(restaurantId)} data-row="">
      <th scope="row" class="restaurant-name">
        <a href={restaurantUrl(restaurantId)}>{restaurantId}</a>
      </th>
      <td>
        <span class={`badge st-${mark.status}`}>
          <StatusIcon status={mark.status} />
          {mark.text}
        </span>
      </td>
      <td class="restaurant-latest">
        <a href={`/jobs/${latest.jobId}`}>{title}</a>
        <span class="row-sub">
          {statusWords[latest.status].word}, <TimeText at={latest.at.epochMilliseconds} nowMs={nowMs} />
        </span>
      </td>
    </tr>
  )
}

const None = ({ query }: Pick<RestaurantsPageProps, "query">) => (
  <div class="empty">
    <Icon name={query.q === undefined ? "mark" : "search"} />
    <h2>{query.q === undefined ? "No restaurants yet." : "No restaurant matches."}</h2>
    <p>
      {query.q === undefined
        ? "A restaurant appears here with its first job."
        : "Look for a part of its id, as it stands in its jobs."}
    </p>
    <div class="buttons">
      {query.q === undefined ? (
        <Permitted to="create">
          <a class="button" href="/jobs/new">
            Start a job
          </a>
        </Permitted>
      ) : (
        <a class="button" href="/restaurants">
          Clear
        </a>
      )}
    </div>
  </div>
)

export const RestaurantsPage = ({ next, query, restaurants }: RestaurantsPageProps) => (
  <>
    <LiveFeed url={`/events?page=restaurants${search(query).replace("?", "&")}`} />
    <h1>Restaurants</h1>
    {(restaurants.length > 0 || query.q !== undefined) && (
      <form class="filters" action="/restaurants" aria-label="Filter">
        <label class="filters-q">
          <span>Find a restaurant</span>
          <input type="search" name="q" value={query.q ?? ""} autocomplete="off" />
        </label>
        <button type="submit" class="button">
          Find
        </button>
        {query.q !== undefined && (
          <a class="filters-clear" href="/restaurants">
            Clear
          </a>
        )}
      </form>
    )}
    {restaurants.length === 0 ? (
      <None query={query} />
    ) : (
      <div class="table-frame">
        <table class="restaurants">
          <caption class="visually-hidden">Restaurants by name</caption>
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
    )}
    {(next !== undefined || query.after !== undefined) && (
      <nav class="older" aria-label="Pages">
        {query.after !== undefined && (
          <a class="button" href={`/restaurants${search({ ...query, after: "" })}`}>
            First restaurants
          </a>
        )}
        {next !== undefined && (
          <a class="button" href={`/restaurants${search({ ...query, after: next })}`}>
            More restaurants
          </a>
        )}
      </nav>
    )}
  </>
)
