import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { aJob, CREATED_AT } from "../builders.ts"
import { makeApi } from "../calls.ts"

it.effect("gives the figures of the organisation", () =>
  Effect.gen(function* () {
    const { call } = yield* makeApi

    const answer = yield* call("GET", "/api/stats")

    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({
      data: { basis: { isWhole: true }, types: [{ jobType: "greet", durationMs: { p50: 20, p95: 90 } }] }
    })
  })
)

it.effect("lists checkpoints without what they keep", () =>
  Effect.gen(function* () {
    const { call, put } = yield* makeApi
    const job = put(aJob())

    const answer = yield* call("GET", `/api/jobs/${job.jobId}/checkpoints`)
    const missing = yield* call("GET", "/api/jobs/JOB_20260301_100000_ffffffff/checkpoints")

    expect(answer.json).toEqual({ data: [{ name: "say", attempt: 1, createdAt: CREATED_AT }] })
    expect(missing.status).toBe(404)
  })
)
