import { expect } from "bun:test"
import { Effect } from "effect"
import { Hono } from "hono"
import type { IdentityServices } from "../../../src/http/identify.ts"
import { withFrameFacts } from "../../../src/http/pages/frameFacts.ts"
import { identityRoutes } from "../../../src/http/pages/identityRoutes.ts"
import { makeRunWith } from "../../../src/http/Run.ts"
import { it } from "../../support/effect.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { asLocalCaller } from "../asLocal.ts"
import { makeFakeIdentity } from "../fakeIdentity.ts"
import { bearer, codeOf, cookieOf, makeIdentityApp, text } from "../identityApp.ts"
import { makeBoard } from "./testBoard.ts"

it.effect("signs in with a key, shows who that is, and out again", () =>
  Effect.gen(function* () {
    const { fetch, identity, send } = yield* makeIdentityApp()
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
    const { identity, send } = yield* makeIdentityApp()

    const entered = yield* send("/sign-in", { credential: identity.keyFor("viewer") }, { "X-Forwarded-Proto": "https" })

    expect(entered.headers.get("Set-Cookie")).toContain("Secure")
  })
)

it.effect("keeps the cookie to encrypted connections where the public address is one, whatever the proxy says", () =>
  Effect.gen(function* () {
    const secure = (publicUrl: string) =>
      Effect.gen(function* () {
        const hosts = { bound: "127.0.0.1", publicUrl: new URL(publicUrl) }
        const { identity, send } = yield* makeIdentityApp({}, { hosts })
        const entered = yield* send("/sign-in", { credential: identity.keyFor("viewer") })
        return entered.headers.get("Set-Cookie")?.includes("Secure")
      })

    expect(yield* secure("https://jobs.example.com")).toBe(true)
    expect(yield* secure("http://jobs.example.com")).toBe(false)
  })
)

it.effect("takes no session over HTTPS that another host of the domain could have planted", () =>
  Effect.gen(function* () {
    const { fetch, identity, send } = yield* makeIdentityApp()
    const https = { "X-Forwarded-Proto": "https" }
    const entered = yield* send("/sign-in", { credential: identity.keyFor("viewer") }, https)
    const planted = cookieOf(yield* send("/sign-in", { credential: identity.keyFor("viewer") }))
    const withCookie = (Cookie: string) => fetch("GET", "/help", { headers: { ...https, Cookie } })

    expect(entered.headers.get("Set-Cookie")).toMatch(/^__Host-callboard-session=[^;]+;.*Path=\/; .*Secure/u)
    expect(entered.headers.get("Set-Cookie")).not.toContain("Domain")
    expect((yield* withCookie(`callboard-session=${planted}`)).status).toBe(303)
    const both = `callboard-session=${planted}; __Host-callboard-session=${cookieOf(entered)}`
    expect((yield* withCookie(both)).status).toBe(200)
    const left = yield* send("/sign-out", {}, { ...https, Cookie: both })
    expect(left.headers.get("Set-Cookie")).toMatch(/^__Host-callboard-session=;.*Secure/u)
    expect([...identity.sessions.keys()]).toEqual([planted!])
  })
)

it.effect("leads nowhere else after a sign-in", () =>
  Effect.gen(function* () {
    const { identity, send } = yield* makeIdentityApp()
    const credential = identity.keyFor("viewer")

    for (const back of ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", ""]) {
      expect((yield* send("/sign-in", { credential, back })).headers.get("Location")).toBe("/jobs")
    }
  })
)

it.effect("ends the session that a browser had before, so that nobody can slip one in", () =>
  Effect.gen(function* () {
    const { identity, send } = yield* makeIdentityApp()
    const credential = identity.keyFor("viewer")
    const first = cookieOf(yield* send("/sign-in", { credential }))

    const second = cookieOf(yield* send("/sign-in", { credential }, { Cookie: `callboard-session=${first}` }))

    expect(second).not.toBe(first)
    expect([...identity.sessions.keys()]).toEqual([second!])
  })
)

