/** The feeds of all pages that follow what happens, made once for the process. */
import { Context, Effect, Layer, Option, Schema } from "effect"
import type { Caller } from "../../domain/Caller.ts"
import { JobId } from "../../domain/JobId.ts"
import { parseJobsQuery } from "../../views/JobsQuery.ts"
import { isJobTab, parseJobQuery } from "../../views/job/JobQuery.ts"
import type { Feed } from "./Feed.ts"
import { failuresChanges, jobRows } from "./failuresRoutes.tsx"
import { inboxChanges } from "./inboxRoutes.tsx"
import { makeJobFeed } from "./JobFeed.tsx"
import { PAGE_SIZE } from "./jobsRoutes.tsx"
import { makeListFeed } from "./ListFeed.tsx"
import { type LiveFeeds, makeLiveFeeds } from "./LiveFeeds.ts"
import { nowChanges } from "./nowRoutes.tsx"
import { makePartsFeed, type Parts, withFrame } from "./PartsFeed.ts"
import { restaurantChanges, restaurantsChanges } from "./restaurantsRoutes.tsx"

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
    return Option.getOrUndefined(Option.map(idOf(job), (id) => makeJobFeed(id, reader, query)))
  }
  const ids = (params.get("ids") ?? "").split(",").flatMap((text) => Option.toArray(idOf(text)))
  return makeListFeed({ ids: ids.slice(0, PAGE_SIZE), query: parseJobsQuery(params), reader })
}

export const feedOf = (params: URLSearchParams, reader: Caller): Feed | undefined => {
  const feed = pageFeed(params, reader)
  return feed && withFrame(feed, params.has("page"), reader)
}

/** Works in nobody's name and in no request's trace, and ends with the layer. It costs nothing while nobody reads. */
export class PageFeeds extends Context.Service<PageFeeds, LiveFeeds>()("callboard/http/PageFeeds") {
  static readonly layer = Layer.effect(
    PageFeeds,
    Effect.map(makeLiveFeeds({ feedOf }), (feeds) => PageFeeds.of(feeds))
  )
}
