import { expect } from "bun:test"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { it } from "../../support/effect.ts"
import { aJob } from "../builders.ts"
import { makeApi } from "../calls.ts"

const good = { jobType: "greet", input: { name: "Ada" } }

it.effect("takes a job and says where to look at it", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("POST", "/api/jobs", { body: { ...good, priority: 5, labels: ["x"] } })

    expect(answer.status).toBe(202)
    expect(answer.json).toMatchObject({ data: { jobType: "greet", status: "pending", input: { name: "Ada" } } })
    expect(answer.headers.get("Location")).toMatch(/^\/api\/jobs\/JOB_\d{8}_\d{6}_[0-9a-f]{8}$/u)
    expect(answer.headers.has("Idempotency-Replayed")).toBe(false)
    expect(api.requests).toEqual([{ request: { ...good, priority: 5, labels: ["x"] }, options: {} }])
  })
)

it.effect("takes type for jobType", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("POST", "/api/jobs", { body: { type: "greet", input: { name: "Ada" } } })

    expect(answer.status).toBe(202)
    expect(api.requests[0]?.request).toEqual(good)
  })
)

it.effect("refuses type and jobType that differ", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("POST", "/api/jobs", { body: { ...good, type: "other" } })

    expect(answer.json).toMatchObject({ status: 422, code: "VALIDATION_FAILED", errors: [{ path: "type" }] })
    expect(api.requests).toEqual([])
  })
)

it.effect("replays the same key and body, and refuses the key with another body", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const headers = { "Idempotency-Key": "order-17" }
    const first = yield* api.call("POST", "/api/jobs", { body: good, headers })

    const again = yield* api.call("POST", "/api/jobs", { body: good, headers: { "Idempotency-Key": '"order-17"' } })
    const other = yield* api.call("POST", "/api/jobs", { body: { ...good, priority: 1 }, headers })

    expect(again.status).toBe(202)
    expect(again.json).toEqual(first.json)
    expect(again.headers.get("Location")).toBe(first.headers.get("Location"))
    expect(again.headers.get("Idempotency-Replayed")).toBe("true")
    expect(other.json).toMatchObject({ status: 422, code: "IDEMPOTENCY_MISMATCH" })
    expect(api.requests[0]?.options).toEqual({ idempotencyKey: "order-17", whileInFlight: "refuse" })
  })
)

it.effect("hands on what the job depends on and its keys", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const needed = api.put(aJob())
    const more = {
      dependsOn: [needed.jobId],
      onDependencyFailure: "run" as const,
      concurrencyKey: null,
      dedupeKey: "nightly"
    }

    const answer = yield* api.call("POST", "/api/jobs", { body: { ...good, ...more } })

    expect(answer.status).toBe(202)
    expect(api.requests[0]?.request).toEqual({ ...good, ...more })
  })
)

it.effect("answers the live job with the same dedupe key, and says so", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const live = api.put(aJob({ dedupeKey: "nightly", status: "in_progress" }))

    const answer = yield* api.call("POST", "/api/jobs", { body: { ...good, dedupeKey: "nightly" } })
    const other = yield* api.call("POST", "/api/jobs", { body: { ...good, dedupeKey: "weekly" } })

    expect([answer.status, answer.json]).toMatchObject([202, { data: { jobId: live.jobId } }])
    expect(answer.headers.get("Deduplicated")).toBe("true")
    expect(answer.headers.get("Location")).toBe(`/api/jobs/${live.jobId}`)
    expect(other.headers.has("Deduplicated")).toBe(false)
  })
)

it.effect("names each dependency that does not exist by its place", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const needed = api.put(aJob())
    const dependsOn = ["JOB_x", needed.id, "JOB_y"]

    const answer = yield* api.call("POST", "/api/jobs", { body: { ...good, dependsOn } })

    expect(answer.json).toMatchObject({
      status: 422,
      code: "UNKNOWN_DEPENDENCY",
      errors: [
        { path: "dependsOn[0]", message: "There is no job JOB_x." },
        { path: "dependsOn[2]", message: "There is no job JOB_y." }
      ]
    })
  })
)

it.effect("refuses an Idempotency-Key that is no key", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("POST", "/api/jobs", { body: good, headers: { "Idempotency-Key": "two words" } })

    expect(answer.json).toMatchObject({ status: 422, errors: [{ path: "idempotency-key" }] })
    expect(api.requests).toEqual([])
  })
)

it.effect("names every wrong field at once, and unknown ones too", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("POST", "/api/jobs", {
      body: { jobType: 3, input: {}, priority: 101, labels: ["ok", 7], runAt: "soon", retries: 3 }
    })

    expect(answer.status).toBe(422)
    expect(answer.headers.get("Content-Type")).toBe("application/problem+json")
    expect(answer.json).toMatchObject({
      code: "VALIDATION_FAILED",
      type: "/api/docs#VALIDATION_FAILED",
      title: "The request has wrong values",
      status: 422
    })
    expect(pathsOf(answer.json)).toEqual(["jobType", "labels[1]", "priority", "retries", "runAt"])
  })
)

