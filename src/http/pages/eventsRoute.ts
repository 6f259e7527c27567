/**
 * `GET /events`: the one stream of a page. `?page=` for pages that are made of parts, `?job=` for a job page, `?ids=` and
 * the filter for a list.
 */
import { Effect, Exit, Option, Schema, Stream } from "effect"
import { type Context, Hono } from "hono"
import type { Caller } from "../../domain/Caller.ts"
import { JobId } from "../../domain/JobId.ts"
import { callerOf, goneOf, onBehalfOf } from "../callerOf.ts"
import { isOthersPage } from "../readerMark.ts"
import type { Board } from "./Board.ts"
import { BEAT_EVERY, clockNews } from "./LiveFeed.ts"
import type { LiveFeeds } from "./LiveFeeds.ts"
import { needs } from "./needs.ts"
import { feedOf } from "./PageFeeds.ts"
import { otherReaderNews } from "./refuseOthersPages.tsx"
import { versionNews } from "./versionNews.tsx"

const encoder = new TextEncoder()

/** Sent at once, with the time: Bun holds the headers of an answer back until its first byte. */
const opening = Effect.map(clockNews, (news) => encoder.encode(`: open\n\n${news}`))

/** Bun ends a connection that was quiet for a while; a stream may be quiet. Hono hands Bun's server in as `env`. */
export const keepOpen = ({ env, req }: Context): void => {
  const server: unknown = env
  if (typeof server === "object" && server !== null && "timeout" in server && typeof server.timeout === "function") {
    server.timeout(req.raw, 0)
  }
}

const idOf = Schema.decodeUnknownOption(JobId)

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no"
}

/** For the page of somebody else: that it is, and no more than that the stream lives. */
const streamForOthers = Stream.make(encoder.encode(otherReaderNews)).pipe(
  Stream.concat(Stream.mapEffect(Stream.drop(Stream.tick(BEAT_EVERY), 1), () => opening))
)

/** One reader's stream: the page as it is, then what changes. */
const streamOf = (feeds: LiveFeeds, caller: Caller, params: URLSearchParams) =>
  Effect.gen(function* () {
    const job = Option.getOrUndefined(idOf(params.get("job")))
    const live = yield* feeds(caller, params.toString(), job)
    return Option.match(live, { onNone: () => Stream.empty, onSome: ({ read }) => read })
  }).pipe(Stream.unwrap)

export const eventsRoute = ({ closing, feeds, run }: Board) =>
  new Hono().get("/events", needs("read"), async (c) => {
    const params = new URL(c.req.url).searchParams
    const caller = callerOf(c)
    if (feedOf(params, caller) === undefined) return c.notFound()
    // Hono answers HEAD by the GET route and drops the body: nobody would ever end a stream made here.
    if (c.req.method === "HEAD") return c.body(null, 200, HEADERS)
    keepOpen(c)
    const stream = Stream.fromEffect(opening).pipe(
      Stream.concat(Stream.fromIterable(versionNews(params))),
      Stream.concat((await isOthersPage(c)) ? streamForOthers : streamOf(feeds, caller, params)),
      Stream.interruptWhen(Effect.raceFirst(closing, goneOf(c)))
    )
    const exit = await run(onBehalfOf(caller)(Stream.toReadableStreamEffect(stream)))
    return Exit.isFailure(exit) ? c.body(null, 503) : c.body(exit.value, 200, HEADERS)
  })
