/**
 * The feeds at work, each once for all who look at the same page with the same rights: how many tabs are open is nothing
 * that the database or the making of markup has to feel.
 */
import { Cache, Duration, Effect, Exit, Option, RcMap } from "effect"
import { type Caller, CurrentCaller } from "../../domain/Caller.ts"
import type { JobId } from "../../domain/JobId.ts"
import { Jobs } from "../../domain/Jobs.ts"
import type { Feed } from "./Feed.ts"
import { type LiveFeed, makeLiveFeed, makeNewsOfJobs } from "./LiveFeed.ts"

/** Everybody of an organisation who has the same role sees the same, but for what is their own. */
const classOf = (caller: Caller): Caller =>
  caller.via === "local" ? caller : { ...caller, via: "token", subject: "", name: "" }

const forReader = (reader: Caller) => Effect.provideService(CurrentCaller, Option.some(reader))

/** Jobs whose makers are remembered; a maker never changes. */
const REMEMBERED = 1_000

/** For whom the page of a job is made: for a class of readers, or for the one who made the job. */
const makeReaders = Effect.gen(function* () {
  const { get } = yield* Jobs
  const makers = yield* Cache.makeWith(
    (key: string) => {
      const [reader, job] = JSON.parse(key) as [Caller, JobId]
      return Effect.map(forReader(reader)(get(job)), ({ createdBy }) => createdBy)
    },
    { capacity: REMEMBERED, timeToLive: (exit) => (Exit.isSuccess(exit) ? Duration.infinity : Duration.zero) }
  )
  return (caller: Caller, job: JobId | undefined): Effect.Effect<Caller> => {
    const reader = classOf(caller)
    if (job === undefined || reader === caller) return Effect.succeed(reader)
    return Cache.get(makers, JSON.stringify([reader, job])).pipe(
      Effect.map((createdBy) => (createdBy === caller.subject ? caller : reader)),
      // That it is not there, or cannot be read now, is for the page's own look to say.
      Effect.orElseSucceed(() => caller)
    )
  }
})

interface LiveFeedsOptions {
  /** What a page sends; undefined for what is no page. */
  readonly feedOf: (search: URLSearchParams, reader: Caller) => Feed | undefined
}

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
    const readerOf = yield* makeReaders
    /** The feed of a page, which shows this job where it shows one; as long as the scope lives. */
    return (caller: Caller, search: string, job: JobId | undefined) =>
      Effect.flatMap(readerOf(caller, job), (reader) => RcMap.get(feeds, JSON.stringify([reader, search])))
  })

export type LiveFeeds = Effect.Success<ReturnType<typeof makeLiveFeeds>>