it.effect("slows down who tries one key after the other, whatever the key, and lets sessions go on", () =>
  Effect.gen(function* () {
    const { fetch, identity, send } = yield* makeIdentityApp()
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
    const { ask, identity, requests, send } = yield* makeIdentityApp()
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
    const { fetch, identity, send } = yield* makeIdentityApp()
    const before = yield* Effect.flatMap(fetch("GET", "/keys"), text)

    const refused = yield* send("/keys", { name: "Ada", role: "viewer", lifetime: "90" })
    const made = yield* send("/keys", { name: "Ada", role: "admin", lifetime: "90" })
    const page = yield* text(made)
    const again = yield* fetch("GET", "/keys", { headers: { Cookie: `callboard-session=${cookieOf(made)}` } })

    expect(before).toContain("There is no key yet")
    expect(before).not.toContain('value="viewer"')
    expect(refused.status).toBe(422)
    expect(page).toContain([...identity.secrets.keys()][0]!)
    expect(page).toContain("Signed in as <strong>Ada</strong> (admin)")
    expect(page).not.toContain("has no sign-in")
    expect(made.headers.get("Cache-Control")).toBe("no-store")
    expect(again.status).toBe(200)
    expect(yield* text(again)).not.toContain([...identity.secrets.keys()][0]!)
  })
)

it.effect("says above keys and audit what stands at the top of every page", () =>
  Effect.gen(function* () {
    const fake = new FakeJobs([tagDishes])
    fake.board.overview = { failureKinds: 7 }
    const run = yield* Effect.provide(makeRunWith<IdentityServices>(), makeFakeIdentity().layer)
    const pages = identityRoutes({ run, info: { localOnly: true }, facts: withFrameFacts(makeBoard({ fake })) })
    const app = new Hono().use(asLocalCaller).route("/", pages)

    for (const path of ["/keys", "/audit"]) {
      const page = yield* Effect.promise(async () => (await app.request(path)).text())
      expect(page).toMatch(/id="nav-failures"[^>]*title="7 kinds of failure in the last 24 hours">7</u)
    }
  })
)

it.effect("loads what stands at the top for its own pages, and leaves the other pages to the board", () =>
  Effect.gen(function* () {
    const run = yield* Effect.provide(makeRunWith<IdentityServices>(), makeFakeIdentity().layer)
    const loaded: Array<string> = []
    const pages = identityRoutes({
      run,
      info: { localOnly: true },
      facts: (c, next) => {
        loaded.push(c.req.path)
        return next()
      }
    })
    const app = new Hono()
      .use(asLocalCaller)
      .route("/", pages)
      .get("*", (c) => c.text("the board"))

    for (const path of ["/keys", "/audit", "/", "/jobs", "/nowhere"])
      yield* Effect.promise(async () => app.request(path))

    expect(loaded).toEqual(["/keys", "/audit"])
  })
)

it.effect("counts wrong keys that come together", () =>
  Effect.gen(function* () {
    const { identity, send } = yield* makeIdentityApp()
    identity.keyFor("viewer")

    const answers = yield* Effect.replicateEffect(send("/sign-in", { credential: "cb_wrong" }), 15, {
      concurrency: "unbounded"
    })

    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 429).map(({ headers }) => headers.get("Retry-After"))).toEqual(
      Array.from({ length: 10 }, () => "10")
    )
    expect(identity.notes.map(({ action }) => action)).toEqual(Array.from({ length: 5 }, () => "sign-in-failed"))
  })
)

it.effect("signs all in who come together with right keys", () =>
  Effect.gen(function* () {
    const { identity, send } = yield* makeIdentityApp()
    const credential = identity.keyFor("viewer")

    const answers = yield* Effect.replicateEffect(send("/sign-in", { credential }), 8, { concurrency: "unbounded" })

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 303))
  })
)

it.effect("says when more keys were made than are listed", () =>
  Effect.gen(function* () {
    const { fetch, identity } = yield* makeIdentityApp()
    const admin = identity.keyFor("admin")
    const page = Effect.flatMap(fetch("GET", "/keys", bearer(admin)), text)

    const few = yield* page
    for (let made = 1; made < 500; made++) identity.keyFor("viewer")
    const many = yield* page

    expect([few, many].map((shown) => shown.includes("At most 500 are listed"))).toEqual([false, true])
  })
)

it.effect("leads to the form past all keys, names each key's button, and folds up what no longer works", () =>
  Effect.gen(function* () {
    const { fetch, identity } = yield* makeIdentityApp()
    const admin = identity.keyFor("admin")
    const page = Effect.flatMap(fetch("GET", "/keys", bearer(admin)), text)

    const before = yield* page
    identity.keyFor("viewer")
    const [viewer] = identity.all
    identity.all[0] = { ...viewer!, revokedAt: viewer!.createdAt }
    const after = yield* page

    expect(before).toContain('href="#key-name"')
    expect(before).toMatch(/Revoke\s*<span class="visually-hidden"> a admin<\/span>/u)
    expect(before).not.toContain("<details>")
    const [live, folded] = after.split("<details>")
    expect(live).not.toContain("a viewer")
    expect(folded).toMatch(/<summary>Revoked or expired: 1<\/summary>.*<strong>a viewer<\/strong>.*<\/details>/su)
  })
)
