/**
 * Jobs as they change, read once for all streams of one caller: 500 browsers of a team cost the database as much as one.
 * Each is read as its caller, so nobody hears of what he may not see.
 */
import { Context, Effect, Latch, Layer, Option, RcMap, type Scope, Stream } from "effect"
import { type Caller, CurrentCaller } from "../../domain/Caller.ts"
import type { Job } from "../../domain/Job.ts"
import { type JobChange, JobChanges } from "../../domain/JobChanges.ts"
import type { JobId } from "../../domain/JobId.ts"
import { JobReports } from "../../domain/JobReports.ts"
import { makeNews } from "../../domain/makeNews.ts"
import { isOwn } from "./isOwn.ts"
import { untilItWorks } from "./serverSentEvents.ts"

export type FeedItem =
  | { readonly _tag: "Job"; readonly job: Job }
  /** Something may have changed that was not told. */
  | { readonly _tag: "Gap" }

const GAP: FeedItem = { _tag: "Gap" }

/** Jobs that a reader may be behind; then it loses the oldest and is told so. */
const BEHIND = 1_024

/** As many as one read of reports takes. */
const TOGETHER = 200
const WITHIN = "100 millis"

/** A page that is loaded anew comes back within it. */
const KEPT_FOR = "10 seconds"

type Services = JobChanges | JobReports

/** Reads what changed and tells it to whoever listens, as long as the scope lives. */
const makeFeed = (
  caller: Option.Option<Caller>
): Effect.Effect<Stream.Stream<FeedItem>, never, Services | Scope.Scope> =>
  Effect.gen(function* () {
    const { changes } = yield* JobChanges
    const { byIds } = yield* JobReports
    const feed = yield* makeNews<FeedItem>({ capacity: BEHIND, gap: GAP })

    const tell = Effect.fnUntraced(function* (news: ReadonlyArray<JobChange>) {
      const ids = new Set<JobId>(news.flatMap((change) => (change._tag === "Changed" ? [change.id] : [])))
      const jobs = ids.size === 0 ? [] : yield* untilItWorks(byIds([...ids]))
      for (const job of jobs) {
        if (isOwn(caller, job)) yield* feed.tell({ _tag: "Job", job })
      }
      if (news.some(({ _tag }) => _tag === "Gap" || _tag === "Many")) yield* feed.tell(GAP)
    })

    // Its first gap says that it stands. Whoever listens here hears one of its own after that.
    const stands = Latch.makeUnsafe(false)
    yield* changes.pipe(
      Stream.tap(() => Latch.open(stands)),
      Stream.drop(1),
      Stream.filter(({ _tag }) => _tag !== "Logged"),
      Stream.groupedWithin(TOGETHER, WITHIN),
      Stream.runForEach(tell),
      Effect.tapDefect((defect) => Effect.logError("jobs cannot be followed any more", defect)),
      Effect.ensuring(Latch.open(stands)),
      Effect.provideService(CurrentCaller, caller),
      Effect.forkScoped({ startImmediately: true })
    )

    yield* Latch.await(stands)
    return feed.heard
  })

export class JobsFeeds extends Context.Service<
  JobsFeeds,
  {
    /** Of the current caller. The first item is a `Gap`, sent once the subscription stands. */
    readonly items: Stream.Stream<FeedItem>
  }
>()("callboard/http/JobsFeeds") {
  static readonly layer = Layer.effect(
    JobsFeeds,
    Effect.gen(function* () {
      const feeds = yield* RcMap.make({
        lookup: (key: string) => makeFeed(Option.fromNullishOr(JSON.parse(key) as Caller | null)),
        idleTimeToLive: KEPT_FOR
      })
      const feed = Effect.flatMap(CurrentCaller, (caller) => RcMap.get(feeds, JSON.stringify(Option.getOrNull(caller))))
      return { items: Stream.unwrap(feed) }
    })
  )
}
