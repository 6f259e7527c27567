/** `GET /search`: an id leads to its job, a filter to the list, any other text to what has it. */
import { Clock, Effect, Option } from "effect"
import { Hono } from "hono"
import { FailureKinds } from "../../domain/FailureKinds.ts"
import { parseJobRef } from "../../domain/JobId.ts"
import { JobReports } from "../../domain/JobReports.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { Restaurants } from "../../domain/Restaurants.ts"
import { jobsUrl, toJobFilter } from "../../views/JobsQuery.ts"
import { SearchPage, type SearchPageProps } from "../../views/SearchPage.tsx"
import { parseSearch } from "../../views/SearchText.ts"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { needs } from "./needs.ts"
import { pageResponse } from "./page.tsx"
import { showRestaurants } from "./restaurantsRoutes.tsx"
import { showJobs } from "./showJobs.ts"
import { showKinds } from "./shownParts.ts"

const LONGEST_TEXT = 300

/** Restaurants and failures of one answer, and jobs: there are lists of all. */
const MOST_OTHERS = 5
const MOST_JOBS = 10

const loadSearch = (text: string) =>
  Effect.gen(function* () {
    const search = parseSearch(text)
    const { find } = yield* JobTypes
    const titleOf = (type: string) => Option.getOrUndefined(find(type))?.title ?? type
    const nothing = { text, search, titleOf, restaurants: [], jobs: [], kinds: [], moreJobs: false }
    if (text === "") return nothing satisfies SearchPageProps
    const wanted = text.toLowerCase()
    const others = search.isFilter
      ? { restaurants: [], kinds: [] }
      : yield* Effect.all(
          {
            restaurants: Effect.map((yield* Restaurants).list({ q: text }), ({ restaurants }) => restaurants),
            kinds: (yield* FailureKinds).list("7d")
          },
          { concurrency: 2 }
        )
    const { jobs, nextCursor } = yield* (yield* JobReports)
      .list(toJobFilter(search.query, yield* Clock.currentTimeMillis), { limit: MOST_JOBS })
      .pipe(Effect.catchTag("InvalidCursor", Effect.die))
    const kinds = others.kinds.filter(({ code, message }) => `${code} ${message}`.toLowerCase().includes(wanted))
    return {
      ...nothing,
      restaurants: yield* showRestaurants(others.restaurants.slice(0, MOST_OTHERS)),
      jobs: yield* showJobs(jobs),
      moreJobs: nextCursor !== undefined,
      kinds: yield* showKinds(kinds.slice(0, MOST_OTHERS))
    } satisfies SearchPageProps
  })

export const searchRoutes = (board: Board) =>
  new Hono().get("/search", needs("read"), (c): Promise<Response> | Response => {
    const text = (c.req.query("q") ?? "").replaceAll("\0", "").trim().slice(0, LONGEST_TEXT)
    const ref = Option.getOrUndefined(parseJobRef(text))
    if (ref !== undefined) return c.redirect(`/jobs/${ref}`, 303)
    const { isFilter, query, unknown } = parseSearch(text)
    if (isFilter && unknown.length === 0) return c.redirect(jobsUrl(query), 303)
    return answer(c, board, {
      load: loadSearch(text),
      show: (props) => pageResponse(c, board.info, { title: "Search", q: text, content: <SearchPage {...props} /> })
    })
  })
