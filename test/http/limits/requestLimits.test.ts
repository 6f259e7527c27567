import { expect } from "bun:test"
import { Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Hono } from "hono"
import { makeApiHandler } from "../../../src/http/api/ApiHandler.ts"
import { type AppOptions, makeApp } from "../../../src/http/app.ts"
import { makeRun } from "../../../src/http/Run.ts"
import { IMPORT_ACTION } from "../../../src/views/ImportPage.tsx"
import { it } from "../../support/effect.ts"
import { asLocalCaller, servedLocally } from "../asLocal.ts"
import { makeApi, readAnswer, toRequest } from "../calls.ts"

const encoder = new TextEncoder()

/** Sends its first bytes, and no more until it is cancelled. */
const endless = (ended: () => void = () => undefined) =>
  new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(encoder.encode("x")), cancel: ended })

const makeLimitedApp = (options: Partial<AppOptions>) =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const run = yield* makeRun.pipe(Effect.provideContext(api.services))
    const app = makeApp({ run, apiHandler: api.handler, identify: () => asLocalCaller, ...options })
    const send = (request: Request) => Effect.promise(async () => app.fetch(request))
    const ask = (...request: Parameters<typeof toRequest>) => Effect.flatMap(send(toRequest(...request)), readAnswer)
    return { ...api, ask, send }
  })

const streaming = (ended?: () => void) =>
  new Hono()
    .get("/events", (c) => c.body(endless(ended), 200, { "content-type": "text/event-stream" }))
    .get("/quick/events", (c) => c.body("data: 1\n\n", 200, { "content-type": "text/event-stream" }))

it.effect("says that it is busy when so many streams are open, and takes one when another has ended", () =>
  Effect.gen(function* () {
    const ended: Array<string> = []
    const { ask, send } = yield* makeLimitedApp({ board: streaming(() => ended.push("x")), limits: { mostStreams: 2 } })
    const open = Effect.suspend(() => send(toRequest("GET", "/events")))
    const first = yield* open
    yield* open

    const refused = yield* ask("GET", "/events")
    yield* Effect.promise(async () => first.body?.cancel())
    const again = yield* open

    expect(refused.json).toMatchObject({ code: "SERVER_BUSY", status: 503 })
    expect(refused.headers.get("Retry-After")).toBe("5")
    expect(again.status).toBe(200)
    expect(ended).toEqual(["x"])
  })
)

it.effect("counts streams of an address for itself, and one that has ended no more", () =>
  Effect.gen(function* () {
    const { ask, send } = yield* makeLimitedApp({
      board: streaming(),
      limits: { mostStreamsPerAddress: 1 },
      trustedProxies: 1
    })
    const open = (path: string, address: string) =>
      Effect.map(
        send(toRequest("GET", path, { headers: { "X-Forwarded-For": address } })).pipe(
          Effect.tap((response) => (path === "/events" ? Effect.void : Effect.promise(() => response.text())))
        ),
        ({ status }) => status
      )

    expect(yield* open("/quick/events", "192.0.2.1")).toBe(200)
    expect(yield* open("/events", "192.0.2.1")).toBe(200)
    const refused = yield* ask("GET", "/events", { headers: { "X-Forwarded-For": "192.0.2.1" } })
    expect(refused.json).toMatchObject({ code: "TOO_MANY_STREAMS", status: 429 })
    expect(refused.headers.get("Retry-After")).toBe("10")
    expect(yield* open("/events", "192.0.2.2")).toBe(200)
  })
)

it.effect("answers 503 while it works on as many requests as it may, and takes more afterwards", () =>
  Effect.gen(function* () {
    const arrived = yield* Deferred.make<void>()
    const finish = yield* Deferred.make<void>()
    const board = new Hono().get("/slow", async (c) => {
      await Effect.runPromise(Effect.andThen(Deferred.succeed(arrived, undefined), Deferred.await(finish)))
      return c.text("done")
    })
    const { ask, send } = yield* makeLimitedApp({ board, limits: { mostRequests: 1 } })
    const slow = yield* Effect.forkChild(send(toRequest("GET", "/slow")), { startImmediately: true })
    yield* Deferred.await(arrived)

    const refused = yield* ask("GET", "/api/jobs")
    const probe = yield* ask("GET", "/healthz")
    yield* Deferred.succeed(finish, undefined)
    yield* Fiber.join(slow)
    const later = yield* ask("GET", "/api/jobs")

    expect(refused.json).toMatchObject({ code: "SERVER_BUSY", status: 503 })
    expect(refused.headers.has("Retry-After")).toBe(true)
    expect([probe.status, later.status]).toEqual([200, 200])
  })
)

