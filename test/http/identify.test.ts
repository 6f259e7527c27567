import { expect } from "bun:test"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Hono } from "hono"
import { JobsUnavailable } from "../../src/domain/Jobs.ts"
import { makeApp } from "../../src/http/app.ts"
import { goneOf } from "../../src/http/callerOf.ts"
import { type IdentifyOptions, type IdentityServices, identify } from "../../src/http/identify.ts"
import { boardRoutes } from "../../src/http/pages/boardRoutes.ts"
import { renderErrorPage } from "../../src/http/pages/errorPage.tsx"
import { identityRoutes } from "../../src/http/pages/identityRoutes.ts"
import { makeRun, makeRunWith } from "../../src/http/Run.ts"
import { it } from "../support/effect.ts"
import { makeApi, readAnswer, toRequest } from "./calls.ts"

const info = { localOnly: true }

/** The whole app over fakes, with everybody asked who they are. */
const makeTestApp = (options: Partial<IdentifyOptions> = {}) =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const run = yield* makeRun.pipe(Effect.provideContext(api.services))
    const runIdentity = yield* makeRunWith<IdentityServices>().pipe(Effect.provideContext(api.services))
    const app = makeApp({
      run,
      apiHandler: api.handler,
      identify: (refuse) => identify({ run: runIdentity, refuse, local: true, ...options }),
      board: boardRoutes({ run, info }),
      mounts: { "/": identityRoutes({ run: runIdentity, info }) },
      errorPage: renderErrorPage(info)
    })
    const fetch = (...request: Parameters<typeof toRequest>) =>
      Effect.promise(async () => app.fetch(toRequest(...request)))
    const ask = (...request: Parameters<typeof toRequest>) => Effect.flatMap(fetch(...request), readAnswer)
    /** The form of a page, sent by that page. */
    const send = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
      fetch("POST", path, {
        body: new URLSearchParams(form).toString(),
        headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers }
      })
    return { ...api, ask, fetch, send }
  })

const bearer = (secret: string) => ({ headers: { Authorization: `Bearer ${secret}` } })

const codeOf = ({ json }: { readonly json: unknown }) => (json as { readonly code?: string } | undefined)?.code

const cookieOf = (response: Response) =>
  /callboard-session=([^;]*)/u.exec(response.headers.get("Set-Cookie") ?? "")?.[1]

const text = (response: Response) => Effect.promise(() => response.text())

it.effect("takes everybody at this computer for an admin until the first key is made", () =>
  Effect.gen(function* () {
    const { ask, identity } = yield* makeTestApp()

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
    const reachable = yield* makeTestApp({ local: false })
    const tokens = yield* makeTestApp()
    tokens.identity.state.tokensTaken = true

    expect((yield* reachable.ask("GET", "/api/jobs")).status).toBe(401)
    expect((yield* tokens.ask("GET", "/api/jobs")).status).toBe(401)
    expect((yield* tokens.ask("GET", "/readyz")).status).toBe(200)
  })
)

