import { expect } from "bun:test"
import { Effect, References } from "effect"
import { Hono } from "hono"
import { makeApp, makeProbesApp } from "../../src/http/app.ts"
import { boardRoutes } from "../../src/http/pages/boardRoutes.ts"
import { renderErrorPage } from "../../src/http/pages/errorPage.tsx"
import { makeRun } from "../../src/http/Run.ts"
import { makePracticePortal } from "../../src/practice-portal/PracticePortal.tsx"
import { it } from "../support/effect.ts"
import { asLocalCaller } from "./asLocal.ts"
import { aJob } from "./builders.ts"
import { type Call, makeApi, toRequest } from "./calls.ts"
import { noFeeds } from "./noFeeds.ts"

/** Everything that the process serves, over fakes. */
const makeWholeApp = Effect.gen(function* () {
  const api = yield* makeApi
  const run = yield* makeRun.pipe(
    Effect.provideContext(api.services),
    Effect.provideService(References.MinimumLogLevel, "None")
  )
  const portal = yield* Effect.acquireRelease(
    Effect.sync(() => makePracticePortal({ databasePath: ":memory:" })),
    ({ close }) => Effect.sync(close)
  )
  const info = { localOnly: true }
  const broken = new Hono().get("/broken", () => {
    throw new Error("a bug")
  })
  const app = makeApp({
    run,
    apiHandler: api.handler,
    identify: () => asLocalCaller,
    board: boardRoutes({ run, feeds: noFeeds, info }),
    mounts: { "/practice": new Hono().route("/", portal.app), "/bug": broken },
    errorPage: renderErrorPage(info)
  })
  const job = api.put(aJob())
  /** Headers of an answer, whose body is given up: it may be a stream. */
  const headersOf = (method: string, path: string, call?: Call) =>
    Effect.promise(async () => {
      const { body, headers, status } = await app.fetch(toRequest(method, path, call))
      // One route breaks its answer off on purpose.
      await body?.cancel().catch(() => undefined)
      return { status, headers }
    })
  return { app, headersOf, job, run }
})

const isFilled = (path: string) => !/[:*]/u.test(path)

const expectProtected = (name: string, headers: Headers) => {
  const policy = headers.get("Content-Security-Policy") ?? ""
  const scripts = /script-src ([^;]*)/u.exec(policy)?.[1] ?? ""
  expect({
    name,
    startsClosed: policy.startsWith("default-src 'none'"),
    framing: /frame-ancestors '(?:none|self)'/u.test(policy),
    unsafe: /unsafe|\*|https?:/u.test(scripts),
    sniffing: headers.get("X-Content-Type-Options"),
    referrer: headers.has("Referrer-Policy"),
    permissions: headers.has("Permissions-Policy")
  }).toEqual({
    name,
    startsClosed: true,
    framing: true,
    unsafe: false,
    sniffing: "nosniff",
    referrer: true,
    permissions: true
  })
}

it.effect("protects the answer of every route, whatever it is", () =>
  Effect.gen(function* () {
    const { app, headersOf, job } = yield* makeWholeApp
    const fill = (path: string) =>
      path
        .replace(/:(?:ref|id)\b(?:\{[^}]*\})?/gu, job.jobId)
        .replace(/:\w+(?:\{[^}]*\})?/gu, "something")
        .replace("/*", "/anything")
    const routes = app.routes
      .map(({ method, path }) => ({ method: method === "ALL" ? "GET" : method, path: fill(path) }))
      .filter(({ path }) => isFilled(path))
    const names = [...new Set(routes.map(({ method, path }) => `${method} ${path}`))]

    for (const name of names) {
      const [method = "", path = ""] = name.split(" ")
      expectProtected(name, (yield* headersOf(method, path)).headers)
    }

    expect(names.length).toBeGreaterThan(60)
    expect(names).toContainValues(["GET /jobs", "GET /healthz", "GET /practice/portal.css", "POST /practice/sign-in"])
  })
)

it.effect("protects every operation of the API", () =>
  Effect.gen(function* () {
    const { app, headersOf, job } = yield* makeWholeApp
    const document = yield* Effect.promise(async () => (await app.fetch(toRequest("GET", "/api/openapi.json"))).json())

    for (const [path, methods] of Object.entries<object>(document.paths)) {
      for (const method of Object.keys(methods)) {
        const address = path.replace(/\{\w+\}/gu, job.jobId)
        expectProtected(`${method} ${address}`, (yield* headersOf(method.toUpperCase(), address)).headers)
      }
    }
  })
)

it.effect("protects refusals and errors", () =>
  Effect.gen(function* () {
    const { headersOf } = yield* makeWholeApp
    const calls: ReadonlyArray<readonly [number, string, string, Call?]> = [
      [404, "GET", "/nothing"],
      [404, "GET", "/api/nothing"],
      [405, "PUT", "/api/jobs"],
      [303, "GET", "/practice/nothing"],
      [500, "GET", "/bug/broken"],
      [421, "GET", "/jobs", { headers: { Host: "evil.example" } }],
      [403, "POST", "/jobs", { headers: { "Sec-Fetch-Site": "cross-site" } }],
      [414, "GET", `/jobs?q=${"x".repeat(9_000)}`],
      [413, "POST", "/theme", { body: "x".repeat(1024 * 1024 + 1) }],
      [400, "POST", "/api/jobs", { body: "{" }]
    ]

    for (const [status, method, path, call] of calls) {
      const answer = yield* headersOf(method, path, call)

      expect([path.slice(0, 20), answer.status]).toEqual([path.slice(0, 20), status])
      expectProtected(`${method} ${path.slice(0, 20)}`, answer.headers)
    }
  })
)

it.effect("protects the probes of a process that only works", () =>
  Effect.gen(function* () {
    const { run } = yield* makeWholeApp
    const app = makeProbesApp(run)

    for (const path of ["/healthz", "/readyz", "/nothing"]) {
      const { headers } = yield* Effect.promise(async () => app.fetch(toRequest("GET", path)))
      expectProtected(path, headers)
    }
  })
)
