import { expect } from "bun:test"
import { Effect, Logger } from "effect"
import { Hono } from "hono"
import { type AppOptions, makeApp, makeStartingApp } from "../../src/http/app.ts"
import { personOf } from "../../src/http/callerOf.ts"
import { makeRun, makeRunWith } from "../../src/http/Run.ts"
import { it } from "../support/effect.ts"
import { asLocalCaller } from "./asLocal.ts"
import { aJob } from "./builders.ts"
import { makeApi, readAnswer, toRequest } from "./calls.ts"

const makeTestApp = (options: Partial<AppOptions> = {}) =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const run = yield* makeRun.pipe(Effect.provideContext(api.services))
    const app = makeApp({ run, apiHandler: api.handler, identify: () => asLocalCaller, ...options })
    const fetch = (...request: Parameters<typeof toRequest>) =>
      Effect.promise(async () => app.fetch(toRequest(...request)))
    return { ...api, fetch }
  })

const errorPage: AppOptions["errorPage"] = (c, problem) => c.html(`<h1>${problem.title}</h1>`, problem.status)

const board = new Hono()
  .get("/jobs", (c) => c.html("<h1>Jobs</h1>"))
  .get("/broken", () => {
    throw new Error("password=hunter2")
  })

it.effect("serves API and board side by side", () =>
  Effect.gen(function* () {
    const { fetch, put } = yield* makeTestApp({ board })
    const job = put(aJob())

    const page = yield* fetch("GET", "/jobs")
    const json = yield* fetch("GET", `/api/jobs/${job.jobId}`).pipe(Effect.flatMap(readAnswer))

    expect(yield* Effect.promise(() => page.text())).toBe("<h1>Jobs</h1>")
    expect(json.json).toMatchObject({ data: { jobId: job.jobId } })
  })
)

it.effect("takes nobody for anybody: without a word of who asks, the API refuses and a page has no caller", () =>
  Effect.gen(function* () {
    const page = new Hono().get("/jobs", (c) => c.text(String(personOf(c)?.name)))
    const { fetch } = yield* makeTestApp({ identify: () => (_, next) => next(), board: page })

    expect((yield* fetch("GET", "/api/jobs")).status).toBe(401)
    const shown = yield* fetch("GET", "/jobs")
    expect(yield* Effect.promise(() => shown.text())).toBe("undefined")
  })
)

it.effect("serves mounted apps under their path", () =>
  Effect.gen(function* () {
    const practice = new Hono().get("/", (c) => c.text("start")).get("/menus", (c) => c.text("menus"))
    const { fetch } = yield* makeTestApp({ board, mounts: { "/practice": practice } })

    const start = yield* fetch("GET", "/practice")
    const menus = yield* fetch("GET", "/practice/menus")

    expect(yield* Effect.promise(() => start.text())).toBe("start")
    expect(yield* Effect.promise(() => menus.text())).toBe("menus")
  })
)

it.effect("says that it lives, under any host name", () =>
  Effect.gen(function* () {
    const { fetch } = yield* makeTestApp({ board })

    const answer = yield* fetch("GET", "/healthz", { headers: { Host: "10.1.2.3" } }).pipe(Effect.flatMap(readAnswer))

    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({ status: "ok" })
  })
)

it.effect("says whether it can work, and what keeps it from that", () =>
  Effect.gen(function* () {
    const { fetch, readiness } = yield* makeTestApp()
    const ask = fetch("GET", "/readyz").pipe(Effect.flatMap(readAnswer))

    const ready = yield* ask
    readiness.report = { ready: false, checks: { database: "does not answer" } }
    const down = yield* ask

    expect(ready.status).toBe(200)
    expect(ready.json).toEqual({ ready: true, checks: { database: "ok" } })
    expect(down.status).toBe(503)
    expect(down.json).toEqual({ ready: false, checks: { database: "does not answer" } })
  })
)

it.effect("protects every answer of the API and names the request", () =>
  Effect.gen(function* () {
    const { fetch } = yield* makeTestApp({ board })

    for (const path of ["/api/jobs", "/api/nothing", "/api/jobs/types", "/api/openapi.json"]) {
      const { headers } = yield* fetch("GET", path)

      expect(headers.get("Content-Security-Policy")).toContain("default-src 'none'")
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff")
      expect(headers.get("Cache-Control")).toBe("no-store")
      expect(headers.get("X-Request-Id")).toMatch(/^[0-9a-f-]{36}$/u)
    }
  })
)

it.effect("chooses the name of each request itself, which the audit keeps", () =>
  Effect.gen(function* () {
    const { fetch } = yield* makeTestApp({ board })

    const { headers } = yield* fetch("GET", "/api/jobs", { headers: { "X-Request-Id": "forged-by-me" } })

    expect(headers.get("X-Request-Id")).toMatch(/^[0-9a-f-]{36}$/u)
  })
)

