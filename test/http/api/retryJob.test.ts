import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { aJob } from "../builders.ts"
import { makeApi } from "../calls.ts"

/** The API with one failed job, and its retry. */
const makeRetry = (fields: Readonly<Record<string, unknown>> = {}) =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob({ status: "failed", ...fields }))
    const retry = (body?: unknown) => api.call("POST", `/api/jobs/${job.jobId}/retry`, { body })
    return { api, job, retry }
  })

it.effect("retries from the checkpoint unless told otherwise", () =>
  Effect.gen(function* () {
    const { api, job, retry } = yield* makeRetry()

    const bare = yield* retry()
    for (const body of [{}, { from: "start" }, { from: "say" }]) {
      api.put(job)
      yield* retry(body)
    }

    expect(bare.status).toBe(202)
    expect(bare.headers.get("Location")).toBe(`/api/jobs/${job.jobId}`)
    expect(bare.json).toMatchObject({ data: { status: "pending" } })
    expect(api.retries).toEqual([{}, {}, { from: "start" }, { from: "say" }])
  })
)

it.effect("names the known steps when there is no such step", () =>
  Effect.gen(function* () {
    const { retry } = yield* makeRetry()

    const answer = yield* retry({ from: "yesterday" })

    expect(answer.json).toMatchObject({
      status: 422,
      code: "UNKNOWN_STEP",
      errors: [{ path: "from", message: "Use one of: checkpoint, start, say." }]
    })
  })
)

it.effect("takes a new input, and names its wrong places below input", () =>
  Effect.gen(function* () {
    const { api, retry } = yield* makeRetry()

    const wrong = yield* retry({ input: { name: "Ada", tags: [{ name: 1 }] } })
    const nul = yield* retry({ input: { name: "a\u0000b" } })
    const right = yield* retry({ input: { name: "Grace" } })

    expect(wrong.json).toMatchObject({
      status: 422,
      code: "VALIDATION_FAILED",
      errors: [{ path: "input.tags[0].name" }]
    })
    expect(nul.json).toMatchObject({ status: 422, errors: [{ path: "input.name" }] })
    expect(right.status).toBe(202)
    expect(api.retries).toEqual([{ input: { name: "Grace" } }])
  })
)

it.effect("says which live job holds the dedupe key", () =>
  Effect.gen(function* () {
    const { api, retry } = yield* makeRetry({ dedupeKey: "nightly" })
    const live = api.put(aJob({ dedupeKey: "nightly" }))

    const answer = yield* retry()

    expect(answer.json).toMatchObject({ status: 409, code: "DEDUPE_KEY_TAKEN", jobId: live.jobId })
    expect(api.retries).toEqual([])
  })
)
