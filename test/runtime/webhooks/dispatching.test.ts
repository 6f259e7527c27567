import { expect } from "bun:test"
import { Effect, Layer, Queue, Stream } from "effect"
import { TestClock } from "effect/testing"
import { type JobChange, JobChanges } from "../../../src/domain/JobChanges.ts"
import { JobId } from "../../../src/domain/JobId.ts"
import { JobsUnavailable } from "../../../src/domain/Jobs.ts"
import { dispatching, WebhookSender } from "../../../src/runtime/webhooks/WebhookSender.ts"
import { it } from "../../support/effect.ts"

const changed: JobChange = { _tag: "Many", dueInMs: new Map(), cancelRequested: [] }

/** The loop, with news from the test, and how often it looked. */
const started = Effect.gen(function* () {
  const news = yield* Queue.unbounded<JobChange>()
  const looks = { count: 0, fail: false }
  const dispatch = Effect.suspend(() => {
    looks.count += 1
    return looks.fail ? Effect.fail(new JobsUnavailable({ operation: "dispatch", cause: "away" })) : Effect.succeed(0)
  })
  yield* Layer.build(
    dispatching.pipe(
      Layer.provide(Layer.mock(WebhookSender, { dispatch, prune: Effect.void })),
      Layer.provide(Layer.succeed(JobChanges, { changes: Stream.fromQueue(news) }))
    )
  )
  yield* TestClock.adjust("1 second")
  return { news, looks }
})

it.effect("looks once for many changes that come together, and not for lines of a log", () =>
  Effect.gen(function* () {
    const { looks, news } = yield* started
    expect(looks.count).toBe(1)

    yield* Effect.forEach([1, 2, 3], () => Queue.offer(news, changed))
    yield* TestClock.adjust("1 second")
    expect(looks.count).toBe(2)

    yield* Queue.offer(news, { _tag: "Logged", id: JobId.make("018f0000-0000-7000-8000-000000000001") })
    yield* TestClock.adjust("5 seconds")
    expect(looks.count).toBe(2)
  })
)

it.effect("looks now and then without news, and goes on after a look that failed", () =>
  Effect.gen(function* () {
    const { looks } = yield* started
    looks.fail = true

    yield* TestClock.adjust("31 seconds")
    expect(looks.count).toBe(2)
    looks.fail = false
    yield* TestClock.adjust("40 seconds")

    expect(looks.count).toBeGreaterThan(2)
  })
)
