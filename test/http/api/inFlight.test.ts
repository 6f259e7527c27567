import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { makeApi } from "../calls.ts"

it.effect("says when to send a request again whose key is being worked on, and not that of another conflict", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const body = { jobs: [{ jobType: "greet", input: { name: "Ada" } }] }

    const held = yield* api.call("POST", "/api/jobs/batch", { body, headers: { "Idempotency-Key": "held" } })
    const one = yield* api.call("POST", "/api/jobs", { body: body.jobs[0] })
    const { id } = (one.json as { readonly data: { readonly id: string } }).data
    yield* api.call("POST", `/api/jobs/${id}/cancel`)
    const conflict = yield* api.call("POST", `/api/jobs/${id}/cancel`)

    expect(held).toMatchObject({ status: 409, json: { code: "IDEMPOTENCY_IN_FLIGHT" } })
    expect(held.headers.get("Retry-After")).toBe("1")
    expect([conflict.status, conflict.headers.has("Retry-After")]).toEqual([409, false])
  })
)
