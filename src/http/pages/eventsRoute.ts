/**
 * `GET /events`: the one stream of a page. `?page=` for pages that are made of parts, `?job=` for a job page, `?ids=` and
 * the filter for a list.
 */
import { Cause, Effect, Exit, Option, Schema, Scope, Stream } from "effect"
import { type Context, Hono } from "hono"
import type { Caller } from "../../domain/Caller.ts"
import { JobId } from "../../domain/JobId.ts"
import { parseJobsQuery } from "../../views/JobsQuery.ts"
import { isJobTab, parseJobQuery } from "../../views/job/JobQuery.ts"
import { callerOf, goneOf, onBehalfOf } from "../callerOf.ts"
import type { Board } from "./Board.ts"
import type { Feed } from "./Feed.ts"
import { failuresChanges, jobRows } from "./failuresRoutes.tsx"
import { inboxChanges } from "./inboxRoutes.tsx"
import { makeJobFeed } from "./JobFeed.tsx"
import { PAGE_SIZE } from "./jobsRoutes.tsx"
import { makeListFeed } from "./ListFeed.tsx"
import { type LiveFeeds, makeLiveFeeds } from "./LiveFeeds.ts"
import { needs } from "./needs.ts"
import { nowChanges } from "./nowRoutes.tsx"
import { makePartsFeed, type Parts, withFrame } from "./PartsFeed.ts"
import { restaurantChanges, restaurantsChanges } from "./restaurantsRoutes.tsx"
import { versionNews } from "./versionNews.tsx"

/** Sent at once: Bun holds the headers of an answer back until its first byte. */
const OPEN = new TextEncoder().encode(": open\n\n")

/** What the pages that are made of parts show. */
const pages = new Map<string, (params: URLSearchParams) => Parts>([
  ["now", nowChanges],
  ["inbox", inboxChanges],
  ["failures", failuresChanges],
  ["failure", jobRows],
  ["restaurants", restaurantsChanges],
  ["restaurant", restaurantChanges]
])

const idOf = Schema.decodeUnknownOption(JobId)

const pageFeed = (params: URLSearchParams, reader: Caller): Feed | undefined => {
  const changesOf = pages.get(params.get("page") ?? "")
  if (changesOf !== undefined) return makePartsFeed(changesOf(params), reader)
  const job = params.get("job")
  if (job !== null) {
    const tab = params.get("tab") ?? ""
    const query = parseJobQuery(isJobTab(tab) ? tab : "overview", params)
    return Option.getOrUndefined(Option.map(idOf(job), (id) => makeJobFeed(id, query, reader)))
  }
  const ids = (params.get("ids") ?? "").split(",").flatMap((text) => Option.toArray(idOf(text)))
  return makeListFeed({ ids: ids.slice(0, PAGE_SIZE), query: parseJobsQuery(params), reader })
}

const feedOf = (params: URLSearchParams, reader: Caller): Feed | undefined => {
  const feed = pageFeed(params, reader)
  return feed && withFrame(feed, params.has("page"), reader)
}

/** Bun ends a connection that was quiet for a while; a stream may be quiet. Hono hands Bun's server in as `env`. */
export const keepOpen = ({ env, req }: Context): void => {
  const server: unknown = env
  if (typeof server === "object" && server !== null && "timeout" in server && typeof server.timeout === "function") {
    server.timeout(req.raw, 0)
  }
}

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no"
}

/** One reader's stream: the page as it is, then what changes. */
const streamOf = (feeds: LiveFeeds, caller: Caller, params: URLSearchParams) =>
  Effect.gen(function* () {
    const job = Option.getOrUndefined(idOf(params.get("job")))
    const live = yield* feeds(caller, params.toString(), job)
    return Option.match(live, { onNone: () => Stream.empty, onSome: ({ read }) => read })
  }).pipe(Stream.unwrap)

export const eventsRoute = ({ run, closing }: Board) => {
  // Made with the first reader, and kept: it costs nothing while nobody reads.
  let made: Promise<LiveFeeds> | undefined
  const makeFeeds = async () => {
    const exit = await run(makeLiveFeeds({ feedOf }).pipe(Scope.provide(Scope.makeUnsafe())))
    if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
    return exit.value
  }
  return new Hono().get("/events", needs("read"), async (c) => {
    const params = new URL(c.req.url).searchParams
    const caller = callerOf(c)
    if (feedOf(params, caller) === undefined) return c.notFound()
    // Hono answers HEAD by the GET route and drops the body: nobody would ever end a stream made here.
    if (c.req.method === "HEAD") return c.body(null, 200, HEADERS)
    keepOpen(c)
    made ??= makeFeeds()
    const stream = Stream.make(OPEN).pipe(
      Stream.concat(Stream.fromIterable(versionNews(params))),
      Stream.concat(streamOf(await made, caller, params)),
      Stream.interruptWhen(Effect.raceFirst(closing, goneOf(c)))
    )
    const exit = await run(onBehalfOf(caller)(Stream.toReadableStreamEffect(stream)))
    return Exit.isFailure(exit) ? c.body(null, 503) : c.body(exit.value, 200, HEADERS)
  })
}