it.effect("puts the paths of a wrong input under input and repeats no value", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("POST", "/api/jobs", {
      body: { jobType: "greet", input: { name: "", tags: [{ name: { secret: "hunter2" } }], extra: 1 } }
    })

    expect(answer.json).toMatchObject({ status: 422, code: "VALIDATION_FAILED" })
    expect(pathsOf(answer.json)).toEqual(["input.extra", "input.name", "input.tags[0].name"])
    expect(JSON.stringify(answer.json)).not.toContain("hunter2")
  })
)

it.effect("points at input itself when all of it is wrong", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("POST", "/api/jobs", { body: { jobType: "greet", input: "Ada" } })

    expect(pathsOf(answer.json)).toEqual(["input"])
  })
)

it.effect("names the known types when the type is unknown", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("POST", "/api/jobs", { body: { jobType: "dance", input: {} } })

    expect(answer.json).toMatchObject({
      status: 422,
      code: "UNKNOWN_JOB_TYPE",
      errors: [{ path: "jobType", message: "Use one of: greet." }]
    })
  })
)

it.effect("refuses texts and depths that the database could not hold", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
    const send = (input: unknown) => api.call("POST", "/api/jobs", { body: { jobType: "greet", input } })

    const nul = yield* send({ name: "a\u0000b" })
    const half = yield* send({ tags: [{ name: "\ud800" }] })
    const key = yield* send({ inner: { "\u0000": 1 } })
    const depth = yield* send({ name: deep(120) })

    expect(pathsOf(nul.json)).toEqual(["input.name"])
    expect(pathsOf(half.json)).toEqual(["input.tags[0].name"])
    expect(pathsOf(key.json)).toEqual(["input.inner"])
    expect(depth.json).toMatchObject({ status: 422, code: "VALIDATION_FAILED" })
    expect(api.requests).toEqual([])
  })
)

const pathsOf = (json: unknown) =>
  (json as { readonly errors: ReadonlyArray<{ readonly path: string }> }).errors.map(({ path }) => path).toSorted()

it.effect("refuses times that nothing can count with, that do not exist, or that are over", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const times: ReadonlyArray<readonly [string, string]> = [
      ["runAt", "+275760-09-13T00:00:00.000Z"],
      ["runAt", "1999-12-31T23:59:59Z"],
      ["runAt", "2027-01-01T24:00:00Z"],
      ["runAt", "2026-02-30T00:00:00Z"],
      ["expiresAt", "2001-01-01T00:00:00Z"],
      ["runAt", "5"],
      ["runAt", "2027"],
      ["runAt", "2027-01-01"],
      ["runAt", "12/01/2027"],
      ["runAt", "1 January 2027"],
      ["runAt", "2027-01-01T10:00:00"]
    ]
    // The test clock stands at 1970.
    yield* TestClock.setTime(Date.UTC(2026, 10, 21))

    for (const [path, text] of times) {
      const answer = yield* api.call("POST", "/api/jobs", { body: { ...good, [path]: text } })
      expect([text, answer.status, answer.json]).toMatchObject([text, 422, { errors: [{ path }] }])
    }
    const listed = yield* api.call("GET", "/api/jobs?createdAfter=-271821-04-20T00:00:00Z")
    expect(listed.json).toMatchObject({ status: 422, errors: [{ path: "createdAfter" }] })
    expect((yield* api.call("GET", "/api/jobs?createdAfter=5")).json).toMatchObject({
      errors: [{ path: "createdAfter" }]
    })
    expect(api.requests).toEqual([])
  })
)

it.effect("refuses restaurants that no address of a page can name", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    for (const restaurantId of [".", "..", " "]) {
      const { json } = yield* api.call("POST", "/api/jobs", { body: { ...good, restaurantId } })
      expect([restaurantId, json]).toMatchObject([restaurantId, { status: 422, errors: [{ path: "restaurantId" }] }])
    }
    expect((yield* api.call("POST", "/api/jobs", { body: { ...good, restaurantId: "a.b/c" } })).status).toBe(202)
  })
)

it.effect("takes times of any zone, with and without seconds", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    yield* TestClock.setTime(Date.UTC(2026, 10, 21))

    for (const runAt of ["2027-01-01T10:00Z", "2027-01-01T12:00:00+02:00", "2027-01-01T10:00:00.000Z"]) {
      yield* api.call("POST", "/api/jobs", { body: { ...good, runAt } })
    }

    expect(api.requests.map(({ request }) => Number(request.runAt?.epochMilliseconds))).toEqual(
      Array.from({ length: 3 }, () => Date.UTC(2027, 0, 1, 10))
    )
  })
)
