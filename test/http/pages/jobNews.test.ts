import { expect } from "bun:test"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { AuditLog } from "../../../src/domain/AuditLog.ts"
import { localCaller } from "../../../src/domain/Caller.ts"
import { Readiness } from "../../../src/domain/Readiness.ts"
import { makeJobFeed } from "../../../src/http/pages/JobFeed.tsx"
import { it } from "../../support/effect.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"

it.effect("says quarters of the way at most every ten seconds, and an end at once", () =>
  Effect.gen(function* () {
    const fake = new FakeJobs([tagDishes], () => 0)
    const { id } = fake.seed({ status: "in_progress", attempts: 1 })
    const feed = makeJobFeed(id, localCaller)
    const services = Layer.mergeAll(fake.layer, Layer.mock(Readiness, {}), Layer.mock(AuditLog, {}))
    /** What screen readers are told of a change. */
    const toldOf = (change: Parameters<typeof fake.change>[1]) =>
      Effect.gen(function* () {
        fake.change(id, change)
        const html = yield* Effect.provide(feed.update([{ _tag: "Gap" }]), services)
        return /<p[^>]*visually-hidden">([^<]*)/u.exec(html)?.[1]
      }).pipe(Effect.catchTag("JobsUnavailable", Effect.die))
    const at = (percent: number) => ({ progress: { percent, step: 2, totalSteps: 3 } })

    yield* toldOf(at(10))
    yield* TestClock.adjust("11 seconds")
    const inside = yield* toldOf(at(24))
    const quarter = yield* toldOf(at(26))
    const tooSoon = yield* toldOf(at(51))
    const end = yield* toldOf({ status: "completed", progress: { percent: 100, totalSteps: 3 } })

    expect([inside, tooSoon]).toEqual([undefined, undefined])
    expect(quarter).toContain("Step 2 of 3")
    expect(end).toContain("Finished and checked")
  })
)