it.effect("answers every wrong credential alike, and says what is missing where there is none", () =>
  Effect.gen(function* () {
    const { ask, identity } = yield* makeTestApp()
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
    const { ask, identity } = yield* makeTestApp()
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
    const { ask, identity } = yield* makeTestApp()
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
    const { ask, fetch, identity } = yield* makeTestApp()
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

it.effect("signs in with a key, shows who that is, and out again", () =>
  Effect.gen(function* () {
    const { fetch, identity, send } = yield* makeTestApp()
    const secret = identity.keyFor("operator")

    const entered = yield* send("/sign-in", { credential: ` ${secret}\n`, back: "/help" })
    const Cookie = `callboard-session=${cookieOf(entered)}`
    const page = yield* Effect.flatMap(fetch("GET", "/help", { headers: { Cookie } }), text)
    const keys = yield* fetch("GET", "/keys", { headers: { Cookie } })
    const left = yield* send("/sign-out", {}, { Cookie })
    const after = yield* fetch("GET", "/help", { headers: { Cookie } })

    expect([entered.status, entered.headers.get("Location")]).toEqual([303, "/help"])
    expect(entered.headers.get("Set-Cookie")).toMatch(/HttpOnly; SameSite=Lax$/u)
    expect(entered.headers.get("Set-Cookie")).not.toContain(secret)
    expect(page).toContain("Signed in as <strong>a operator</strong> (operator)")
    expect(page).not.toContain('href="/keys"')
    expect(page).not.toContain("has no sign-in")
    expect([keys.status, yield* text(keys)]).toEqual([403, expect.stringContaining("Only admins may do this.")])
    expect(left.headers.get("Location")).toBe("/sign-in")
    expect(after.status).toBe(303)
    expect(identity.notes.map(({ action, by }) => [action, by])).toEqual([
      ["sign-in", "a operator"],
      ["sign-out", "a operator"]
    ])
  })
)

it.effect("keeps the cookie to encrypted connections where a proxy says there is one", () =>
  Effect.gen(function* () {
    const { identity, send } = yield* makeTestApp()

    const entered = yield* send("/sign-in", { credential: identity.keyFor("viewer") }, { "X-Forwarded-Proto": "https" })

    expect(entered.headers.get("Set-Cookie")).toContain("Secure")
  })
)

it.effect("leads nowhere else after a sign-in", () =>
  Effect.gen(function* () {
    const { identity, send } = yield* makeTestApp()
    const credential = identity.keyFor("viewer")

    for (const back of ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", ""]) {
      expect((yield* send("/sign-in", { credential, back })).headers.get("Location")).toBe("/jobs")
    }
  })
)

it.effect("ends the session that a browser had before, so that nobody can slip one in", () =>
  Effect.gen(function* () {
    const { identity, send } = yield* makeTestApp()
    const credential = identity.keyFor("viewer")
    const first = cookieOf(yield* send("/sign-in", { credential }))

    const second = cookieOf(yield* send("/sign-in", { credential }, { Cookie: `callboard-session=${first}` }))

    expect(second).not.toBe(first)
    expect([...identity.sessions.keys()]).toEqual([second!])
  })
)

it.effect("gives a page that is due a new cookie, and its parts none", () =>
  Effect.gen(function* () {
    const { fetch, identity } = yield* makeTestApp()
    identity.sessions.set("old", { caller: identity.callerWith(identity.keyFor("viewer")), isDue: true })
    const get = (destination: string) =>
      fetch("GET", "/help", { headers: { Cookie: "callboard-session=old", "Sec-Fetch-Dest": destination } })

    expect(cookieOf(yield* get("empty"))).toBeUndefined()
    expect(cookieOf(yield* get("document"))).toBe("old-renewed")
  })
)

it.effect("slows down who tries one key after the other, whatever the key, and lets sessions go on", () =>
  Effect.gen(function* () {
    const { fetch, identity, send } = yield* makeTestApp()
    const credential = identity.keyFor("viewer")
    const Cookie = `callboard-session=${cookieOf(yield* send("/sign-in", { credential }))}`

    const statuses: Array<number> = []
    for (let tried = 0; tried < 6; tried++) statuses.push((yield* send("/sign-in", { credential: "cb_no" })).status)
    const right = yield* send("/sign-in", { credential })

    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
    expect(right.status).toBe(429)
    expect(Number(right.headers.get("Retry-After"))).toBeGreaterThan(0)
    expect((yield* fetch("GET", "/help", { headers: { Cookie } })).status).toBe(200)
    expect(identity.notes.filter(({ action }) => action === "sign-in-failed")).toHaveLength(5)
    expect(JSON.stringify(identity.notes)).not.toContain("cb_no")
  })
)

it.effect("refuses what another site makes a signed-in browser send, also to sign it in", () =>
  Effect.gen(function* () {
    const { ask, identity, requests, send } = yield* makeTestApp()
    const credential = identity.keyFor("admin")
    const Cookie = `callboard-session=${cookieOf(yield* send("/sign-in", { credential }))}`
    const from = { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" }
    const body = { jobType: "greet", input: { name: "Ada" } }

    expect((yield* send("/keys", { name: "x", role: "admin", lifetime: "never" }, { Cookie, ...from })).status).toBe(
      403
    )
    expect((yield* send("/sign-in", { credential }, from)).status).toBe(403)
    expect(codeOf(yield* ask("POST", "/api/jobs", { body, headers: { Cookie, ...from } }))).toBe("CROSS_SITE_REQUEST")
    expect(requests).toHaveLength(0)
    const withKey = { ...bearer(credential).headers, ...from }
    expect((yield* ask("POST", "/api/jobs", { body, headers: withKey })).status).toBe(202)
  })
)

it.effect("makes the first key an admin's, and signs in whoever made it", () =>
  Effect.gen(function* () {
    const { fetch, identity, send } = yield* makeTestApp()
    const before = yield* Effect.flatMap(fetch("GET", "/keys"), text)

    const refused = yield* send("/keys", { name: "Ada", role: "viewer", lifetime: "90" })
    const made = yield* send("/keys", { name: "Ada", role: "admin", lifetime: "90" })
    const page = yield* text(made)
    const again = yield* fetch("GET", "/keys", { headers: { Cookie: `callboard-session=${cookieOf(made)}` } })

    expect(before).toContain("There is no key yet")
    expect(before).not.toContain('value="viewer"')
    expect(refused.status).toBe(422)
    expect(page).toContain([...identity.secrets.keys()][0]!)
    expect(made.headers.get("Cache-Control")).toBe("no-store")
    expect(again.status).toBe(200)
    expect(yield* text(again)).not.toContain([...identity.secrets.keys()][0]!)
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
    const { ask, identity } = yield* makeTestApp()
    const secret = identity.keyFor("admin")
    identity.state.fails = away

    const answer = yield* ask("GET", "/api/jobs", bearer(secret))

    expect([answer.status, codeOf(answer)]).toEqual([503, "SERVICE_UNAVAILABLE"])
  })
)
