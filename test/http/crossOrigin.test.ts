import { expect } from "bun:test"
import { Effect } from "effect"
import { type AppOptions, makeApp } from "../../src/http/app.ts"
import { originsOf } from "../../src/http/crossOrigin.ts"
import { makeRun } from "../../src/http/Run.ts"
import { it } from "../support/effect.ts"
import { asLocalCaller } from "./asLocal.ts"
import { makeApi, toRequest } from "./calls.ts"

const APP = "https://app.example.com"
const EVIL = "https://evil.example.com"

const makeServer = (setting?: string, limits: AppOptions["limits"] = {}) =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const run = yield* makeRun.pipe(Effect.provideContext(api.services))
    const app = makeApp({
      run,
      apiHandler: api.handler,
      identify: () => asLocalCaller,
      allowedOrigins: originsOf(setting),
      limits
    })
    const ask = (method: string, path: string, headers: Record<string, string>, body?: unknown) =>
      Effect.promise(async () => app.fetch(toRequest(method, path, { headers, ...(body !== undefined && { body }) })))
    return { ask }
  })

const preflight = (origin: string) => ({ Origin: origin, "Access-Control-Request-Method": "POST" })

it.effect("lets pages of the named sites call the API, and read what they need of its answers", () =>
  Effect.gen(function* () {
    const { ask } = yield* makeServer(`${APP}, https://other.example.com`)
    const body = { jobType: "greet", input: { name: "Ada" } }

    const asked = yield* ask("OPTIONS", "/api/jobs", preflight(APP))
    const made = yield* ask("POST", "/api/jobs", { Origin: APP, "Sec-Fetch-Site": "cross-site" }, body)

    expect(asked.status).toBe(204)
    expect(asked.headers.get("Access-Control-Allow-Origin")).toBe(APP)
    expect(asked.headers.get("Access-Control-Allow-Headers")).toContain("Idempotency-Key")
    expect(asked.headers.get("Access-Control-Allow-Headers")).toContain("traceparent")
    expect(asked.headers.has("Access-Control-Allow-Credentials")).toBe(false)
    expect(made.status).toBe(202)
    expect(made.headers.get("Access-Control-Allow-Origin")).toBe(APP)
    expect(made.headers.get("Access-Control-Expose-Headers")).toContain("Location")
  })
)

it.effect("lets no other site in, and none without the setting", () =>
  Effect.gen(function* () {
    for (const [setting, origin] of [
      [APP, EVIL],
      [undefined, APP]
    ] as const) {
      const { ask } = yield* makeServer(setting)
      const body = { jobType: "greet", input: { name: "Ada" } }

      const asked = yield* ask("OPTIONS", "/api/jobs", preflight(origin))
      const read = yield* ask("GET", "/api/jobs", { Origin: origin })
      const made = yield* ask("POST", "/api/jobs", { Origin: origin }, body)

      expect([asked, read, made].map(({ headers }) => headers.has("Access-Control-Allow-Origin"))).toEqual([
        false,
        false,
        false
      ])
      expect(made.status).toBe(403)
    }
  })
)

it.effect("lets pages of the named sites read why they are refused, also before it is known who asks", () =>
  Effect.gen(function* () {
    const read = { Origin: APP }
    const slowed = yield* makeServer(APP, { perAddress: 0.1 })
    yield* slowed.ask("GET", "/api/jobs", read)
    const busy = yield* makeServer(APP, { mostRequests: 0 })

    const refused = yield* Effect.all([
      slowed.ask("GET", "/api/jobs", read),
      busy.ask("GET", "/api/jobs", read),
      busy.ask("GET", `/api/jobs?q=${"x".repeat(9_000)}`, read)
    ])
    const asked = yield* slowed.ask("OPTIONS", "/api/jobs", preflight(APP))

    expect(refused.map(({ status }) => status)).toEqual([429, 503, 414])
    for (const { headers } of refused) expect(headers.get("Access-Control-Allow-Origin")).toBe(APP)
    expect(asked.status).toBe(204)
    for (const name of ["Allow", "RateLimit", "RateLimit-Policy", "Retry-After"]) {
      expect(refused[0].headers.get("Access-Control-Expose-Headers")?.split(",")).toContain(name)
    }
  })
)

it.effect("keeps the board from pages of the named sites", () =>
  Effect.gen(function* () {
    const { ask } = yield* makeServer(APP)

    const answer = yield* ask("POST", "/jobs", { Origin: APP })

    expect(answer.status).toBe(403)
    expect(answer.headers.has("Access-Control-Allow-Origin")).toBe(false)
  })
)

it.effect("says which methods an address takes", () =>
  Effect.gen(function* () {
    const { ask } = yield* makeServer(APP)
    const allow = (path: string) =>
      Effect.map(ask("OPTIONS", path, {}), ({ headers, status }) => [status, headers.get("Allow")])

    expect(yield* allow("/api/jobs")).toEqual([204, "GET, HEAD, POST, OPTIONS"])
    expect(yield* allow("/api/jobs/JOB_1")).toEqual([204, "DELETE, GET, HEAD, OPTIONS"])
    expect(yield* allow("/api/ws")).toEqual([204, "GET, HEAD, OPTIONS"])
    expect(yield* allow("/api/nothing")).toEqual([404, null])
  })
)

it.effect("answers HEAD as GET, without a body", () =>
  Effect.gen(function* () {
    const { ask } = yield* makeServer()

    const answer = yield* ask("HEAD", "/api/jobs", {})

    expect(answer.status).toBe(200)
    expect(answer.headers.get("Content-Type")).toContain("application/json")
    expect(yield* Effect.promise(() => answer.text())).toBe("")
  })
)
