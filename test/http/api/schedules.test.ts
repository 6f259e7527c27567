import { expect } from "bun:test"
import { Effect, Schema } from "effect"
import { CreateSchedule } from "../../../src/domain/JobSchedule.ts"
import type { OpenApiDocument } from "../../../src/http/api/OpenApiDocument.ts"
import { it } from "../../support/effect.ts"
import { makeApi } from "../calls.ts"

const nightly = { name: "Nightly", cron: "30 2 * * *", jobType: "greet", input: { name: "Ada" } }

/** The API with one schedule in it. */
const withNightly = Effect.gen(function* () {
  const api = yield* makeApi
  const answer = yield* api.call("POST", "/api/schedules", { body: nightly })
  const { data } = answer.json as { readonly data: { readonly id: string } }
  return { ...api, path: `/api/schedules/${data.id}`, id: data.id }
})

it.effect("creates a schedule and says where it is", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const settings = { timeZone: "Europe/Berlin", missedRuns: "skip", overlap: "skip", options: { labels: ["night"] } }

    const answer = yield* api.call("POST", "/api/schedules", { body: { ...nightly, ...settings } })

    expect(answer.status).toBe(201)
    expect(answer.json).toMatchObject({ data: { ...nightly, ...settings, nextRunAt: "2026-03-01T10:00:00.000Z" } })
    const [schedule] = api.schedules.all.values()
    expect(answer.headers.get("Location")).toBe(`/api/schedules/${schedule!.id}`)
  })
)

it.effect("makes one schedule for an Idempotency-Key, and marks the answer that an earlier request made", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const create = api.call("POST", "/api/schedules", { body: nightly, headers: { "Idempotency-Key": "monday" } })

    const [first, again] = [yield* create, yield* create]

    expect(first.headers.get("Idempotency-Replayed")).toBeNull()
    expect([again.status, again.headers.get("Idempotency-Replayed")]).toEqual([201, "true"])
    expect(again.json).toEqual(first.json)
    expect(api.schedules.all.size).toBe(1)
  })
)

it.effect("names every wrong place of a body, and what to send instead", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const wrong = {
      name: "",
      cron: "61 * * * *",
      timeZone: "+02:00",
      missedRuns: "twice",
      overlap: "maybe",
      options: { priority: 1_000, labels: [""], runAt: "2026-03-01T10:00:00.000Z" },
      paused: "yes",
      nextRunAt: "2026-03-01T10:00:00.000Z"
    }

    const answer = yield* api.call("POST", "/api/schedules", { body: wrong })

    expect(answer.json).toMatchObject({ status: 422, code: "VALIDATION_FAILED" })
    const { errors } = answer.json as { readonly errors: ReadonlyArray<{ path: string; message: string }> }
    expect([...new Set(errors.map(({ path }) => path))].toSorted()).toEqual([
      "cron",
      "input",
      "jobType",
      "missedRuns",
      "name",
      "nextRunAt",
      "options.labels[0]",
      "options.priority",
      "options.runAt",
      "overlap",
      "paused",
      "timeZone"
    ])
    expect(errors).toContainEqual({
      path: "cron",
      message: "The minute is wrong. Expected a value between 0 and 59"
    })
    expect(api.schedules.all.size).toBe(0)
  })
)

it.effect("refuses an unknown job type, an input that does not fit it, and a name that is taken", () =>
  Effect.gen(function* () {
    const api = yield* withNightly
    const refusal = (changes: object) =>
      Effect.map(
        api.call("POST", "/api/schedules", { body: { ...nightly, ...changes } }),
        ({ json }) => json as { code: string; errors: ReadonlyArray<{ path: string }> }
      )

    expect(yield* refusal({ jobType: "nope" })).toMatchObject({
      code: "UNKNOWN_JOB_TYPE",
      errors: [{ path: "jobType" }]
    })
    expect(yield* refusal({ input: { name: "" } })).toMatchObject({
      code: "VALIDATION_FAILED",
      errors: [{ path: "input.name" }]
    })
    expect(yield* refusal({})).toMatchObject({ status: 409, code: "SCHEDULE_NAME_TAKEN", errors: [{ path: "name" }] })
    expect(yield* refusal({ input: { name: "\u0000" } })).toMatchObject({ code: "VALIDATION_FAILED" })
  })
)

