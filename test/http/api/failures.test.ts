import { expect } from "bun:test"
import { Effect, Logger, References } from "effect"
import { TestClock } from "effect/testing"
import { ArtifactsUnavailable } from "../../../src/domain/Artifacts.ts"
import { JobsUnavailable } from "../../../src/domain/Jobs.ts"
import { answering, toProblem } from "../../../src/http/errorResponse.ts"
import { it } from "../../support/effect.ts"
import { aJob } from "../builders.ts"
import { makeApi } from "../calls.ts"

const job = aJob()

it.effect("answers NOT_FOUND where there is nothing", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    for (const path of [
      "/api",
      "/api/",
      "/api/nothing",
      "/api/jobs/x/y/z",
      "/api/jobs/%zz",
      `/api/${"a".repeat(500)}`
    ]) {
      const answer = yield* api.call("GET", path)

      expect(answer.headers.get("Content-Type")).toBe("application/problem+json")
      expect(answer.json).toMatchObject({ status: 404, code: "NOT_FOUND" })
    }
  })
)

it.effect("answers METHOD_NOT_ALLOWED with the methods that are", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const allowed = {
      "/api/jobs": "GET, HEAD, POST",
      "/api/jobs/types": "GET, HEAD",
      [`/api/jobs/${job.jobId}`]: "DELETE, GET, HEAD",
      "/api/jobs/batch": "POST",
      "/api/lanes/browser/pause": "POST",
      [`/api/jobs/${job.jobId}/cancel`]: "POST",
      "/api/openapi.json": "GET, HEAD",
      "/api/docs": "GET, HEAD"
    }

    for (const [path, allow] of Object.entries(allowed)) {
      const answer = yield* api.call("PATCH", path, { body: {} })

      expect(answer.json).toMatchObject({ status: 405, code: "METHOD_NOT_ALLOWED", allow: allow.split(", ") })
      expect(answer.headers.get("Allow")).toBe(allow)
    }
  })
)

it.effect("answers HEAD like GET without the body", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    api.put(job)

    const answer = yield* api.call("HEAD", `/api/jobs/${job.jobId}`)

    expect(answer.status).toBe(200)
    expect(answer.json).toBeUndefined()
  })
)

it.effect("answers SERVICE_UNAVAILABLE with Retry-After when the database is away, and says nothing about it", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    api.put(job)
    api.reads.fails = new JobsUnavailable({ operation: "get", cause: new Error("SELECT * FROM secrets") })

    for (const path of ["", "/status", "/status?waitMs=5"]) {
      const answer = yield* api.call("GET", `/api/jobs/${job.jobId}${path}`)

      expect(answer.json).toMatchObject({ status: 503, code: "SERVICE_UNAVAILABLE", detail: "Try again in a moment." })
      expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0)
      expect(JSON.stringify(answer.json)).not.toContain("SELECT")
    }
  })
)

it.effect("says of a change whether it may have been done when the database is away", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    api.put(job)
    const told = Effect.fnUntraced(function* (code?: string) {
      const cause = Object.assign(new Error("refused"), { code })
      api.reads.fails = new JobsUnavailable({ operation: "cancel", cause })
      return yield* api.call("POST", `/api/jobs/${job.jobId}/cancel`)
    })

    for (const code of ["53100", "25006"]) {
      expect((yield* told(code)).json).toMatchObject({
        code: "SERVICE_UNAVAILABLE",
        detail: "Nothing was changed; the database takes no writes."
      })
    }
    for (const code of ["57P01", undefined]) {
      expect((yield* told(code)).json).toMatchObject({ detail: expect.stringContaining("not known whether") })
    }
    const upload = toProblem(new ArtifactsUnavailable({ operation: "write", cause: new Error("ENOSPC") }))
    expect(upload.detail).toBe("It was not kept: its store does not answer, or has no space left.")
  })
)

it.effect("says once in five seconds that an operation is unavailable, with how many were left out, and no stack", () =>
  Effect.gen(function* () {
    const lines: Array<unknown> = []
    const remember = Logger.make<unknown, void>(({ fiber, message }) => {
      lines.push([message, fiber.getRef(References.CurrentLogAnnotations)])
    })
    const cause = Object.assign(new Error("SqlError 53100: no space left"), { code: "53100" })
    const operation = `test of ${crypto.randomUUID()}`
    const fail = Effect.ignore(answering(Effect.fail(new JobsUnavailable({ operation, cause }))))

    yield* Effect.gen(function* () {
      yield* Effect.repeat(fail, { times: 9 })
      yield* TestClock.adjust("5 seconds")
      yield* fail
    }).pipe(Effect.provide(Logger.layer([remember])))

    const line = [`jobs are unavailable: ${operation}`]
    expect(lines).toEqual([
      [line, { reason: cause.message }],
      [line, { reason: cause.message, leftOut: 9 }]
    ])
  })
)

it.effect("answers INTERNAL with a reference to the log when something breaks, and no details", () =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const remember = Logger.make<unknown, void>(({ cause, message }) => {
      lines.push(`${String(message)} ${String(cause.reasons[0])}`)
    })
    const api = yield* makeApi.pipe(Effect.provide(Logger.layer([remember])))
    api.put(job)
    api.reads.after = () => Effect.die(new Error("password=hunter2"))

    const answer = yield* api.call("GET", `/api/jobs/${job.jobId}`)

    const { reference } = answer.json as { readonly reference: string }
    expect(answer.json).toMatchObject({ status: 500, code: "INTERNAL", type: "/api/docs#INTERNAL" })
    expect(JSON.stringify(answer.json)).not.toMatch(/hunter2|stack|\.ts/u)
    expect(lines.join("\n")).toContain(reference)
  })
)
