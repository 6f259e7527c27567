/**
 * `GET /events`: the one stream of a page. `?page=` for pages that are made of parts, `?job=` for a job page, `?ids=` and
 * the filter for a list.
 */
import { Effect, Exit, Option, Schedule, Schema, Stream } from "effect"
import { type Context, Hono } from "hono"
import type { Caller } from "../../domain/Caller.ts"
import { type JobChange, JobChanges } from "../../domain/JobChanges.ts"
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
import { needs } from "./needs.ts"
import { nowChanges } from "./nowRoutes.tsx"
import { makePartsFeed, type Parts, withFrame } from "./PartsFeed.ts"
import { restaurantChanges, restaurantsChanges } from "./restaurantsRoutes.tsx"
import { versionNews } from "./versionNews.tsx"

/** Sent at once: Bun holds the headers of an answer back until its first byte. */
const OPEN = ": open\n\n"
/** Tells proxies, and us, that the reader is still there. */
const BEAT = ": beat\n\n"
const BEAT_EVERY = "15 seconds"
const COALESCE = "250 millis"
const NEWS_EVERY = "2 seconds"
/** Time changes what is shown without any news: a start is due, a worker falls silent. */
const LOOK_EVERY = "5 seconds"
/** More changes than this in one window are a window of their own. */
const BATCH = 1_000

const message = (html: string): string => `data: ${html.replaceAll(/\r\n|\r|\n/gu, "\ndata: ")}\n\n`

const messages = <E, R>(html: Stream.Stream<string, E, R>) =>
  html.pipe(
    Stream.filter((text) => text !== ""),
    Stream.map(message)
  )

/** The page keeps what it shows while the database is away, and gets what it missed when it is back. */
const untilItWorks = Effect.retry(Schedule.spaced("2 seconds"))

export const feedStream = (feed: Feed, closing: Effect.Effect<void>) => {
  const looks = Stream.tick(LOOK_EVERY).pipe(
    Stream.drop(1),
    Stream.map((): JobChange => ({ _tag: "Gap" }))
  )
  const changes = Stream.unwrap(Effect.map(JobChanges, (service) => Stream.merge(service.changes, looks)))
  const updates = changes.pipe(
    Stream.groupedWithin(BATCH, COALESCE),
    Stream.mapEffect((batch) => untilItWorks(feed.update(batch)))
  )
  const news = changes.pipe(
    Stream.filter((change) => change._tag !== "Logged"),
    Stream.groupedWithin(BATCH, NEWS_EVERY),
    Stream.mapEffect(() => untilItWorks(feed.news))
  )
  const beats = Stream.tick(BEAT_EVERY).pipe(
    Stream.map(feed.summary),
    Stream.map((html) => (html === "" ? BEAT : message(html)))
  )
  return Stream.make(OPEN).pipe(
    Stream.concat(Stream.mergeAll([messages(updates), messages(news), beats], { concurrency: "unbounded" })),
    Stream.interruptWhen(closing),
    Stream.encodeText
  )
}

/** What the pages that are made of parts show. */
const pages = new Map<string, (params: URLSearchParams) => Parts>([
  ["now", nowChanges],
  ["inbox", inboxChanges],
  ["failures", failuresChanges],
  ["failure", jobRows],
  ["restaurants", restaurantsChanges],
  ["restaurant", restaurantChanges]
])

const feedOf = (params: URLSearchParams, reader: Caller): Feed | undefined => {
  const changesOf = pages.get(params.get("page") ?? "")
  if (changesOf !== undefined) return makePartsFeed(changesOf(params), reader)
  const idOf = Schema.decodeUnknownOption(JobId)
  const job = params.get("job")
  if (job !== null) {
    const tab = params.get("tab") ?? ""
    const query = parseJobQuery(isJobTab(tab) ? tab : "overview", params)
    return Option.getOrUndefined(Option.map(idOf(job), (id) => makeJobFeed(id, query, reader)))
  }
  const ids = (params.get("ids") ?? "").split(",").flatMap((text) => Option.toArray(idOf(text)))
  return makeListFeed({ ids: ids.slice(0, PAGE_SIZE), query: parseJobsQuery(params), reader })
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

export const eventsRoute = ({ run, closing }: Board) =>
  new Hono().get("/events", needs("read"), async (c) => {
    const params = new URL(c.req.url).searchParams
    const feed = feedOf(params, callerOf(c))
    if (feed === undefined) return c.notFound()
    // Hono answers HEAD by the GET route and drops the body: nobody would ever end a stream made here.
    if (c.req.method === "HEAD") return c.body(null, 200, HEADERS)
    keepOpen(c)
    const ends = Effect.raceFirst(closing, goneOf(c))
    const updates = feedStream(withFrame(feed, params.has("page"), callerOf(c)), ends)
    const stream = Stream.concat(Stream.fromIterable(versionNews(params)), updates)
    const exit = await run(onBehalfOf(callerOf(c))(Stream.toReadableStreamEffect(stream)))
    return Exit.isFailure(exit) ? c.body(null, 503) : c.body(exit.value, 200, HEADERS)
  })
