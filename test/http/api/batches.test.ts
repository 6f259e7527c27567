import { expect } from "bun:test"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { it } from "../../support/effect.ts"
import { makeApi } from "../calls.ts"
import { BATCH_ID } from "../fakes.ts"

const good = { jobType: "greet", input: { name: "Ada" } }

const MEBIBYTE = 1024 * 1024

it.effect("takes jobs that depend on each other, and says where to look at the batch", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const jobs = [
      { ...good, clientRef: "a" },
      { type: "greet", input: { name: "Grace" }, dependsOn: ["a"] }
    ]

    const answer = yield* api.call("POST", "/api/jobs/batch", { body: { jobs } })

    expect(answer.status).toBe(202)
    expect(answer.headers.get("Location")).toBe(`/api/batches/${BATCH_ID}`)
    expect(answer.json).toEqual({
      data: {
        batchId: BATCH_ID,
        jobs: [
          { id: expect.any(String), jobId: expect.stringMatching(/^JOB_/u), clientRef: "a" },
          { id: expect.any(String), jobId: expect.stringMatching(/^JOB_/u) }
        ]
      }
    })
    expect(api.batches[0]?.[1]).toEqual({ jobType: "greet", input: { name: "Grace" }, dependsOn: ["a"] })
  })
)

it.effect("creates nothing when one job is wrong, and names the place", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    // The test clock stands at 1970.
    yield* TestClock.setTime(Date.UTC(2026, 10, 21))
    const send = (job: unknown) => api.call("POST", "/api/jobs/batch", { body: { jobs: [good, good, job] } })

    const shape = yield* send({ ...good, priority: "high" })
    const text = yield* send({ ...good, input: { tags: ["\u0000"] } })
    const nameless = yield* send({ input: {} })
    const over = yield* send({ ...good, expiresAt: "2026-01-01T00:00:00Z" })
    const refused = yield* send({ ...good, jobType: "dance" })

    const answers = [shape, text, nameless, over, refused]
    expect(answers.map(({ json }) => json)).toMatchObject(
      ["priority", "input.tags[0]", "jobType", "expiresAt", "jobType"].map((path) => ({
        status: 422,
        code: "VALIDATION_FAILED",
        errors: [{ path: `jobs[2].${path}` }]
      }))
    )
    expect(api.batches).toHaveLength(1)
  })
)

it.effect("takes 1 to 1,000 jobs", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const send = (count: number) => api.call("POST", "/api/jobs/batch", { body: { jobs: Array(count).fill(good) } })

    const answers = yield* Effect.forEach([0, 1_000, 1_001], send)

    expect(answers.map(({ status }) => status)).toEqual([422, 202, 422])
    expect(answers[2]?.json).toMatchObject({ errors: [{ path: "jobs" }] })
  })
)

it.effect("takes a body of up to 8 MiB", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const send = (size: number) => {
      const name = "x".repeat(size / 100)
      return api.call("POST", "/api/jobs/batch", { body: { jobs: Array(100).fill({ ...good, input: { name } }) } })
    }

    const large = yield* send(7 * MEBIBYTE)
    const tooLarge = yield* send(8 * MEBIBYTE)

    expect(large.status).toBe(202)
    expect(tooLarge.json).toMatchObject({ status: 413, code: "BODY_TOO_LARGE", detail: "At most 8 MiB are taken." })
  })
)

it.effect("marks a batch that an earlier request with the Idempotency-Key has made", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const ask = (key: string) =>
      api.call("POST", "/api/jobs/batch", {
        body: { jobs: [{ jobType: "greet", input: { name: "Ada" } }] },
        headers: { "Idempotency-Key": key }
      })

    const [first, again] = [yield* ask("first"), yield* ask("again")]

    expect(first.headers.has("Idempotency-Replayed")).toBe(false)
    expect(again.headers.get("Idempotency-Replayed")).toBe("true")
    expect(again.json).not.toMatchObject({ data: { replayed: expect.anything() } })
  })
)

it.effect("says when the Idempotency-Key came with another batch", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("POST", "/api/jobs/batch", {
      body: { jobs: [good] },
      headers: { "Idempotency-Key": "taken" }
    })

    expect(answer.json).toMatchObject({ status: 422, code: "IDEMPOTENCY_MISMATCH" })
  })
)

it.effect("says how far a batch is", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("GET", `/api/batches/${BATCH_ID}`)

    expect(answer.json).toEqual({
      data: {
        batchId: BATCH_ID,
        total: 4,
        percent: 50,
        counts: { pending: 1, in_progress: 1, completed: 1, failed: 1, cancelled: 0 }
      }
    })
  })
)

it.effect("answers BATCH_NOT_FOUND for an unknown id and for what is no id", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    for (const id of ["018f0000-0000-7000-8000-000000000000", "latest"]) {
      const answer = yield* api.call("GET", `/api/batches/${id}`)

      expect(answer.json).toMatchObject({ status: 404, code: "BATCH_NOT_FOUND" })
    }
  })
)
