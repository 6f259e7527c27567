import { expect } from "bun:test"
import { Effect, Fiber, Layer, Metric } from "effect"
import { TestClock } from "effect/testing"
import { Hono } from "hono"
import { CredentialUnusable, Tokens } from "../../src/domain/Credentials.ts"
import { JobsUnavailable } from "../../src/domain/Jobs.ts"
import type { ApiHandler } from "../../src/http/api/ApiHandler.ts"
import { goneOf, personOf } from "../../src/http/callerOf.ts"
import { bearerOf, type IdentityServices, identify } from "../../src/http/identify.ts"
import { makeRunWith } from "../../src/http/Run.ts"
import { it } from "../support/effect.ts"
import { aJob } from "./builders.ts"
import { makeApi } from "./calls.ts"
import { makeFakeIdentity } from "./fakeIdentity.ts"
import { bearer, codeOf, cookieOf, makeIdentityApp } from "./identityApp.ts"

it.effect("takes everybody at this computer for an admin until the first key is made", () =>
  Effect.gen(function* () {
    const { ask, identity } = yield* makeIdentityApp()

    const before = yield* ask("GET", "/api/keys")
    identity.keyFor("viewer")
    const after = yield* ask("GET", "/api/keys")

    expect(before.status).toBe(200)
    expect(after.status).toBe(401)
    expect(codeOf(after)).toBe("UNAUTHENTICATED")
    expect(after.headers.get("WWW-Authenticate")).toBe('Bearer realm="callboard"')
  })
)

it.effect("takes nobody for anybody where others reach the server, or tokens are taken", () =>
  Effect.gen(function* () {
    const reachable = yield* makeIdentityApp({ local: false })
    const tokens = yield* makeIdentityApp()
    tokens.identity.state.tokensTaken = true

    expect((yield* reachable.ask("GET", "/api/jobs")).status).toBe(401)
    expect((yield* tokens.ask("GET", "/api/jobs")).status).toBe(401)
    expect((yield* tokens.ask("GET", "/readyz")).status).toBe(200)
  })
)

it.effect("answers every wrong credential alike, and says what is missing where there is none", () =>
  Effect.gen(function* () {
    const { ask, identity } = yield* makeIdentityApp()
    const right = identity.keyFor("viewer")
    const gone = identity.keyFor("viewer")
    identity.secrets.delete(gone)

    const wrong = yield* Effect.forEach(["cb_x", gone, `cb_${"y".repeat(43)}`], (secret) =>
      ask("GET", "/api/jobs", bearer(secret))
    )
    const noBearer = yield* ask("GET", "/api/jobs", { headers: { Authorization: "Basic YTpi" } })

    expect(new Set(wrong.map(({ json }) => JSON.stringify(json))).size).toBe(1)
    expect(wrong[0]?.status).toBe(401)
    expect(wrong[0]?.headers.get("WWW-Authenticate")).toContain('error="invalid_token"')
    expect(codeOf(noBearer)).toBe("UNAUTHENTICATED")
    expect((yield* ask("GET", "/api/jobs", bearer(right))).status).toBe(200)
    expect((yield* ask("GET", "/api/keys", bearer(right))).status).toBe(403)
  })
)

it.effect("lets services act for the organisation that they name, and nobody else", () =>
  Effect.gen(function* () {
    const { ask, identity } = yield* makeIdentityApp()
    identity.keyFor("viewer", "north")
    const [admin, service] = [identity.keyFor("admin"), identity.keyFor("service")]
    const keysOf = (secret: string, organisation: string) =>
      ask("GET", "/api/keys", { headers: { ...bearer(secret).headers, "Callboard-Organisation": organisation } })

    const north = yield* keysOf(service, "north")

    expect((north.json as { data: ReadonlyArray<object> }).data).toHaveLength(1)
    expect(codeOf(yield* keysOf(admin, "north"))).toBe("ORGANISATION_NOT_ALLOWED")
    expect((yield* keysOf(admin, "default")).status).toBe(200)
    expect(codeOf(yield* keysOf(service, "x".repeat(201)))).toBe("ORGANISATION_NOT_ALLOWED")
  })
)