it.effect("says with each answer of a deprecated endpoint that it is one, also to whom it refuses", () =>
  Effect.gen(function* () {
    const { change, fetch, jobs } = yield* makeTestApp()
    const path = "/api/registration/greet"
    const failing = { body: { name: "Ada" }, headers: { "Idempotency-Key": "fails" } }
    const { job } = yield* jobs.create({ jobType: "greet", input: failing.body }, { idempotencyKey: "fails" })
    yield* change(job, { status: "failed" })

    const answers = yield* Effect.all([
      fetch("POST", path, failing),
      fetch("POST", path, { body: { name: "" } }),
      fetch("POST", path, { body: "{" }),
      fetch("POST", path, { body: "name=Ada", headers: { "Content-Type": "text/plain" } }),
      fetch("POST", path, { body: {}, headers: { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" } }),
      fetch("PUT", path),
      fetch("POST", "/api/registration/nothing", { body: {} })
    ])

    expect(answers.map(({ status }) => status)).toEqual([502, 422, 400, 415, 403, 405, 404])
    for (const { headers } of answers) {
      expect(headers.get("Deprecation")).toMatch(/^@\d{10}$/u)
      expect(headers.has("Sunset")).toBe(true)
      expect(headers.get("Link")).toContain('rel="successor-version"')
    }
    expect((yield* fetch("GET", "/api/jobs")).headers.has("Deprecation")).toBe(false)
  })
)

it.effect("knows only addresses that are written as they are declared", () =>
  Effect.gen(function* () {
    const { fetch } = yield* makeTestApp()

    for (const [method, path] of [
      ["GET", "/api/jobs/"],
      ["PUT", "/api/jobs/"],
      ["OPTIONS", "/api/jobs/"],
      ["GET", "/api//jobs"],
      ["GET", "/api/events/"],
      ["GET", "/api/lanes/"]
    ] as const) {
      expect([path, (yield* fetch(method, path)).status]).toEqual([path, 404])
    }
    expect((yield* fetch("PUT", "/api/jobs")).status).toBe(405)
  })
)

it.effect("lets no browser keep a status, whose times move on while its ETag stays", () =>
  Effect.gen(function* () {
    const { fetch, put } = yield* makeTestApp()
    const path = `/api/jobs/${put(aJob()).jobId}/status`

    const first = yield* fetch("GET", path)
    const again = yield* fetch("GET", path, { headers: { "If-None-Match": first.headers.get("ETag") ?? "" } })

    expect([first, again].map(({ headers, status }) => [status, headers.get("Cache-Control")])).toEqual([
      [200, "no-store"],
      [304, "no-store"]
    ])
  })
)

it.effect("shows the reference page with every operation and every problem, without scripts or other servers", () =>
  Effect.gen(function* () {
    const { fetch } = yield* makeTestApp({ board })

    const response = yield* fetch("GET", "/api/docs")
    const html = yield* Effect.promise(() => response.text())

    expect(response.headers.get("Content-Type")).toContain("text/html")
    expect(response.headers.get("Content-Security-Policy")).toMatch(/^default-src 'none'; style-src 'sha256-/u)
    expect(html).toContain("POST /api/jobs/{id}/retry")
    expect(html).toContain('id="JOB_NOT_FOUND"')
    expect(html).toContain('id="schema-Job"')
    expect(html).toContain('href="#schema-JobStatusEvent"')
    expect(html).toContain("Why the server ends it")
    expect(html).toContain("idempotency-replayed")
    expect(html).not.toMatch(/<script|(?:src|href|action)="https?:/u)
  })
)

it.effect("shows people a page and programs a problem where there is nothing", () =>
  Effect.gen(function* () {
    const { fetch } = yield* makeTestApp({ board, errorPage })

    const page = yield* fetch("GET", "/nothing")
    const problem = yield* fetch("GET", "/api/nothing").pipe(Effect.flatMap(readAnswer))

    expect(page.status).toBe(404)
    expect(yield* Effect.promise(() => page.text())).toBe("<h1>There is nothing at this address</h1>")
    expect(problem.json).toMatchObject({ code: "NOT_FOUND" })
  })
)

it.effect("shows a page without details when a route of the board breaks", () =>
  Effect.gen(function* () {
    const { fetch } = yield* makeTestApp({ board, errorPage })

    const page = yield* fetch("GET", "/broken")

    expect(page.status).toBe(500)
    expect(yield* Effect.promise(() => page.text())).toBe("<h1>Something went wrong here</h1>")
  })
)

it.effect("takes no fright when a route breaks because its client went away", () =>
  Effect.gen(function* () {
    const lines: Array<unknown> = []
    const remember = Logger.layer([Logger.make<unknown, void>(({ message }) => void lines.push(message))])
    const { fetch } = yield* makeTestApp({ board, errorPage }).pipe(Effect.provide(remember))

    const gone = yield* fetch("GET", "/broken", { signal: AbortSignal.abort() })
    const silent = lines.length
    yield* fetch("GET", "/broken")

    expect(gone.status).toBe(499)
    expect(silent).toBe(0)
    expect(lines.length).toBe(1)
  })
)

it.effect("refuses other sites at the API and at the board", () =>
  Effect.gen(function* () {
    const { fetch, requests } = yield* makeTestApp({ board, errorPage })
    const headers = { "Sec-Fetch-Site": "cross-site" }

    const api = yield* fetch("POST", "/api/jobs", { body: { jobType: "greet", input: { name: "Ada" } }, headers })
    const page = yield* fetch("POST", "/jobs", { headers })
    const rebound = yield* fetch("GET", "/api/jobs", { headers: { Host: "evil.example" } })

    expect((yield* readAnswer(api)).json).toMatchObject({ status: 403, code: "CROSS_SITE_REQUEST" })
    expect(page.status).toBe(403)
    expect(rebound.status).toBe(421)
    expect(requests).toEqual([])
  })
)

it.effect("tells who calls the API before it can serve anything what it is at, as it tells everything else", () =>
  Effect.gen(function* () {
    const app = makeStartingApp(yield* makeRunWith<never>())
    const api = yield* Effect.promise(async () => app.request("/api/jobs", { method: "POST" }))
    const board = yield* Effect.promise(async () => app.request("/jobs"))

    expect([api.status, api.headers.get("content-type"), api.headers.get("retry-after")]).toEqual([
      503,
      "application/problem+json",
      "1"
    ])
    expect(yield* Effect.promise(() => api.json())).toMatchObject({ code: "STARTING", title: "Callboard is starting" })
    expect([board.status, yield* Effect.promise(() => board.text())]).toEqual([
      503,
      "Callboard is starting. Try again in a moment."
    ])
  })
)
