import { expect } from "bun:test"
import { Effect, Exit, Fiber } from "effect"
import { makeGenerateTrip } from "../../../src/scripts/ai/GenerateTrip.ts"
import type { TripResult } from "../../../src/scripts/ai/Trip.ts"
import { makeTestJob, type TestJobEnd } from "../../../src/testing/TestJob.ts"
import { it } from "../../support/effect.ts"
import type { AiRequest, Answering } from "../../support/FakeAi.ts"
import { dayOf, tripAnswers } from "../../support/tripAnswers.ts"
import { startAi } from "./aiServices.ts"

const start = (answering: Answering, input: object) =>
  Effect.gen(function* () {
    const { ai, services } = yield* startAi(answering)
    return { ai, job: makeTestJob(makeGenerateTrip(services), { input: { destination: "Lisbon", ...input } }) }
  })

const tripOf = (end: TestJobEnd): TripResult => {
  if (end.status === "failed") throw end.error
  return end.result as TripResult
}

const isCheaper = ({ messages }: AiRequest) => (messages[1]?.content ?? "").includes("anew")

it.live("plans each day, in order, with dates, costs and totals", () =>
  Effect.gen(function* () {
    const { ai, job } = yield* start(tripAnswers(3), { startDate: "2026-05-30", endDate: "2026-06-01" })

    const trip = tripOf(yield* job.run)

    expect(trip.tripId).toMatch(/^trip_[0-9a-f-]{36}$/u)
    expect(trip.days.map(({ cost, date, day, theme }) => [day, date, theme, cost])).toEqual([
      [1, "2026-05-30", "Theme 1", 100],
      [2, "2026-05-31", "Theme 2", 100],
      [3, "2026-06-01", "Theme 3", 100]
    ])
    expect(trip.days[1]?.activities.map(({ time, title }) => [time, title])).toEqual([
      ["09:30", "Walk 2"],
      ["14:00", "Museum 2"]
    ])
    expect(trip.totals).toEqual({ currency: "EUR", cost: 300, byCategory: [{ category: "sight", cost: 300 }] })
    expect(ai.requests).toHaveLength(4)
  })
)

it.live("asks only for the days that are missing when an attempt was cut off after day 3 of 5", () =>
  Effect.gen(function* () {
    const { ai, job } = yield* start(tripAnswers(5), { days: 5 })
    const isKept = (day: number) => job.steps.checkpoints.has(`plan-day-${day}`)
    ai.answer(async (request, number) => {
      if (request.object === "trip_outline" || dayOf(request) <= 3) return tripAnswers(5)(request, number)
      while (![1, 2, 3].every(isKept)) await Bun.sleep(1)
      return { status: 503 }
    })
    expect(Exit.isFailure(yield* Effect.exit(job.attempt))).toBe(true)
    const before = ai.requests.length
    ai.answer(tripAnswers(5))

    const trip = yield* job.attempt

    expect((trip as TripResult).days).toHaveLength(5)
    expect(ai.requests.slice(before).map(dayOf).toSorted()).toEqual([4, 5])
    expect(job.steps.progress.at(-1)).toBe("5 of 5 days planned")
  })
)

it.live("keeps the days that were being planned when another one failed", () =>
  Effect.gen(function* () {
    const { ai, job } = yield* start(tripAnswers(5), { days: 5 })
    const failed = Promise.withResolvers<void>()
    ai.answer(async (request, number) => {
      if (request.object === "trip_outline") return tripAnswers(5)(request, number)
      if (dayOf(request) === 1) return { status: 503 }
      await failed.promise
      return tripAnswers(5)(request, number)
    })
    const first = yield* Effect.forkChild(Effect.exit(job.attempt))
    yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => ai.requests.length === 4 })
    yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => ai.server.pendingRequests === 2 })
    failed.resolve()

    expect(Exit.isFailure(yield* Fiber.join(first))).toBe(true)

    expect([...job.steps.checkpoints.keys()]).toEqual(expect.arrayContaining(["plan-day-2", "plan-day-3"]))
    expect(job.steps.checkpoints.has("plan-day-1")).toBe(false)
  })
)

it.live("plans the dearest days anew until the trip fits its budget, and asks nothing more then", () =>
  Effect.gen(function* () {
    const costOf = (request: AiRequest) => (isCheaper(request) ? 50 : dayOf(request) * 100)
    const { ai, job } = yield* start(tripAnswers(3, costOf), { days: 3, budget: 400 })

    const trip = tripOf(yield* job.run)

    expect(trip.days.map(({ cost }) => cost)).toEqual([100, 200, 50])
    expect(trip.totals).toMatchObject({ cost: 350, budget: 400 })
    expect(trip.warnings).toHaveLength(1)
    expect(ai.requests.filter(isCheaper).map(dayOf)).toEqual([3])
  })
)

