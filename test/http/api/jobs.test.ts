import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { aJob } from "../builders.ts"
import { makeApi } from "../calls.ts"

it.effect("gives a job with its steps under either id", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())

    const byUuid = yield* api.call("GET", `/api/jobs/${job.id.toUpperCase()}`)
    const byName = yield* api.call("GET", `/api/jobs/${job.jobId}`)

    expect(byUuid.status).toBe(200)
    expect(byName.json).toEqual(byUuid.json)
    expect(byName.json).toMatchObject({
      data: {
        id: job.id,
        jobId: job.jobId,
        createdAt: "2026-03-01T10:00:00.000Z",
        steps: [{ name: "say", attempt: 1 }]
      }
    })
  })
)

it.effect("answers JOB_NOT_FOUND for an unknown id and for what is no id", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const unknown = aJob()

    for (const id of [unknown.id, unknown.jobId, "JOB_1", "17", "' OR 1=1"]) {
      for (const path of ["", "/status", "/attempts", "/logs"]) {
        const answer = yield* api.call("GET", `/api/jobs/${encodeURIComponent(id)}${path}`)

        expect(answer.json).toMatchObject({ status: 404, code: "JOB_NOT_FOUND", type: "/api/docs#JOB_NOT_FOUND" })
      }
      const removal = yield* api.call("DELETE", `/api/jobs/${encodeURIComponent(id)}`)
      expect(removal.json).toMatchObject({ status: 404, code: "JOB_NOT_FOUND" })
      for (const action of ["cancel", "retry"]) {
        const answer = yield* api.call("POST", `/api/jobs/${encodeURIComponent(id)}/${action}`)

        expect(answer.json).toMatchObject({ status: 404, code: "JOB_NOT_FOUND" })
      }
    }
  })
)

it.effect("gives attempts and log lines", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())

    const attempts = yield* api.call("GET", `/api/jobs/${job.jobId}/attempts`)
    const logs = yield* api.call("GET", `/api/jobs/${job.jobId}/logs`)
    yield* api.call("GET", `/api/jobs/${job.jobId}/logs?after=7&limit=1000`)

    expect(attempts.json).toMatchObject({ data: [{ attempt: 1, worker: "w1", startedAt: "2026-03-01T10:00:00.000Z" }] })
    expect(logs.json).toMatchObject({ data: [{ id: 7, level: "info", message: "hello" }] })
    expect(api.logPages).toEqual([{ limit: 200 }, { limit: 1_000, after: 7 }])
  })
)

it.effect("refuses wrong log pages by the name of the parameter", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())

    const answer = yield* api.call("GET", `/api/jobs/${job.jobId}/logs?after=-1&limit=1001`)

    expect(answer.json).toMatchObject({ status: 422, errors: [{ path: "after" }, { path: "limit" }] })
  })
)

it.effect("cancels a pending job at once and asks a running one to stop", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const pending = api.put(aJob())
    const running = api.put(aJob({ status: "in_progress" }))

    const now = yield* api.call("POST", `/api/jobs/${pending.jobId}/cancel`)
    const soon = yield* api.call("POST", `/api/jobs/${running.jobId}/cancel`)

    expect(now.status).toBe(200)
    expect(now.json).toMatchObject({ data: { status: "cancelled" } })
    expect(soon.status).toBe(202)
    expect(soon.json).toMatchObject({ data: { status: "in_progress", cancelRequestedAt: "2026-03-01T10:00:00.000Z" } })
  })
)

it.effect("answers JOB_CONFLICT when a job has ended and is cancelled, or has not and is retried", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const done = api.put(aJob({ status: "completed" }))
    const pending = api.put(aJob())

    const cancel = yield* api.call("POST", `/api/jobs/${done.jobId}/cancel`)
    const retryDone = yield* api.call("POST", `/api/jobs/${done.jobId}/retry`)
    const retryPending = yield* api.call("POST", `/api/jobs/${pending.jobId}/retry`)

    expect(cancel.json).toMatchObject({ status: 409, code: "JOB_CONFLICT", jobStatus: "completed" })
    expect(retryDone.json).toMatchObject({ status: 409, code: "JOB_CONFLICT", jobStatus: "completed" })
    expect(retryPending.json).toMatchObject({ status: 409, code: "JOB_CONFLICT", jobStatus: "pending" })
  })
)

it.effect("removes a job that has ended", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const ended = api.put(aJob({ status: "completed" }))
    const other = api.put(aJob({ status: "completed" }))

    const answer = yield* api.call("DELETE", `/api/jobs/${ended.jobId}`)
    const again = yield* api.call("DELETE", `/api/jobs/${ended.jobId}`)

    expect([answer.status, answer.json]).toEqual([204, undefined])
    expect(again.status).toBe(404)
    expect((yield* api.call("GET", `/api/jobs/${other.jobId}`)).status).toBe(200)
  })
)

it.effect("cancels a job instead of removing it while it has not ended", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const pending = api.put(aJob())
    const running = api.put(aJob({ status: "in_progress" }))

    const now = yield* api.call("DELETE", `/api/jobs/${pending.id}`)
    const soon = yield* api.call("DELETE", `/api/jobs/${running.id}`)

    expect([now.status, now.json]).toMatchObject([202, { data: { status: "cancelled" } }])
    expect([soon.status, soon.json]).toMatchObject([202, { data: { status: "in_progress" } }])
    expect(soon.json).toHaveProperty("data.cancelRequestedAt")
  })
)

it.effect("removes a job that ends while it is asked to stop", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob({ status: "in_progress" }))
    // It is read once to be removed; then it ends, and there is nothing to cancel.
    api.reads.after = (count) => (count === 1 ? Effect.sync(() => api.put({ ...job, status: "failed" })) : Effect.void)

    const answer = yield* api.call("DELETE", `/api/jobs/${job.id}`)

    expect(answer.status).toBe(204)
  })
)

it.effect("describes each job type so that a form and a client can be made of it", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("GET", "/api/jobs/types")

    expect(answer.json).toMatchObject({
      data: [
        {
          name: "greet",
          jobType: "greet",
          title: "Greet",
          description: "Says hello.",
          lane: "default",
          steps: [{ name: "say", title: "Say it" }],
          timeoutMs: 120_000,
          retry: { maxRetries: 3, delaysMs: [5_000, 10_000, 20_000] },
          inputSchema: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
          resultSchema: { type: "object", required: ["text"] },
          example: { name: "Ada" },
          available: true
        }
      ]
    })
  })
)