it.effect("lists up to 50 schedules, or as many as asked for", () =>
  Effect.gen(function* () {
    const api = yield* withNightly

    const answer = yield* api.call("GET", "/api/schedules")
    expect(answer.json).toMatchObject({ data: [{ name: "Nightly" }], nextCursor: "next" })
    yield* api.call("GET", "/api/schedules?limit=200&cursor=abc")
    expect(api.schedules.pages).toEqual([{ limit: 50 }, { limit: 200, cursor: "abc" }])

    const bad = yield* api.call("GET", "/api/schedules?cursor=bad")
    expect(bad.json).toMatchObject({ status: 422, code: "INVALID_CURSOR" })
    for (const limit of ["0", "201", "x"]) {
      const refused = yield* api.call("GET", `/api/schedules?limit=${limit}`)
      expect(refused.json).toMatchObject({ code: "VALIDATION_FAILED", errors: [{ path: "limit" }] })
    }
  })
)

it.effect("gets, changes and removes a schedule", () =>
  Effect.gen(function* () {
    const api = yield* withNightly

    const got = yield* api.call("GET", api.path)
    expect(got.json).toMatchObject({ data: nightly })

    const paused = yield* api.call("PATCH", api.path, { body: { paused: true, cron: "0 3 * * *" } })
    expect(paused.json).toMatchObject({ data: { cron: "0 3 * * *", pausedAt: "2026-03-01T10:00:00.000Z" } })
    expect(paused.json).not.toHaveProperty("data.nextRunAt")

    const removed = yield* api.call("DELETE", api.path)
    expect([removed.status, removed.json]).toEqual([204, undefined])
    expect((yield* api.call("GET", api.path)).json).toMatchObject({ status: 404, code: "SCHEDULE_NOT_FOUND" })
  })
)

it.effect("names the wrong place of a change", () =>
  Effect.gen(function* () {
    const api = yield* withNightly

    const answer = yield* api.call("PATCH", api.path, { body: { cron: "0 0 30 2 *", revision: 2 } })

    expect(answer.json).toMatchObject({ status: 422, code: "VALIDATION_FAILED" })
    const { errors } = answer.json as { readonly errors: ReadonlyArray<{ path: string }> }
    expect(errors.map(({ path }) => path).toSorted()).toEqual(["cron", "revision"])
  })
)

it.effect("runs a schedule now and says where to look at the job, or why it cannot", () =>
  Effect.gen(function* () {
    const api = yield* withNightly

    const answer = yield* api.call("POST", `${api.path}/run`)
    expect(answer.status).toBe(202)
    expect(answer.json).toMatchObject({ data: { jobType: "greet", createdBy: `schedule:${api.id}` } })
    expect(answer.headers.get("Location")).toMatch(/^\/api\/jobs\/JOB_/u)

    yield* api.call("PATCH", api.path, { body: { paused: true } })
    const refused = yield* api.call("POST", `${api.path}/run`)
    expect(refused.json).toMatchObject({ status: 409, code: "SCHEDULE_CANNOT_RUN", detail: "It cannot." })
  })
)

it.effect("answers SCHEDULE_NOT_FOUND for ids of nothing and for what can be no id", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const calls = [
      ["GET", ""],
      ["PATCH", ""],
      ["DELETE", ""],
      ["POST", "/run"]
    ] as const

    for (const id of [crypto.randomUUID(), "nightly", "JOB_20261121_101500_1a2b3c4d"]) {
      for (const [method, rest] of calls) {
        const options = method === "PATCH" ? { body: {} } : {}
        const answer = yield* api.call(method, `/api/schedules/${id}${rest}`, options)

        expect(answer.json).toMatchObject({ status: 404, code: "SCHEDULE_NOT_FOUND" })
      }
    }
  })
)

it.effect("shows an example in the reference that the API would take", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const document = (yield* api.call("GET", "/api/openapi.json")).json as OpenApiDocument

    const example = document.paths["/api/schedules"]?.post?.requestBody?.content["application/json"]?.example

    expect(Schema.decodeUnknownOption(CreateSchedule, { onExcessProperty: "error" })(example)._tag).toBe("Some")
  })
)