it.live("lets an admin make a key that is shown once, and no key that can do more than the admin", () =>
  Effect.gen(function* () {
    const { ask, identity } = yield* makeIdentityApp()
    const admin = identity.keyFor("admin", "north")
    const make = (role: string, expiresAt?: string) =>
      ask("POST", "/api/keys", { body: { name: "Portal", role, ...(expiresAt && { expiresAt }) }, ...bearer(admin) })

    const made = yield* make("member")
    const { id, secret } = (made.json as { data: { id: string; secret: string } }).data
    const listed = yield* ask("GET", "/api/keys", bearer(admin))

    expect(made.status).toBe(201)
    expect(identity.secrets.get(secret)).toMatchObject({
      organisationId: "north",
      role: "member",
      createdBy: "a admin"
    })
    expect(JSON.stringify(listed.json)).not.toContain(secret)
    expect((yield* make("service")).status).toBe(403)
    expect((yield* make("member", "2020-01-01T00:00:00Z")).status).toBe(422)
    expect((yield* ask("DELETE", `/api/keys/${id}`, bearer(admin))).status).toBe(200)
    expect((yield* ask("GET", "/api/jobs", bearer(secret))).status).toBe(401)
    expect((yield* ask("DELETE", "/api/keys/nonsense", bearer(admin))).status).toBe(404)
  })
)

it.effect("leads people to the sign-in and back, parts of pages too, and programs to neither", () =>
  Effect.gen(function* () {
    const { ask, fetch, identity } = yield* makeIdentityApp()
    identity.keyFor("viewer")

    const page = yield* fetch("GET", "/jobs?status=failed")
    const part = yield* fetch("GET", "/jobs?q=x", {
      headers: { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "http://localhost:3000/jobs?q=" }
    })
    const stream = yield* fetch("GET", "/events", { headers: { Accept: "text/event-stream" } })

    expect([page.status, page.headers.get("Location")]).toEqual([303, "/sign-in?back=%2Fjobs%3Fstatus%3Dfailed"])
    expect([part.status, part.headers.get("HX-Redirect")]).toEqual([401, "/sign-in?back=%2Fjobs%3Fq%3D"])
    expect(stream.status).toBe(401)
    expect((yield* fetch("GET", "/sign-in")).status).toBe(200)
    expect((yield* ask("GET", "/api/openapi.json")).status).toBe(401)
  })
)

it.effect("gives a page that is due a new cookie, and its parts none", () =>
  Effect.gen(function* () {
    const { fetch, identity } = yield* makeIdentityApp()
    identity.sessions.set("old", { caller: identity.callerWith(identity.keyFor("viewer")), isDue: true })
    const get = (destination: string) =>
      fetch("GET", "/help", { headers: { Cookie: "callboard-session=old", "Sec-Fetch-Dest": destination } })

    expect(cookieOf(yield* get("empty"))).toBeUndefined()
    expect(cookieOf(yield* get("document"))).toBe("old-renewed")
  })
)

it.effect("tells what goes on for long when its caller is let in no longer", () =>
  Effect.gen(function* () {
    const { identity, services } = yield* makeApi
    const run = yield* makeRunWith<IdentityServices>().pipe(Effect.provideContext(services))
    const secret = identity.keyFor("viewer")
    let gone: Effect.Effect<void> = Effect.void
    const app = new Hono().use(identify({ run, refuse: (c) => c.text("refused"), local: true })).get("/stream", (c) => {
      gone = goneOf(c)
      return c.text("in")
    })
    yield* Effect.promise(async () => app.request("/stream", bearer(secret)))
    const ended = yield* Effect.forkChild(gone)
    yield* TestClock.adjust("1 minute")
    const before = ended.pollUnsafe()

    identity.secrets.delete(secret)
    yield* TestClock.adjust("5 seconds")

    yield* Fiber.join(ended)
    expect(before).toBeUndefined()
  })
)

it.effect("lets nobody in while it cannot look, instead of everybody", () =>
  Effect.gen(function* () {
    const away = new JobsUnavailable({ operation: "findKey", cause: "away" })
    const { ask, identity } = yield* makeIdentityApp()
    const secret = identity.keyFor("admin")
    identity.state.fails = away

    const answer = yield* ask("GET", "/api/jobs", bearer(secret))

    expect([answer.status, codeOf(answer)]).toEqual([503, "SERVICE_UNAVAILABLE"])
  })
)

it.effect("hands on to the API how it learns that its caller is let in no longer", () =>
  Effect.gen(function* () {
    let gone: Effect.Effect<void> = Effect.void
    const apiHandler: ApiHandler = async (_, context) => {
      gone = context?.gone ?? Effect.never
      return Response.json("in")
    }
    const { ask, identity } = yield* makeIdentityApp({}, { apiHandler })
    const secret = identity.keyFor("viewer")
    yield* ask("GET", "/api/events", bearer(secret))
    const ended = yield* Effect.forkChild(gone)

    yield* TestClock.adjust("1 minute")
    const before = ended.pollUnsafe()
    identity.secrets.delete(secret)
    yield* TestClock.adjust("5 seconds")

    yield* Fiber.join(ended)
    expect(before).toBeUndefined()
  })
)

