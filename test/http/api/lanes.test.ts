import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { CREATED_AT } from "../builders.ts"
import { makeApi } from "../calls.ts"

it.effect("lists every lane", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("GET", "/api/lanes")

    expect(answer.json).toMatchObject({
      data: [{ lane: "browser", capacity: 2 }, { lane: "default" }, { lane: "quick" }, { lane: "system" }]
    })
  })
)

it.effect("pauses a lane with a reason or without, and resumes it", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const paused = yield* api.call("POST", "/api/lanes/browser/pause", { body: { reason: "The portal is down" } })
    const bare = yield* api.call("POST", "/api/lanes/quick/pause")
    const resumed = yield* api.call("POST", "/api/lanes/browser/resume")

    expect(paused.json).toMatchObject({
      data: { lane: "browser", paused: { since: CREATED_AT, reason: "The portal is down" } }
    })
    expect(bare.json).toMatchObject({ data: { lane: "quick", paused: { since: CREATED_AT } } })
    expect(resumed.status).toBe(200)
    expect(resumed.json).not.toHaveProperty("data.paused")
  })
)

it.effect("answers LANE_NOT_FOUND with those that are", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    for (const action of ["pause", "resume"]) {
      const answer = yield* api.call("POST", `/api/lanes/fast/${action}`)

      expect(answer.json).toMatchObject({
        status: 404,
        code: "LANE_NOT_FOUND",
        detail: "Use one of: browser, default, quick, system."
      })
    }
  })
)

it.effect("pauses a job type, shows that where types are listed, and resumes it", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const list = api.call("GET", "/api/jobs/types")

    const paused = yield* api.call("POST", "/api/types/greet/pause", { body: { reason: "Wrong greeting" } })
    const listed = yield* list
    const resumed = yield* api.call("POST", "/api/types/greet/resume")

    const pause = { since: CREATED_AT, reason: "Wrong greeting" }
    expect(paused.json).toMatchObject({ data: { name: "greet", paused: pause } })
    expect(listed.json).toMatchObject({ data: [{ name: "greet", paused: pause }] })
    expect(resumed.json).toMatchObject({ data: { name: "greet" } })
    expect((yield* list).json).not.toHaveProperty("data[0].paused")
  })
)

it.effect("answers JOB_TYPE_NOT_FOUND with those that are", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    for (const action of ["pause", "resume"]) {
      const answer = yield* api.call("POST", `/api/types/dance/${action}`)

      expect(answer.json).toMatchObject({ status: 404, code: "JOB_TYPE_NOT_FOUND", detail: "Use one of: greet." })
    }
  })
)

it.effect("refuses wrong reasons by name", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    for (const body of [{ reason: "" }, { reason: "a\u0000b" }, { reason: "x".repeat(201) }]) {
      const answer = yield* api.call("POST", "/api/lanes/browser/pause", { body })

      expect(answer.json).toMatchObject({ status: 422, errors: [{ path: "reason" }] })
    }
  })
)
