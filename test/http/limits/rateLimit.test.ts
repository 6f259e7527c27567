import { expect } from "bun:test"
import { Effect } from "effect"
import { Hono } from "hono"
import { type AppOptions, makeApp } from "../../../src/http/app.ts"
import { STANDARD_RATES } from "../../../src/http/limits/rateLimit.ts"
import { makeTokenBuckets } from "../../../src/http/limits/TokenBuckets.ts"
import { renderErrorPage } from "../../../src/http/pages/errorPage.tsx"
import { makeRun } from "../../../src/http/Run.ts"
import { it } from "../../support/effect.ts"
import { asLocalCaller } from "../asLocal.ts"
import { makeApi, readAnswer, toRequest } from "../calls.ts"

const board = new Hono()
  .get("/jobs", (c) => c.html("<h1>Jobs</h1>"))
  .post("/jobs", (c) => c.text("done"))
  .get("/assets/board.css", (c) => c.text("body {}"))

/** An app on a clock that the test moves. */
const makeLimitedApp = (limits: AppOptions["limits"], trustedProxies = 0) =>
  Effect.gen(function* () {
    const clock = { ms: 0 }
    const api = yield* makeApi
    const run = yield* makeRun.pipe(Effect.provideContext(api.services))
    const app = makeApp({
      run,
      apiHandler: api.handler,
      identify: () => asLocalCaller,
      board,
      errorPage: renderErrorPage({ localOnly: true }),
      limits: { now: () => clock.ms, ...limits },
      trustedProxies
    })
    const fetch = (...request: Parameters<typeof toRequest>) =>
      Effect.promise(async () => app.fetch(toRequest(...request)))
    const ask = (...request: Parameters<typeof toRequest>) => Effect.flatMap(fetch(...request), readAnswer)
    return { ask, clock, fetch }
  })

const body = { jobType: "greet", input: { name: "Ada" } }

it.effect("answers 429 with the time to wait, and works again after it", () =>
  Effect.gen(function* () {
    const { ask, clock } = yield* makeLimitedApp({ perCaller: 0.2 })
    yield* ask("GET", "/api/jobs")
    yield* ask("GET", "/api/jobs")

    const refused = yield* ask("GET", "/api/jobs")
    clock.ms = Number(refused.headers.get("Retry-After")) * 1_000
    const later = yield* ask("GET", "/api/jobs")

    expect(refused.status).toBe(429)
    expect(refused.json).toMatchObject({ code: "RATE_LIMITED", status: 429, detail: "Try again in 5 s." })
    expect(refused.headers.get("Content-Type")).toBe("application/problem+json")
    expect(refused.headers.get("Retry-After")).toBe("5")
    expect(refused.headers.get("RateLimit")).toBe('"requests";r=0;t=10')
    expect(refused.headers.get("RateLimit-Policy")).toBe('"requests";q=2;w=10')
    expect(later.status).toBe(200)
  })
)

it.effect("tells what is left with each answer", () =>
  Effect.gen(function* () {
    const { ask } = yield* makeLimitedApp({ perCaller: 10, changesPerCaller: 1 })

    const read = yield* ask("GET", "/api/jobs")
    const created = yield* ask("POST", "/api/jobs", { body })

    expect(read.headers.get("RateLimit")).toBe('"requests";r=99;t=1')
    expect(created.headers.get("RateLimit")).toBe('"changes";r=9;t=1')
    expect(created.headers.get("RateLimit-Policy")).toBe('"changes";q=10;w=10')
  })
)

it.effect("lets reading go on when changes are used up", () =>
  Effect.gen(function* () {
    const { ask } = yield* makeLimitedApp({ changesPerCaller: 0.1 })

    const created = yield* ask("POST", "/api/jobs", { body })
    const refused = yield* ask("POST", "/api/jobs", { body })
    const read = yield* ask("GET", "/api/jobs")

    expect([created.status, refused.status, read.status]).toEqual([202, 429, 200])
  })
)

it.effect("limits an address, and not those behind other addresses of a trusted proxy", () =>
  Effect.gen(function* () {
    const { ask } = yield* makeLimitedApp({ perAddress: 0.1 }, 1)
    const from = (address: string) =>
      Effect.map(ask("GET", "/api/jobs", { headers: { "X-Forwarded-For": address } }), ({ status }) => status)

    expect([yield* from("192.0.2.1"), yield* from("192.0.2.1"), yield* from("192.0.2.2")]).toEqual([200, 429, 200])
  })
)

it.effect("shows people a page with its styles, and answers probes always", () =>
  Effect.gen(function* () {
    const { ask, fetch } = yield* makeLimitedApp({ perAddress: 0.1 })
    yield* fetch("GET", "/jobs")

    const page = yield* fetch("GET", "/jobs")
    const html = yield* Effect.promise(() => page.text())
    const probe = yield* ask("GET", "/healthz")
    const style = yield* fetch("GET", "/assets/board.css")

    expect(page.status).toBe(429)
    expect(page.headers.get("Retry-After")).toBe("10")
    expect(html).toContain("Too many requests.")
    expect([probe.status, style.status]).toEqual([200, 200])
  })
)

it.effect("lets 2,000 clients behind one address poll every two seconds with one key", () =>
  Effect.gen(function* () {
    const { perAddress, perCaller } = STANDARD_RATES
    const clock = { ms: 0 }
    const buckets = [perAddress, perCaller].map((perSecond) => makeTokenBuckets({ perSecond, now: () => clock.ms }))
    let refused = 0

    // All at once each time, for a minute.
    for (clock.ms = 0; clock.ms < 60_000; clock.ms += 2_000) {
      for (let client = 0; client < 2_000; client++) {
        refused += buckets.filter(({ take }) => !take("the one").allowed).length
      }
    }

    expect(refused).toBe(0)
  })
)

it.effect("has no limit where it is 0", () =>
  Effect.gen(function* () {
    const { ask } = yield* makeLimitedApp({ perAddress: 0, perCaller: 0, changesPerCaller: 0 })

    const { headers, status } = yield* ask("GET", "/api/jobs")

    expect(status).toBe(200)
    expect(headers.has("RateLimit")).toBe(false)
  })
)
