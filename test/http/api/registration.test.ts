import { expect } from "bun:test"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { it } from "../../support/effect.ts"
import { makeApi, toRequest } from "../calls.ts"

const PATH = "/api/registration/greet"
const body = { name: "Ada" }

/** A request that waits for its job. */
const waiting = Effect.gen(function* () {
  const api = yield* makeApi
  const fiber = yield* Effect.forkChild(api.call("POST", PATH, { body, headers: { "Idempotency-Key": "once" } }))
  yield* api.listening.await
  // The same key gives the job that the request made.
  const { job } = yield* api.jobs.create({ jobType: "greet", input: body }, { idempotencyKey: "once" })
  return { ...api, fiber, job }
})

it.effect("answers with the result of the job, and says what to use instead", () =>
  Effect.gen(function* () {
    const { change, deprecatedUses, fiber, job } = yield* waiting

    yield* change(job, { status: "in_progress" })
    yield* TestClock.adjust("1 second")
    yield* change(job, { status: "completed", result: { text: "hello" } })
    yield* TestClock.adjust("1 second")
    const answer = yield* Fiber.join(fiber)

    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({ data: { text: "hello" } })
    expect(answer.headers.get("Deprecation")).toMatch(/^@\d{10}$/u)
    expect(Date.parse(answer.headers.get("Sunset") ?? "")).toBeGreaterThan(Date.UTC(2027, 0, 1))
    expect(answer.headers.get("Link")).toContain('</api/jobs>; rel="successor-version"')
    expect(answer.headers.get("Location")).toBe(`/api/jobs/${job.jobId}`)
    expect(deprecatedUses).toEqual([`POST ${PATH}`])
  })
)

it.effect("says why the job failed, with the code of its error", () =>
  Effect.gen(function* () {
    const { change, fiber, job } = yield* waiting

    const error = {
      code: "INVALID_CREDENTIALS",
      message: "The portal refused the password.",
      retryable: false
    } as const
    yield* change(job, { status: "failed", error })
    yield* TestClock.adjust("1 second")
    const answer = yield* Fiber.join(fiber)

    expect(answer.status).toBe(502)
    expect(answer.json).toMatchObject({
      code: "JOB_FAILED",
      jobId: job.jobId,
      jobStatus: "failed",
      jobError: { code: "INVALID_CREDENTIALS" }
    })
  })
)

it.effect("answers with the job after 25 seconds, and the next request waits for the same one", () =>
  Effect.gen(function* () {
    const { call, change, fiber, job } = yield* waiting

    yield* TestClock.adjust("24 seconds")
    const isWaiting = fiber.pollUnsafe() === undefined
    yield* TestClock.adjust("2 seconds")
    const answer = yield* Fiber.join(fiber)
    yield* change(job, { status: "completed", result: 1 })
    const again = yield* call("POST", PATH, { body, headers: { "Idempotency-Key": "once" } })

    expect(isWaiting).toBe(true)
    expect(answer.status).toBe(202)
    expect(answer.json).toMatchObject({ data: { id: job.id, status: "pending" } })
    expect(again.json).toEqual({ data: 1 })
    expect(again.headers.get("Idempotency-Replayed")).toBe("true")
  })
)

it.effect("lets the job go on when the client goes away", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const gone = new AbortController()
    const request = toRequest("POST", PATH, { body, headers: { "Idempotency-Key": "once" }, signal: gone.signal })
    const answer = Effect.promise(() => api.handler(request).catch(() => undefined))
    const fiber = yield* Effect.forkChild(answer)
    yield* api.listening.await

    gone.abort()
    yield* Fiber.join(fiber)
    yield* api.deaf.await
    const { job, replayed } = yield* api.jobs.create({ jobType: "greet", input: body }, { idempotencyKey: "once" })

    expect(replayed).toBe(true)
    expect(job.status).toBe("pending")
  })
)

it.effect("answers at once when the server closes", () =>
  Effect.gen(function* () {
    const { beginClosing, fiber } = yield* waiting

    yield* beginClosing

    expect((yield* Fiber.join(fiber)).status).toBe(202)
  })
)

it.effect("refuses what no job can be made of", () =>
  Effect.gen(function* () {
    const { call } = yield* makeApi

    const unknown = yield* call("POST", "/api/registration/nothing", { body })
    const wrong = yield* call("POST", PATH, { body: { name: "" } })
    const text = yield* call("POST", PATH, { body: "{" })

    expect(unknown).toMatchObject({ status: 404, json: { code: "JOB_TYPE_NOT_FOUND" } })
    expect(wrong).toMatchObject({ status: 422, json: { errors: [{ path: "name" }] } })
    expect(text).toMatchObject({ status: 400, json: { code: "BAD_JSON" } })
  })
)