it.effect("lets a client say later who it is where that is read, and nowhere else", () =>
  Effect.gen(function* () {
    const sockets = new Hono().get("/api/ws", (c) => c.json("later"))
    const { ask } = yield* makeIdentityApp({ local: false, late: ["/api/ws"] }, { sockets })

    const socket = yield* ask("GET", "/api/ws")
    const others = yield* Effect.forEach(["POST", "PUT", "PATCH", "DELETE"], (method) => ask(method, "/api/ws"))

    expect(socket.status).toBe(200)
    expect(others.map(({ status }) => status)).toEqual([401, 401, 401, 401])
  })
)

it.effect("refuses nobody at the API instead of failing, however nobody came there", () =>
  Effect.gen(function* () {
    const { ask } = yield* makeIdentityApp({ local: false, open: ["/api/jobs"] })

    const answer = yield* ask("GET", "/api/jobs")

    expect([answer.status, codeOf(answer)]).toEqual([401, "UNAUTHENTICATED"])
  })
)

it.effect("takes the session of who is signed in from our own pages and from links, and from no other site", () =>
  Effect.gen(function* () {
    const origin = "https://app.example.com"
    const sockets = new Hono().get("/api/ws", (c) => c.json(personOf(c)?.name ?? "nobody"))
    const options = { local: false, publicHost: "jobs.example.com", late: ["/api/ws"] }
    const { ask, fetch, identity } = yield* makeIdentityApp(options, { sockets, allowedOrigins: new Set([origin]) })
    identity.sessions.set("hers", { caller: identity.callerWith(identity.keyFor("admin")), isDue: false })
    const from = (headers: Record<string, string>) => ({ headers: { Cookie: "callboard-session=hers", ...headers } })
    const foreign = from({ Origin: origin, "Sec-Fetch-Site": "same-site" })

    const refused = yield* fetch("POST", "/api/jobs", { ...foreign, body: { jobType: "greet", input: { name: "A" } } })
    const read = yield* ask("GET", "/api/keys", foreign)
    const socket = yield* ask("GET", "/api/ws", foreign)
    const own = yield* ask("GET", "/api/ws", from({ Origin: "https://jobs.example.com" }))
    const link = yield* fetch("GET", "/help", from({ "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate" }))

    expect([refused.status, read.status, socket.json]).toEqual([401, 401, "nobody"])
    expect(refused.headers.has("Set-Cookie")).toBe(false)
    expect([own.json, link.status]).toEqual(["a admin", 200])
  })
)

it.effect("takes nobody behind a proxy for this computer", () =>
  Effect.gen(function* () {
    const { ask, identity } = yield* makeIdentityApp()
    const proxies = [
      { Forwarded: "for=203.0.113.9" },
      { "X-Forwarded-For": "203.0.113.9" },
      { "X-Forwarded-Host": "jobs.example.com" },
      { "X-Real-IP": "203.0.113.9" },
      { Via: "1.1 proxy" }
    ]

    const before = yield* Effect.forEach(proxies, (headers) => ask("GET", "/api/jobs", { headers }))
    const key = bearer(identity.keyFor("viewer")).headers
    const after = yield* Effect.forEach(proxies, (headers) =>
      ask("GET", "/api/jobs", { headers: { ...headers, ...key } })
    )

    expect(before.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
    expect(after.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  })
)

it.effect("counts keys and tokens that let nobody in, by what was wrong with them", () =>
  Effect.gen(function* () {
    const identity = makeFakeIdentity()
    const unusable = Layer.succeed(Tokens, {
      taken: true,
      verify: () => Effect.fail(new CredentialUnusable({ reason: "It names no organisation." }))
    })

    for (const credential of ["cb_wrong", "cb_wrong", identity.keyFor("viewer"), "token"]) {
      yield* Effect.exit(bearerOf(credential)).pipe(Effect.provide(Layer.merge(identity.layer, unusable)))
    }
    const counted = yield* Metric.snapshot

    expect(counted.map(({ attributes, state }) => ({ ...attributes, ...state }))).toMatchObject([
      { credential: "key", cause: "wrong", count: 2 },
      { credential: "token", cause: "unusable", count: 1 }
    ])
  }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
)

it.live("answers a held request of a key that was revoked meanwhile with nothing but that", () =>
  Effect.gen(function* () {
    const { ask, change, identity, listening, put } = yield* makeIdentityApp()
    const key = identity.keyFor("viewer")
    const job = put(aJob())
    const held = yield* Effect.forkChild(ask("GET", `/api/jobs/${job.jobId}/status?waitMs=30000`, bearer(key)))
    yield* listening.await

    identity.secrets.delete(key)
    yield* change(job, { status: "in_progress" })
    const answer = yield* Fiber.join(held)

    expect([answer.status, codeOf(answer)]).toEqual([401, "CREDENTIALS_REFUSED"])
    expect(JSON.stringify(answer.json)).not.toContain("in_progress")
  })
)
