import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { makeApi } from "../calls.ts"
import { BATCH_ID } from "../fakes.ts"

it.effect("lists 50 jobs without filters", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("GET", "/api/jobs")

    expect(answer.json).toEqual({ data: [], nextCursor: "next" })
    expect(api.lists).toEqual([{ filter: {}, page: { limit: 50 } }])
  })
)

it.effect("hands every filter on", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const query = new URLSearchParams({
      jobType: "greet",
      lane: "browser",
      restaurantId: "r-1",
      createdBy: "ada",
      batchId: BATCH_ID,
      label: "x",
      fingerprint: "greet/say",
      q: "50 %",
      createdAfter: "2026-01-01T00:00:00Z",
      createdBefore: "2026-02-01T00:00:00+01:00",
      limit: "200",
      cursor: "c",
      order: "asc"
    })

    yield* api.call("GET", `/api/jobs?${query}`)

    expect(api.lists).toEqual([
      {
        filter: {
          jobType: "greet",
          lane: "browser",
          restaurantId: "r-1",
          createdBy: "ada",
          batchId: BATCH_ID,
          label: "x",
          fingerprint: "greet/say",
          q: "50 %",
          createdAfter: new Date("2026-01-01T00:00:00Z"),
          createdBefore: new Date("2026-01-31T23:00:00Z")
        },
        page: { limit: 200, cursor: "c", order: "asc" }
      }
    ])
  })
)

it.effect("takes statuses comma separated and repeated, and widens stored ones to what they cover", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const statusOf = (query: string) =>
      Effect.map(api.call("GET", `/api/jobs?${query}`), () => api.lists.at(-1)?.filter.status)

    expect(yield* statusOf("status=failed,cancelled&status=completed")).toEqual(["failed", "cancelled", "completed"])
    expect(yield* statusOf("status=pending")).toEqual(["pending", "scheduled", "retry_wait"])
    expect(yield* statusOf("status=in_progress")).toEqual(["in_progress", "needs_input"])
    expect(yield* statusOf("status=scheduled")).toEqual(["scheduled"])
    expect(yield* statusOf("status=")).toEqual([])
  })
)

it.effect("takes an empty filter for none, as forms send it", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    yield* api.call("GET", "/api/jobs?q=&jobType=&label=&batchId=")

    expect(api.lists[0]?.filter).toEqual({})
  })
)

it.effect("refuses each wrong parameter by its name", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const wrong = {
      status: "failed,done",
      lane: "fast",
      batchId: "latest",
      limit: "0",
      order: "up",
      createdAfter: "yesterday",
      q: "%00",
      statsu: "failed"
    }

    for (const [name, value] of Object.entries(wrong)) {
      const answer = yield* api.call("GET", `/api/jobs?${name}=${value}`)

      expect(answer.json).toMatchObject({ status: 422, code: "VALIDATION_FAILED", errors: [{ path: name }] })
    }
    expect(api.lists).toEqual([])
  })
)

it.effect("refuses limits that are no whole number from 1 to 200", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    for (const limit of ["201", "-1", "1.5", "ten", ""]) {
      const answer = yield* api.call("GET", `/api/jobs?limit=${limit}`)

      expect(answer.json).toMatchObject({ status: 422, errors: [{ path: "limit" }] })
    }
  })
)

it.effect("says when a cursor is not one of this list", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("GET", "/api/jobs?cursor=bad")

    expect(answer.json).toMatchObject({ status: 422, code: "INVALID_CURSOR", errors: [{ path: "cursor" }] })
  })
)
