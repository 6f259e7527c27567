import { expect } from "bun:test"
import { Effect, Layer, Redacted } from "effect"
import { Metrics } from "../../src/domain/Metrics.ts"
import { Readiness } from "../../src/domain/Readiness.ts"
import { makeProbesApp } from "../../src/http/app.ts"
import { metricsOfWorker } from "../../src/http/metricsRoute.ts"
import { makeRunWith } from "../../src/http/Run.ts"
import { it } from "../support/effect.ts"
import { bearer, makeIdentityApp } from "./identityApp.ts"

const TOKEN = "cb_a-token-for-prometheus"
const TEXT = "callboard_database_up 1\n"

const services = Layer.mergeAll(
  Layer.succeed(Metrics, { text: Effect.succeed(TEXT) }),
  Layer.succeed(Readiness, { check: Effect.succeed({ ready: true, checks: {} }) })
)

const makeRun = Effect.provide(makeRunWith<Metrics | Readiness>(), services)

const withMetrics = (local: boolean) =>
  Effect.gen(function* () {
    const run = yield* makeRun
    return yield* makeIdentityApp({ local }, { metrics: { run, token: Redacted.make(TOKEN) } })
  })

it.effect("shows metrics to this computer while there are no keys", () =>
  Effect.gen(function* () {
    const { fetch } = yield* withMetrics(true)

    const answer = yield* fetch("GET", "/metrics")

    expect(answer.headers.get("Content-Type")).toStartWith("text/plain; version=0.0.4")
    expect(yield* Effect.promise(() => answer.text())).toBe(TEXT)
  })
)

it.effect("shows metrics of all organisations to those of whoever runs the server, once there are keys", () =>
  Effect.gen(function* () {
    const app = yield* withMetrics(false)
    const status = (secret?: string) =>
      Effect.map(app.fetch("GET", "/metrics", secret === undefined ? {} : bearer(secret)), (answer) => answer.status)

    expect(yield* status()).toBe(401)
    expect(yield* status("cb_not-a-key")).toBe(401)
    expect(yield* status(app.identity.keyFor("viewer"))).toBe(200)
    expect(yield* status(app.identity.keyFor("service", "acme"))).toBe(200)
    expect(yield* status(app.identity.keyFor("admin", "acme"))).toBe(403)
  })
)

it.effect("takes the token of the settings for metrics and nothing else, under any host name", () =>
  Effect.gen(function* () {
    const { fetch } = yield* withMetrics(false)
    const headers = { ...bearer(TOKEN).headers, Host: "callboard.internal:3000" }

    expect((yield* fetch("GET", "/metrics", { headers })).status).toBe(200)
    expect((yield* fetch("GET", "/metrics", bearer(`${TOKEN}x`))).status).toBe(401)
    expect((yield* fetch("GET", "/api/jobs", bearer(TOKEN))).status).toBe(401)
  })
)

it.effect("shows metrics of a worker to this computer alone, or to whoever has the token", () =>
  Effect.gen(function* () {
    const run = yield* makeRun
    const status = (token: string | undefined, local: boolean, headers: Record<string, string> = {}) =>
      Effect.promise(async () => {
        const metrics = metricsOfWorker({ run, local, token: token === undefined ? token : Redacted.make(token) })
        const request = new Request("http://localhost/metrics", { headers: { Host: "localhost", ...headers } })
        return (await makeProbesApp(run, metrics).fetch(request)).status
      })
    const sent = bearer(TOKEN).headers

    expect(yield* status(undefined, true)).toBe(200)
    expect(yield* status(undefined, true, { "X-Forwarded-For": "203.0.113.7" })).toBe(401)
    expect(yield* status(undefined, true, { Host: "rebound.example" })).toBe(421)
    expect(yield* status(undefined, false)).toBe(401)
    expect(yield* status(TOKEN, true)).toBe(401)
    expect(yield* status(TOKEN, false, sent)).toBe(200)
  })
)
