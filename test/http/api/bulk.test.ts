import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { makeApi } from "../calls.ts"

it.effect("starts a job that does it, and says where to look at that job", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const filter = { status: ["failed" as const], fingerprint: "greet/say", createdAfter: "2026-01-01T00:00:00Z" }

    const answer = yield* api.call("POST", "/api/jobs/bulk", {
      body: { action: "retry", filter },
      headers: { "Idempotency-Key": "monday" }
    })

    expect(answer.status).toBe(202)
    expect(answer.json).toMatchObject({ data: { jobType: "bulk", status: "pending" } })
    expect(answer.headers.get("Location")).toMatch(/^\/api\/jobs\/JOB_/u)
    expect(api.bulks).toEqual([
      {
        request: { action: "retry", filter: { ...filter, createdAfter: new Date("2026-01-01T00:00:00Z") } },
        options: { idempotencyKey: "monday", whileInFlight: "refuse" }
      }
    ])
  })
)

it.effect("marks the answer that an earlier request with the same key made", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const start = api.call("POST", "/api/jobs/bulk", {
      body: { action: "retry", filter: { status: ["failed"] } },
      headers: { "Idempotency-Key": "monday" }
    })

    const [first, again] = [yield* start, yield* start]

    expect(first.headers.get("Idempotency-Replayed")).toBeNull()
    expect([again.status, again.headers.get("Idempotency-Replayed")]).toEqual([202, "true"])
  })
)

it.effect("widens stored statuses to what they cover, as lists do", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    yield* api.call("POST", "/api/jobs/bulk", { body: { action: "cancel", filter: { status: ["pending"] } } })

    expect(api.bulks[0]?.request.filter).toEqual({ status: ["pending", "scheduled", "retry_wait"] })
  })
)

it.effect("refuses a filter that says nothing, because it would mean every job", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const wrong: ReadonlyArray<readonly [unknown, string]> = [
      [{}, "filter"],
      [{ status: [] }, "filter.status"],
      [{ jobType: "" }, "filter.jobType"],
      [{ batchId: "latest" }, "filter.batchId"],
      [{ restaurant: "x" }, "filter.restaurant"]
    ]

    for (const [filter, path] of wrong) {
      const answer = yield* api.call("POST", "/api/jobs/bulk", { body: { action: "cancel", filter } })

      expect([filter, answer.json]).toMatchObject([filter, { status: 422, errors: [{ path }] }])
    }
    expect(api.bulks).toEqual([])
  })
)

it.effect("groups failures by their kind", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("GET", "/api/failures")

    expect(answer.json).toMatchObject({
      data: [{ fingerprint: "greet/say/TIMEOUT/1a2b", jobs: 31, firstFailedAt: "2026-03-01T10:00:00.000Z" }]
    })
  })
)

it.effect("cleans up and says what it did", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("POST", "/api/jobs/cleanup")

    expect([answer.status, answer.json]).toEqual([
      200,
      { data: { rescued: 1, expired: 2, timedOut: 0, removed: 30, scheduled: 0 } }
    ])
  })
)
