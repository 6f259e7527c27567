import { expect, test } from "bun:test"
import { Context, Effect, Exit, Fiber, Layer, Option, Scope, Stream } from "effect"
import { AuditLog } from "../../../src/domain/AuditLog.ts"
import type { Caller } from "../../../src/domain/Caller.ts"
import { Readiness } from "../../../src/domain/Readiness.ts"
import { Webhooks } from "../../../src/domain/Webhooks.ts"
import { makeBroadcast, START } from "../../../src/http/pages/Broadcast.ts"
import { makeJobFeed } from "../../../src/http/pages/JobFeed.tsx"
import { makeLiveFeeds } from "../../../src/http/pages/LiveFeeds.ts"
import { PageFeeds } from "../../../src/http/pages/PageFeeds.ts"
import { it } from "../../support/effect.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { makeFakeWebhooks } from "../fakeWebhooks.ts"

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

it.effect("sends everybody the same bytes, and who comes first of all what holds", () =>
  Effect.gen(function* () {
    const { next, tell } = makeBroadcast(() => "all of it")
    const first = yield* next(START)
    yield* tell("one")
    const [a, b] = [yield* next(first.place), yield* next(first.place)]
    yield* tell("two")
    yield* tell("three")

    expect(text(first.bytes)).toBe("all of it")
    expect(text(a.bytes)).toBe("one")
    expect(a.bytes).toBe(b.bytes)
    expect(text((yield* next(a.place)).bytes)).toBe("twothree")
  })
)

it.effect("gives a reader who could not keep up the whole instead of a queue", () =>
  Effect.gen(function* () {
    let told = ""
    const { next, tell } = makeBroadcast(() => `whole: ${told}`)
    const { place } = yield* next(START)
    for (let number = 0; number < 1_000; number++) {
      told = `news ${number}`
      yield* tell(told)
    }

    const taken = yield* next(place)
    yield* tell("later")

    expect(text(taken.bytes)).toBe("whole: news 999")
    expect(text((yield* next(taken.place)).bytes)).toBe("later")
  })
)

const olga: Caller = { via: "key", subject: "olga", name: "Olga", role: "operator", organisationId: "default" }
const otto: Caller = { ...olga, via: "token", subject: "otto", name: "Otto" }

const servicesOf = (fake: FakeJobs) =>
  Layer.mergeAll(
    fake.layer,
    Layer.mock(Readiness, {}),
    Layer.mock(AuditLog, {}),
    Layer.succeed(Webhooks, makeFakeWebhooks().contract)
  )

it.live("ends what is followed with the layer that it was made in", () =>
  Effect.gen(function* () {
    const fake = new FakeJobs([tagDishes])
    const job = fake.seed()
    const scope = yield* Scope.make()
    const services = yield* Layer.build(Layer.provide(PageFeeds.layer, servicesOf(fake))).pipe(Scope.provide(scope))
    const live = yield* Context.get(services, PageFeeds)(olga, `ids=${job.id}`, undefined)
    const reading = yield* Effect.forkScoped(Stream.runDrain(Option.getOrThrow(live).read))
    yield* Effect.replicateEffect(Effect.yieldNow, 20)
    const before = fake.listeners

    yield* Scope.close(scope, Exit.void)

    expect([before, fake.listeners]).toEqual([1, 0])
    yield* Fiber.await(reading)
  })
)

test("follows a page once for all who see the same, and apart for whose job it is", async () => {
  const fake = new FakeJobs([tagDishes])
  const job = fake.seed({ createdBy: "mia" })
  const mia: Caller = { ...olga, subject: "mia", name: "Mia" }

  const found = await Effect.gen(function* () {
    const feeds = yield* makeLiveFeeds({ feedOf: (_, reader) => makeJobFeed(job.id, reader) })
    const of = (caller: Caller) => Effect.map(feeds(caller, `job=${job.id}`, job.id), Option.getOrThrow)
    const [first, same, viewer, elsewhere, own] = yield* Effect.all([
      of(olga),
      of(otto),
      of({ ...otto, role: "viewer" }),
      of({ ...otto, organisationId: "another" }),
      of(mia)
    ])
    yield* Effect.replicateEffect(Effect.yieldNow, 20)
    return { same: first === same, apart: new Set([first, viewer, elsewhere, own]).size, listeners: fake.listeners }
  }).pipe(Effect.scoped, Effect.provide(servicesOf(fake)), Effect.runPromise)

  expect(found).toEqual({ same: true, apart: 4, listeners: 3 })
  expect(fake.listeners).toBe(0)
})
