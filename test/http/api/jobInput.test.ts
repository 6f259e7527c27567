import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { aJob, CREATED_AT } from "../builders.ts"
import { makeApi } from "../calls.ts"

const promptId = "01912d68-783e-7a3a-8c1e-4f0f2f6b9a10"

const aPrompt = (fields: Readonly<Record<string, unknown>> = {}) => ({
  id: promptId,
  kind: "otp",
  label: "Code from the text message",
  attempt: 1,
  timesAsked: 1,
  askedAt: CREATED_AT,
  deadline: "2026-03-01T10:10:00.000Z",
  ...fields
})

/** The API with one job that asks, and its answers. */
const makeInput = (fields: Readonly<Record<string, unknown>> = {}) =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob({ status: "in_progress", prompt: aPrompt(fields) }))
    const input = (body?: unknown) => api.call("POST", `/api/jobs/${job.jobId}/input`, { body })
    return { api, job, input }
  })

it.effect("shows what a job asks, takes the answer, and asks no longer", () =>
  Effect.gen(function* () {
    const { api, input, job } = yield* makeInput()

    const asked = yield* api.call("GET", `/api/jobs/${job.jobId}/status`)
    const answer = yield* input({ promptId, value: "123 456" })

    expect(asked.json).toMatchObject({ data: { prompt: aPrompt() } })
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ data: { jobId: job.jobId, status: "in_progress" } })
    expect(answer.json).not.toHaveProperty("data.prompt")
    expect(api.answers).toEqual(["123456"])
  })
)

it.effect("tells the second who answers that somebody was faster, and when", () =>
  Effect.gen(function* () {
    const { api, input } = yield* makeInput()
    yield* input({ promptId, value: "123456" })

    const late = yield* input({ promptId, value: "654321" })

    expect(late.status).toBe(409)
    expect(late.json).toMatchObject({
      code: "PROMPT_CLOSED",
      reason: "answered",
      detail: "Somebody answered this already at 10:00:00 UTC."
    })
    expect(api.answers).toEqual(["123456"])
  })
)

it.effect("refuses what does not fit, without quoting it", () =>
  Effect.gen(function* () {
    const { api, input } = yield* makeInput()

    for (const value of ["12 34 x!", "", 123456, null, "1".repeat(3_000), true]) {
      const answer = yield* input({ promptId, value })
      expect(answer.status).toBe(422)
      expect(answer.json).toMatchObject({ code: "VALIDATION_FAILED", errors: [{ path: "value" }] })
      expect(JSON.stringify(answer.json)).not.toMatch(/12 34|123456|1111/u)
    }
    expect(api.answers).toEqual([])
  })
)

it.effect("says that a job never asked something, or is not there", () =>
  Effect.gen(function* () {
    const { api, input } = yield* makeInput()
    const other = "01912d68-783e-7a3a-8c1e-4f0f2f6b9a11"

    expect((yield* input({ promptId: other, value: "1" })).json).toMatchObject({
      status: 404,
      code: "PROMPT_NOT_FOUND"
    })
    expect((yield* input({ promptId: "one", value: "1" })).json).toMatchObject({ errors: [{ path: "promptId" }] })
    const lost = yield* api.call("POST", `/api/jobs/${other}/input`, { body: { promptId, value: "1" } })
    expect(lost.json).toMatchObject({ code: "JOB_NOT_FOUND" })
  })
)