it.effect("refuses an address that no page and no program makes", () =>
  Effect.gen(function* () {
    const { ask } = yield* makeLimitedApp({})

    const answer = yield* ask("GET", `/api/jobs?q=${"x".repeat(8_192)}`)

    expect(answer.json).toMatchObject({ code: "URI_TOO_LONG", status: 414 })
  })
)

const formBoard = new Hono().post("/form", async (c) => c.text(String((await c.req.formData()).get("name"))))

const formRequest = (body: string | ReadableStream<Uint8Array>) =>
  new Request("http://localhost:3000/form", {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body
  })

it.effect("hands a form on as it was sent", () =>
  Effect.gen(function* () {
    const { send } = yield* makeLimitedApp({ board: formBoard })

    const response = yield* send(formRequest("name=Ad%C3%A9"))

    expect(yield* Effect.promise(() => response.text())).toBe("Adé")
  })
)

it.effect("refuses a form that is too large, announced or streamed", () =>
  Effect.gen(function* () {
    const { send } = yield* makeLimitedApp({ board: formBoard })
    const chunk = encoder.encode("x".repeat(64 * 1024))
    let sent = 0
    const flood = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += chunk.length
        controller.enqueue(chunk)
      }
    })

    for (const body of [`name=${"x".repeat(1024 * 1024)}`, flood]) {
      const answer = yield* Effect.flatMap(send(formRequest(body)), readAnswer)

      expect(answer.json).toMatchObject({ code: "BODY_TOO_LARGE", status: 413 })
    }
    expect(sent).toBeLessThan(2 * 1024 * 1024)
  })
)

it.effect("leaves the form that brings a file to its own limits", () =>
  Effect.gen(function* () {
    const board = new Hono().post(IMPORT_ACTION, async (c) => c.json((await c.req.arrayBuffer()).byteLength))
    const { send } = yield* makeLimitedApp({ board })
    const body = new Uint8Array(3 * 1024 * 1024)

    const request = new Request(`http://localhost:3000${IMPORT_ACTION}`, { method: "POST", body })
    const answer = yield* Effect.flatMap(send(request), readAnswer)

    expect([answer.status, answer.json]).toEqual([200, body.length])
  })
)

it.effect("gives up on a form that does not arrive", () =>
  Effect.gen(function* () {
    const { send } = yield* makeLimitedApp({ board: formBoard, limits: { bodyTimeMs: 20 } })

    const answer = yield* Effect.flatMap(send(formRequest(endless())), readAnswer)

    expect(answer.json).toMatchObject({ code: "BODY_TIMEOUT", status: 408 })
    expect(answer.headers.get("Connection")).toBe("close")
  })
)

it.effect("gives up on a job that does not arrive", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const reading = yield* Deferred.make<void>()
    const body = new ReadableStream<Uint8Array>({
      pull: () => Effect.runPromise(Effect.andThen(Deferred.succeed(reading, undefined), Effect.never))
    })
    const request = new Request("http://localhost:3000/api/jobs", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body
    })
    const handler = servedLocally(yield* makeApiHandler.pipe(Effect.provideContext(api.services)))
    const sent = yield* Effect.forkChild(
      Effect.flatMap(
        Effect.promise(() => handler(request)),
        readAnswer
      )
    )
    yield* Deferred.await(reading)

    yield* TestClock.adjust("31 seconds")
    const answer = yield* Fiber.join(sent)

    expect(answer.json).toMatchObject({ code: "BODY_TIMEOUT", status: 408 })
    expect(api.requests).toEqual([])
  })
)

it.effect("refuses JSON that nests deeper than anybody means, before anything reads it", () =>
  Effect.gen(function* () {
    const { ask, requests } = yield* makeLimitedApp({})

    for (const levels of [201, 400_000]) {
      const body = `{"jobType":"greet","input":${"[".repeat(levels)}${"]".repeat(levels)}}`
      const answer = yield* ask("POST", "/api/jobs", { body })

      expect(answer.json).toMatchObject({ code: "BODY_TOO_DEEP", status: 400 })
    }
    const text = yield* ask("POST", "/api/jobs", { body: { jobType: "greet", input: { name: '[\\"{'.repeat(500) } } })
    expect(text.status).toBe(202)
    expect(requests).toHaveLength(1)
  })
)
