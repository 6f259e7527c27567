import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { aJob, anAiUse } from "../builders.ts"
import { makeApi } from "../calls.ts"

it.effect("tells what a job asked AI models, and what it cost", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())

    const { json, status } = yield* api.call("GET", `/api/jobs/${job.jobId}/ai-calls`)

    expect(status).toBe(200)
    expect(json).toMatchObject({
      data: { use: anAiUse, calls: [{ step: "outline", outcome: "answered", costUsd: 0.02 }] }
    })
  })
)

it.effect("knows no calls of a job that is not there", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const { status } = yield* api.call("GET", "/api/jobs/JOB_20260101_000000_00000000/ai-calls")

    expect(status).toBe(404)
  })
)
