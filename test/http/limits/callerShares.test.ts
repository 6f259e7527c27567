import { expect } from "bun:test"
import { Effect, Queue } from "effect"
import { Hono } from "hono"
import { SIGN_IN_PATH } from "../../../src/http/identify.ts"
import { makeCallerShares } from "../../../src/http/limits/callerShares.ts"
import { it } from "../../support/effect.ts"
import { aJob } from "../builders.ts"
import { bearer, makeIdentityApp } from "../identityApp.ts"

const neverArrives = () =>
  new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(1)) })

for (const path of [SIGN_IN_PATH, "/assets/x"]) {
  it.live(`serves others while bodies that strangers of one address send to ${path} do not arrive`, () =>
    Effect.gen(function* () {
      const { app, ask, identity } = yield* makeIdentityApp({}, { limits: { mostRequests: 4 }, trustedProxies: 1 })
      const key = identity.keyFor("viewer")
      const answers = yield* Queue.unbounded<number>()
      const halfForm = new Request(`http://localhost:3000${path}`, {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": "192.0.2.1" },
        body: neverArrives()
      })
      const sent = Effect.promise(async () => app.fetch(halfForm.clone())).pipe(
        Effect.flatMap(({ status }) => Queue.offer(answers, status)),
        Effect.forkChild({ startImmediately: true })
      )

      yield* Effect.replicateEffect(sent, 4)
      const refused = yield* Queue.takeN(answers, 3)
      const elsewhere = yield* ask("GET", "/api/jobs", {
        headers: { "X-Forwarded-For": "192.0.2.2", ...bearer(key).headers }
      })

      expect(refused).toEqual([503, 503, 503])
      expect(elsewhere.status).toBe(200)
    })
  )
}

it.live("answers at once when many requests of the same key wait already, and serves others", () =>
  Effect.gen(function* () {
    const { ask, identity, put } = yield* makeIdentityApp({}, { limits: { mostRequests: 8 } })
    const [one, other] = [identity.keyFor("viewer"), identity.keyFor("viewer")]
    const { jobId } = put(aJob())
    const answers = yield* Queue.unbounded<number>()
    const wait = ask("GET", `/api/jobs/${jobId}/status?waitMs=30000`, bearer(one)).pipe(
      Effect.flatMap(({ status }) => Queue.offer(answers, status)),
      Effect.forkChild
    )

    yield* Effect.replicateEffect(wait, 7)
    const atOnce = yield* Queue.takeN(answers, 3)
    const others = yield* ask("GET", "/api/jobs", bearer(other))

    expect(atOnce).toEqual([200, 200, 200])
    expect(others.status).toBe(200)
  })
)

it.live("keeps places for others from requests of one caller that take long", () =>
  Effect.gen(function* () {
    const caller = { via: "key", name: "Ada", role: "viewer", organisationId: "default" } as const
    const app = new Hono<{ Variables: { caller: object } }>()
      .use((c, next) => {
        c.set("caller", { ...caller, subject: c.req.header("X-Subject") })
        return next()
      })
      .use(makeCallerShares({ mostRequests: 5, refuse: (c, { code }) => c.json({ code }, 503) }))
      .get("/quick", (c) => c.text("done"))
      .get("/slow", () => new Promise<Response>(() => undefined))
    const ask = (path: string, subject: string) => app.request(path, { headers: { "X-Subject": subject } })

    for (let open = 0; open < 4; open++) void ask("/slow", "one")
    const [more, others] = yield* Effect.promise(() => Promise.all([ask("/quick", "one"), ask("/quick", "other")]))

    expect([more.status, others.status]).toEqual([503, 200])
  })
)
