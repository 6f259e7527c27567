import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { aJob } from "../builders.ts"
import { makeApi, readAnswer } from "../calls.ts"

const MEBIBYTE = 1024 * 1024

const oversized = JSON.stringify({ jobType: "greet", input: { name: "x".repeat(MEBIBYTE) } })

it.effect("answers 400 for what is no JSON and for nothing", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    for (const body of ["{", '{"jobType":', "jobType=greet", ""]) {
      const answer = yield* api.call("POST", "/api/jobs", { body })

      expect(answer.json).toMatchObject({ status: 400, code: "BAD_JSON" })
    }
  })
)

it.effect("answers 422 for JSON that is no object", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    for (const body of ["3", "null", '"greet"', "[]"]) {
      const answer = yield* api.call("POST", "/api/jobs", { body })

      expect(answer.json).toMatchObject({ status: 422, code: "VALIDATION_FAILED" })
    }
  })
)

it.effect("answers 415 for a body that says it is something else", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const body = { jobType: "greet", input: { name: "Ada" } }

    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""]) {
      const answer = yield* api.call("POST", "/api/jobs", { body, headers: { "Content-Type": type } })

      expect(answer.json).toMatchObject({ status: 415, code: "UNSUPPORTED_MEDIA_TYPE" })
    }
    expect(api.requests).toEqual([])
  })
)

it.effect("takes JSON with a charset", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("POST", "/api/jobs", {
      body: { jobType: "greet", input: { name: "Ada" } },
      headers: { "Content-Type": "Application/JSON; charset=utf-8" }
    })

    expect(answer.status).toBe(202)
  })
)

it.effect("refuses a body where there is nothing to say, and does nothing", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())
    const cancel = (body?: unknown, type = "application/json") =>
      api.call("POST", `/api/jobs/${job.jobId}/cancel`, { body, headers: { "Content-Type": type } })

    expect((yield* cancel("garbage", "text/plain")).json).toMatchObject({ code: "UNSUPPORTED_MEDIA_TYPE" })
    expect((yield* cancel("{")).json).toMatchObject({ status: 400, code: "BAD_JSON" })
    expect((yield* cancel({ reason: "late" })).json).toMatchObject({ status: 422, errors: [{ path: "reason" }] })
    for (const body of ["3", '"late"', '["late"]']) {
      expect((yield* cancel(body)).json).toMatchObject({ status: 422, errors: [{ path: "" }] })
    }
    expect((yield* api.call("GET", `/api/jobs/${job.jobId}`)).json).toMatchObject({ data: { status: "pending" } })
    const gone = yield* api.call("DELETE", `/api/jobs/${job.jobId}`, { body: { force: true } })
    expect(gone.json).toMatchObject({ status: 422, errors: [{ path: "force" }] })
    expect((yield* cancel({})).status).toBe(200)
    for (const sent of [["null"], ["[]"], [undefined, "text/plain"], []]) {
      api.put(job)
      expect((yield* cancel(...(sent as [unknown?, string?]))).status).toBe(200)
    }
  })
)

it.effect("refuses what is no UTF-8, instead of storing other letters", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const body = new TextEncoder().encode('{ "jobType": "greet", "input": { "name": "caf?" } }')
    const latin1 = body.with(body.indexOf(63), 0xe9)
    const send = (bytes: Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>>) =>
      Effect.promise(() =>
        api.handler(
          new Request("http://localhost/api/jobs", {
            method: "POST",
            headers: { "Content-Type": "application/json", ...headers },
            body: bytes
          })
        )
      ).pipe(Effect.flatMap(readAnswer))

    expect((yield* send(latin1, {})).json).toMatchObject({ status: 400, code: "BAD_JSON" })
    for (const headers of [
      { "Content-Type": "application/json; charset=iso-8859-1" },
      { "Content-Type": 'application/json; v=1; charset="utf-16"' },
      { "Content-Encoding": "gzip" }
    ]) {
      expect((yield* send(body, headers)).json).toMatchObject({ status: 415, code: "UNSUPPORTED_MEDIA_TYPE" })
    }
    expect(api.requests).toEqual([])
    expect((yield* send(body, { "Content-Type": 'application/json; charset="UTF-8"' })).status).toBe(202)
  })
)

it.effect("answers 413 for a body whose announced length is over 1 MiB", () =>
  Effect.gen(function* () {
    const api = yield* makeApi

    const answer = yield* api.call("POST", "/api/jobs", {
      body: oversized,
      headers: { "Content-Length": String(oversized.length) }
    })

    expect(answer.json).toMatchObject({ status: 413, code: "BODY_TOO_LARGE" })
    expect(api.requests).toEqual([])
  })
)

it.effect("stops reading a streamed body after 1 MiB", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const chunk = new Uint8Array(64 * 1024).fill(32)
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += chunk.length
        controller.enqueue(chunk)
      }
    })
    const request = new Request("http://localhost/api/jobs", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: endless
    })

    const answer = yield* Effect.promise(() => api.handler(request)).pipe(Effect.flatMap(readAnswer))

    expect(answer.json).toMatchObject({ status: 413, code: "BODY_TOO_LARGE" })
    expect(sent).toBeLessThan(2 * MEBIBYTE)
  })
)

it.effect("refuses whole numbers that would be rounded, and takes their digits as a text", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const send = (name: string) =>
      api.call("POST", "/api/jobs", {
        body: `{ "jobType": "greet", "input": { "name": "Ada" }, "metadata": { "id": ${name} } }`
      })

    for (const number of ["9007199254740993", "-12345678901234567890", "9007199254740993.0", "9007199254740993e0"]) {
      expect((yield* send(number)).json).toMatchObject({ status: 422, errors: [{ path: "" }] })
    }
    expect(api.requests).toEqual([])
    for (const kept of ["9007199254740991", '"9007199254740993"', '"\\"9007199254740993"', "0.12345678901234567"]) {
      expect((yield* send(kept)).json).not.toMatchObject({ errors: [{ path: "" }] })
    }
  })
)
