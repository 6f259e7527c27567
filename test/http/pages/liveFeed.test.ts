import { expect } from "bun:test"
import { Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { AuditLog } from "../../../src/domain/AuditLog.ts"
import { localCaller } from "../../../src/domain/Caller.ts"
import { JobsUnavailable } from "../../../src/domain/Jobs.ts"
import { Readiness } from "../../../src/domain/Readiness.ts"
import { Webhooks } from "../../../src/domain/Webhooks.ts"
import { type Feed, makeMemory } from "../../../src/http/pages/Feed.ts"
import { type LiveFeed, makeLiveFeed, makeNewsOfJobs } from "../../../src/http/pages/LiveFeed.ts"
import { makePartsFeed } from "../../../src/http/pages/PartsFeed.ts"
import { it } from "../../support/effect.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { HOURS_2, withWallClock } from "../../support/wallClock.ts"
import { makeFakeWebhooks } from "../fakeWebhooks.ts"

const start = (feed: Feed, fake = new FakeJobs([tagDishes])) =>
  Effect.gen(function* () {
    return yield* makeLiveFeed(feed, yield* makeNewsOfJobs)
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        fake.layer,
        Layer.mock(Readiness, {}),
        Layer.mock(AuditLog, {}),
        Layer.succeed(Webhooks, makeFakeWebhooks().contract)
      )
    )
  )

/** Gives what was heard since the last look. */
const follow = ({ read }: LiveFeed) =>
  Effect.gen(function* () {
    const heard: Array<string> = []
    yield* read.pipe(
      Stream.decodeText,
      Stream.runForEach((text) => Effect.sync(() => heard.push(text))),
      Effect.forkScoped({ startImmediately: true })
    )
    return () => heard.splice(0).join("")
  })

const pass = (seconds: number) => Effect.replicateEffect(TestClock.adjust("250 millis"), 4 * seconds)

/** Two halves, of which the second one can fail once the first is ready. */
const inHalves = () => {
  const { all, isNew } = makeMemory()
  const shown = { first: "first as it was", second: "second as it was" }
  let failures = 0
  const look = Effect.gen(function* () {
    const first = isNew("#first", shown.first) ? shown.first : ""
    if (failures-- > 0) return yield* new JobsUnavailable({ operation: "look", cause: "away" })
    return first + (isNew("#second", shown.second) ? shown.second : "")
  })
  const fail = () => {
    failures = 1
    shown.first = "first as it is"
  }
  return { all, fail, look }
}

for (const part of ["update", "news"] as const) {
  it.effect(`tells all that changed when an attempt of the ${part} failed half way`, () =>
    Effect.gen(function* () {
      const { all, fail, look } = inHalves()
      const quiet = { update: () => Effect.succeed(""), news: Effect.succeed("") }
      const feed = { ...quiet, [part]: part === "update" ? () => look : look, summary: () => "", snapshot: all }
      const heard = yield* follow(yield* start(feed))
      yield* pass(4)
      const before = heard()
      fail()

      yield* pass(12)

      expect(before).toContain("first as it was")
      expect(heard()).toContain("first as it is")
    })
  )
}

it.effect("shows a reader who comes later the parts of the page as they are then", () =>
  Effect.gen(function* () {
    let shown = "old"
    let loads = 0
    const load = Effect.sync(() => {
      loads += 1
      return [{ id: "part", node: shown }]
    })
    const fake = new FakeJobs([tagDishes])
    const feed = yield* start(makePartsFeed(load, localCaller), fake)
    const first = yield* follow(feed)
    yield* pass(3)
    const before = first()
    shown = "new"

    const second = yield* follow(feed)
    yield* pass(1)
    const joined = second()
    loads = 0
    yield* Effect.replicateEffect(
      Effect.andThen(
        Effect.sync(() => fake.tell({ _tag: "Gap" })),
        TestClock.adjust("20 millis")
      ),
      200
    )

    expect(before).toContain("old")
    expect(joined).toContain("new")
    expect(joined).not.toContain("old")
    expect(first()).toContain("new")
    expect(loads).toBeGreaterThanOrEqual(1)
    expect(loads).toBeLessThanOrEqual(3)
  })
)

it.effect("goes on telling when the clock is set back", () =>
  withWallClock((move) =>
    Effect.gen(function* () {
      let shown = "old"
      const load = Effect.sync(() => [{ id: "part", node: shown }])
      const heard = yield* follow(yield* start(makePartsFeed(load, localCaller)))
      yield* pass(3)
      shown = "new"
      move(-HOURS_2)

      yield* pass(8)

      expect(heard()).toContain("new")
    })
  )
)

it.effect("tells the time every 15 seconds, by which pages know that they are still heard", () =>
  Effect.gen(function* () {
    const quiet = { update: () => Effect.succeed(""), news: Effect.succeed(""), summary: () => "", snapshot: () => "" }
    const heard = yield* follow(yield* start(quiet))
    yield* pass(14)
    const before = heard()

    yield* pass(17)

    expect(before).not.toContain("board:now")
    expect(heard().match(/event: board:now\ndata: \d+\n\n/gu)).toEqual([
      "event: board:now\ndata: 15000\n\n",
      "event: board:now\ndata: 30000\n\n"
    ])
  })
)
