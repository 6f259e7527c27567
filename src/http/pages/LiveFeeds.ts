/**
 * The feeds at work, each once for all who look at the same page with the same rights: how many tabs are open is nothing
 * that the database or the making of markup has to feel.
 */
import { Effect, Option, RcMap } from "effect"
import { type Caller, CurrentCaller } from "../../domain/Caller.ts"
import type { JobId } from "../../domain/JobId.ts"
import { Jobs } from "../../domain/Jobs.ts"
import type { Feed } from "./Feed.ts"
import { type LiveFeed, makeLiveFeed, makeNewsOfJobs } from "./LiveFeed.ts"

/** Everybody of an organisation who has the same role sees the same, but for what is their own. */
export const classOf = (caller: Caller): Caller =>
  caller.via === "local" ? caller : { ...caller, via: "token", subject: "", name: "" }

/** For whom a page is made: for a class of readers, or for the one whose job it shows. Whose a job is never changes. */
export const readerOf = (caller: Caller, job: JobId | undefined) =>
  job === undefined
    ? Effect.succeed(classOf(caller))
    : Effect.flatMap(Jobs, ({ get }) => get(job)).pipe(
        Effect.map(({ createdBy }) => (createdBy === caller.subject ? caller : classOf(caller))),
        // Which job it is, and that it is not there, is for the page's own look to say.
        Effect.orElseSucceed(() => caller)
      )

export interface LiveFeedsOptions {
  /** What a page sends; undefined for what is no page. */
  readonly feedOf: (search: URLSearchParams, reader: Caller) => Feed | undefined
}

const forReader = (reader: Caller) => Effect.provideService(CurrentCaller, Option.some(reader))

/** A feed ends with the last of its readers. */
export const makeLiveFeeds = ({ feedOf }: LiveFeedsOptions) =>
  Effect.gen(function* () {
    const heard = yield* RcMap.make({
      lookup: (reader: string) => forReader(JSON.parse(reader) as Caller)(makeNewsOfJobs)
    })
    const feeds = yield* RcMap.make({
      lookup: (key: string) => {
        const [reader, search] = JSON.parse(key) as [Caller, string]
        return Effect.gen(function* () {
          const feed = feedOf(new URLSearchParams(search), reader)
          if (feed === undefined) return Option.none<LiveFeed>()
          const news = yield* RcMap.get(heard, JSON.stringify(classOf(reader)))
          return Option.some(yield* makeLiveFeed(feed, news))
        }).pipe(forReader(reader))
      }
    })
    /** As long as the scope lives. */
    return (reader: Caller, search: string) => RcMap.get(feeds, JSON.stringify([reader, search]))
  })

export type LiveFeeds = Effect.Success<ReturnType<typeof makeLiveFeeds>>
