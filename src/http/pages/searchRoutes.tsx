/** `GET /search`: an id leads to its job, a filter to the list, any other text to what has it. */
import { Clock, Effect, Option } from "effect"
import { Hono } from "hono"
import { FailureKinds } from "../../domain/FailureKinds.ts"
import { type JobRef, parseJobRef } from "../../domain/JobId.ts"
import { JobReports } from "../../domain/JobReports.ts"
import { Jobs } from "../../domain/Jobs.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { Restaurants } from "../../domain/Restaurants.ts"
import { typesNamed } from "../../views/components/TypesNamed.tsx"
import { isFiltered, jobsUrl, toJobFilter } from "../../views/JobsQuery.ts"
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
    const { all, find } = yield* JobTypes
    const titleOf = (type: string) => Option.getOrUndefined(find(type))?.title ?? type
    const nowMs = yield* Clock.currentTimeMillis
    const types = typesNamed(all, search.query.q)
    const nothing = { nowMs, text, search, titleOf, types, restaurants: [], jobs: [], kinds: [], moreJobs: false }
    // The list of what is not filtered at all is no answer to a search.
    if (!isFiltered(search.query)) return nothing satisfies SearchPageProps
    const { q = "" } = search.query
    const wanted = q.toLowerCase()
    const others = search.isFilter
      ? { restaurants: [], kinds: [] }
      : yield* Effect.all(
          {
            restaurants: Effect.map((yield* Restaurants).list({ q }), ({ restaurants }) => restaurants),
            kinds: (yield* FailureKinds).list("7d")
          },
          { concurrency: 2 }
        )
    const { jobs, lookedUntil, nextCursor } = yield* (yield* JobReports)
      .list(toJobFilter(search.query, nowMs), { limit: MOST_JOBS, glance: true })
      .pipe(Effect.catchTag("InvalidCursor", Effect.die))
    const kinds = others.kinds.filter(({ code, message }) => `${code} ${message}`.toLowerCase().includes(wanted))
    return {
      ...nothing,
      restaurants: yield* showRestaurants(others.restaurants.slice(0, MOST_OTHERS)),
      jobs: yield* showJobs(jobs),
      moreJobs: nextCursor !== undefined,
      ...(lookedUntil !== undefined &&
        nextCursor !== undefined && {
          looked: {
            untilMs: lookedUntil.epochMilliseconds,
            nowMs,
            href: jobsUrl({ ...search.query, after: nextCursor })
          }
        }),
      kinds: yield* showKinds(kinds.slice(0, MOST_OTHERS))
    } satisfies SearchPageProps
  })

/** An id that is well written may still be nobody's: what offers a search must not lead back to itself. */
const isJob = (ref: JobRef) =>
  Effect.flatMap(Jobs, ({ get }) => get(ref)).pipe(
    Effect.as(true),
    Effect.catchTag("JobNotFound", () => Effect.succeed(false))
  )

const load = (text: string) =>
  Effect.gen(function* () {
    const ref = Option.getOrUndefined(parseJobRef(text))
    if (ref !== undefined && (yield* isJob(ref))) return { path: `/jobs/${ref}` }
    const { isFilter, query, unknown } = parseSearch(text)
    if (isFilter && unknown.length === 0 && isFiltered(query)) return { path: jobsUrl(query) }
    return { props: yield* loadSearch(text) }
  })

export const searchRoutes = (board: Board) =>
  new Hono().get("/search", needs("read"), (c) => {
    const text = (c.req.query("q") ?? "").replaceAll("\0", "").trim().slice(0, LONGEST_TEXT)
    return answer(c, board, {
      load: load(text),
      show: ({ path, props }) =>
        path === undefined
          ? pageResponse(c, board.info, { title: "Search", q: text, content: <SearchPage {...props} /> })
          : c.redirect(path, 303)
    })
  })
