/** A feed at work: it looks when something changed, and tells all of its readers what is different. */
import { Clock, Deferred, Duration, Effect, Latch, Schedule, Stream } from "effect"
import { type JobChange, JobChanges } from "../../domain/JobChanges.ts"
import { monotonicMs } from "../../domain/monotonicMs.ts"
import { makeBroadcast, START } from "./Broadcast.ts"
import type { Feed } from "./Feed.ts"

/** Where there is nothing to show. */
const NOTHING = ": nothing\n\n"

/** What the time is here. A page that is not told for 40 seconds knows that nobody hears it any more (app.js). */
export const clockNews = Effect.map(Clock.currentTimeMillis, (nowMs) => `event: board:now\ndata: ${nowMs}\n\n`)
export const BEAT_EVERY = "15 seconds"
const COALESCE = Duration.millis(250)
const NEWS_EVERY = Duration.seconds(2)
/** Time changes what is shown without any news: a start is due, a worker falls silent. */
const LOOK_EVERY = "5 seconds"
/** More changes than this are not remembered one by one: everything is looked at. */
const MOST_CHANGES = 1_000

const GAP: JobChange = { _tag: "Gap" }

const message = (html: string): string => `data: ${html.replaceAll(/\r\n|\r|\n/gu, "\ndata: ")}\n\n`

/** The page keeps what it shows while the database is away, and gets what it missed when it is back. */
const untilItWorks = Effect.retry(Schedule.spaced("2 seconds"))

type Listener = (change: JobChange) => void

/** News of jobs as the current caller may hear them, received once for many feeds. */
export const makeNewsOfJobs = Effect.gen(function* () {
  const { changes } = yield* JobChanges
  const listeners = new Set<Listener>()
  const looks = Stream.tick(LOOK_EVERY).pipe(
    Stream.drop(1),
    Stream.map(() => GAP)
  )
  yield* Stream.merge(changes, looks).pipe(
    Stream.runForEach((change) =>
      Effect.sync(() => {
        for (const listener of listeners) listener(change)
      })
    ),
    Effect.forkScoped({ startImmediately: true })
  )
  return {
    hear: (listener: Listener) =>
      Effect.acquireRelease(
        Effect.sync(() => listeners.add(listener)),
        () => Effect.sync(() => listeners.delete(listener))
      )
  }
})

type NewsOfJobs = Effect.Success<typeof makeNewsOfJobs>

export type LiveFeed = Effect.Success<ReturnType<typeof makeLiveFeed>>

/** Works as long as the scope lives. */
export const makeLiveFeed = Effect.fnUntraced(function* (feed: Feed, { hear }: NewsOfJobs) {
  const { next, tell } = makeBroadcast(() => {
    const html = feed.snapshot()
    return html === "" ? NOTHING : message(html)
  })
  const send = (html: string) => (html === "" ? Effect.void : tell(message(html)))
  const changed = Latch.makeUnsafe(false)
  const counted = Latch.makeUnsafe(false)
  const broken = Deferred.makeUnsafe<void>()
  let changes: Array<JobChange> = []
  let looked = Deferred.makeUnsafe<void>()

  const listen: Listener = (change) => {
    if (changes.length < MOST_CHANGES) changes.push(change)
    else changes = [GAP]
    changed.openUnsafe()
    if (change._tag !== "Logged") counted.openUnsafe()
  }
  listen(GAP)
  yield* hear(listen)

  const every = feed.every ?? COALESCE
  /** What a failed attempt had ready counts as told already, so after one everything is told. */
  const untilTold = (attempt: Feed["news"]) =>
    Effect.suspend(() => {
      let failed = false
      return attempt.pipe(
        Effect.tapError(() => Effect.sync(() => (failed = true))),
        untilItWorks,
        Effect.flatMap((html) => send(failed ? feed.snapshot() : html))
      )
    })
  let lastAt = Number.NEGATIVE_INFINITY
  const update = Effect.gen(function* () {
    yield* changed.await
    const rest = lastAt + Duration.toMillis(every) - (yield* monotonicMs)
    yield* Effect.sleep(Duration.max(COALESCE, Duration.millis(Math.max(0, rest))))
    changed.closeUnsafe()
    const [batch, ended] = [changes, looked]
    changes = []
    looked = Deferred.makeUnsafe<void>()
    yield* untilTold(Effect.suspend(() => feed.update(batch)))
    lastAt = yield* monotonicMs
    yield* Deferred.succeed(ended, undefined)
  })
  const news = Effect.gen(function* () {
    yield* counted.await
    yield* Effect.sleep(NEWS_EVERY)
    counted.closeUnsafe()
    yield* untilTold(feed.news)
  })
  const beat = clockNews.pipe(
    Effect.flatMap(tell),
    Effect.andThen(Effect.suspend(() => send(feed.summary()))),
    Effect.delay(BEAT_EVERY)
  )

  yield* Effect.all([Effect.forever(update), Effect.forever(news), Effect.forever(beat)], {
    concurrency: "unbounded"
  }).pipe(
    Effect.tapDefect((defect) => Effect.logError("a page cannot be followed any more", defect)),
    Effect.ensuring(Deferred.succeed(broken, undefined)),
    Effect.forkScoped({ startImmediately: true })
  )

  /** What the reader's page shows may be newer than what was told last, so it gets the state of another look. */
  const joined = Effect.suspend(() => {
    listen(GAP)
    return Deferred.await(looked)
  })
  /** Everything as it is, then what changes. Ends when this page cannot be followed any more. */
  const read = Stream.fromEffect(joined).pipe(
    Stream.flatMap(() =>
      Stream.unfold(START, (place) => Effect.map(next(place), (taken) => [taken.bytes, taken.place] as const))
    ),
    Stream.interruptWhen(Deferred.await(broken))
  )
  return { read }
})