it.live("asks for no day anew that was planned for less before the attempt was cut off", () =>
  Effect.gen(function* () {
    const answers = tripAnswers(3, (request) => (isCheaper(request) ? 90 : 100))
    const { ai, job } = yield* start(answers, { days: 3, budget: 10 })
    ai.answer((request, number) =>
      isCheaper(request) && dayOf(request) === 3 ? { status: 503 } : answers(request, number)
    )
    expect(Exit.isFailure(yield* Effect.exit(job.attempt))).toBe(true)
    const before = ai.requests.length
    ai.answer(answers)

    const trip = yield* job.attempt

    expect((trip as TripResult).totals.cost).toBe(270)
    // Day 3, and the second round.
    expect(ai.requests.slice(before).map(dayOf)).toEqual([3, 1, 2, 3])
  })
)

it.live("says so when a trip cannot be planned within its budget", () =>
  Effect.gen(function* () {
    const { ai, job } = yield* start(tripAnswers(2), { days: 2, budget: 10 })

    const trip = tripOf(yield* job.run)

    expect(trip.warnings[0]).toBe("The plan costs 200 EUR, which is more than the budget of 10 EUR.")
    expect(ai.requests.filter(isCheaper)).toHaveLength(4)
  })
)

it.live("shows a wrong outline to the model with what is wrong, and takes the corrected one", () =>
  Effect.gen(function* () {
    const wrong: Answering = (request, number) =>
      number === 1 ? { object: { title: "Only this" } } : tripAnswers(number === 2 ? 3 : 2)(request, number)
    const { ai, job } = yield* start(wrong, { days: 2 })

    const end = yield* job.run

    expect(end.status).toBe("completed")
    const third = ai.requests[2]!.messages
    expect(third.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user", "assistant", "user"])
    expect(third.at(-1)?.content).toContain("The days have to be 1 to 2")
  })
)

for (const [what, bad] of [
  ["a NUL", "Old\0town"],
  ["half of a character", "Old \ud83d town"]
] as const) {
  it.live(`shows the model an answer with ${what} in it, which no database keeps, and takes the corrected one`, () =>
    Effect.gen(function* () {
      const answers = tripAnswers(1)
      const wrong: Answering = (request, number) =>
        number === 1
          ? { object: { title: bad, summary: "", days: [{ day: 1, theme: "", area: "" }] } }
          : answers(request, number)
      const { ai, job } = yield* start(wrong, { days: 1 })

      expect(yield* job.run).toMatchObject({ status: "completed", attempts: 1 })

      expect(ai.requests[1]!.messages.at(-1)?.content).toContain("title: Expected a text without NUL")
    })
  )
}

it.live("takes an object out of the fence that models put around code", () =>
  Effect.gen(function* () {
    const answers = tripAnswers(1)
    const { job } = yield* start(
      (request, number) => {
        const { object } = answers(request, number) as { readonly object: unknown }
        return { text: `\`\`\`json\n${JSON.stringify(object, undefined, 2)}\n\`\`\`\n` }
      },
      { days: 1 }
    )

    expect((yield* job.run).status).toBe("completed")
  })
)

it.live("gives up for good after three answers in a wrong form", () =>
  Effect.gen(function* () {
    const { ai, job } = yield* start(() => ({ text: "Sure! Here is your trip." }), { days: 2 })

    const end = yield* job.run

    expect(end).toMatchObject({ status: "failed", attempts: 1, error: { code: "VALIDATION_ERROR", retryable: false } })
    expect(ai.requests).toHaveLength(3)
  })
)

for (const [what, input, path] of [
  ["no number of days", {}, "days"],
  ["too many days", { startDate: "2026-01-01", endDate: "2026-03-01" }, "days"],
  ["a last day before the first", { startDate: "2026-05-02", endDate: "2026-05-01" }, "days"],
  ["a last day alone", { endDate: "2026-05-01" }, "startDate"],
  ["a day that does not exist", { startDate: "2026-02-30", days: 2 }, "startDate"]
] as const) {
  it.live(`refuses an input with ${what}`, () =>
    Effect.gen(function* () {
      const { services } = yield* startAi(() => "stall")

      const { issues } = yield* Effect.flip(makeGenerateTrip(services).parseInput({ destination: "Lisbon", ...input }))

      expect(issues.map((issue) => issue.path)).toEqual([path])
    })
  )
}
