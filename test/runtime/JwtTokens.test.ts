import { expect } from "bun:test"
import { Effect, Redacted } from "effect"
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose"
import { problemResponse, toProblem } from "../../src/http/errorResponse.ts"
import { type JwtOptions, makeTokens } from "../../src/runtime/JwtTokens.ts"
import { it } from "../support/effect.ts"

const SECRET = "a-secret-that-nobody-knows-32-bytes!"

const bytes = (text: string) => new TextEncoder().encode(text)

/** As Supabase makes them for somebody who signed in. */
const person: JWTPayload = {
  sub: "person-1",
  role: "authenticated",
  email: "anna@example.com",
  app_metadata: { organisation_id: "north", provider: "email" },
  user_metadata: { organisation_id: "south", role: "admin" }
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds

const hs256 = (payload: JWTPayload, secret = SECRET) =>
  Effect.promise(() =>
    new SignJWT({ exp: inSeconds(60), ...payload }).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(bytes(secret))
  )

const shared: JwtOptions = { secret: Redacted.make(SECRET) }

const verify = (token: string, options: JwtOptions = shared) => makeTokens(options).verify(token)

const refusal = (token: string, options?: JwtOptions) =>
  Effect.map(Effect.flip(verify(token, options)), ({ _tag }) => _tag)

it.live("takes the tokens of a Supabase project: people are members, its backend is a service", () =>
  Effect.gen(function* () {
    const member = yield* verify(yield* hs256(person))
    const service = yield* verify(yield* hs256({ role: "service_role", iss: "supabase" }))

    expect(member.caller).toEqual({
      via: "token",
      subject: "person-1",
      name: "anna@example.com",
      role: "member",
      organisationId: "north"
    })
    expect(member.expiresAtMs).toBeGreaterThan(Date.now())
    expect(service.caller).toMatchObject({ subject: "service_role", role: "service", organisationId: "default" })
  })
)

it.live("reads roles where people cannot write them, and takes a role that it does not know for a viewer's", () =>
  Effect.gen(function* () {
    const roleFor = (app: object, rest: JWTPayload = {}) =>
      Effect.flatMap(hs256({ ...person, ...rest, app_metadata: { organisation_id: "north", ...app } }), (token) =>
        Effect.map(verify(token), ({ caller }) => caller.role)
      )

    expect(yield* roleFor({ role: "admin" })).toBe("admin")
    expect(yield* roleFor({ role: "chef" })).toBe("viewer")
    expect(yield* roleFor({}, { role: "operator" })).toBe("operator")
    expect(yield* roleFor({}, { user_metadata: { role: "admin" } })).toBe("member")
  })
)

it.live("takes a role that is no text for a viewer's, wherever else there is one", () =>
  Effect.gen(function* () {
    const roleFor = (claims: JWTPayload) =>
      Effect.flatMap(hs256({ ...person, ...claims }), (token) => Effect.map(verify(token), ({ caller }) => caller.role))
    const odd = [[], ["viewer"], "", 7, {}, true, "x".repeat(201), "ad\0min"]

    for (const role of odd) {
      const app_metadata = { organisation_id: "north", role }
      expect([role, yield* roleFor({ app_metadata, role: "authenticated" })]).toEqual([role, "viewer"])
      expect([role, yield* roleFor({ role } as JWTPayload)]).toEqual([role, "viewer"])
    }
    expect(yield* roleFor({ app_metadata: { organisation_id: "north", role: null }, role: "operator" })).toBe(
      "operator"
    )
  })
)

it.live("takes no organisation from a second place when the first cannot be read", () =>
  Effect.gen(function* () {
    const token = yield* hs256({ ...person, app_metadata: { organisation_id: 42 }, organisation_id: "south" })

    expect(yield* Effect.flip(verify(token))).toMatchObject({
      _tag: "CredentialUnusable",
      reason: "Its organisation (app_metadata.organisation_id) is no text of 1 to 200 characters."
    })
  })
)

it.live("lets in nobody whose token is everybody's, or names no person or no organisation", () =>
  Effect.gen(function* () {
    const { app_metadata: _, ...homeless } = person
    const { sub: __, ...nameless } = person
    const anon = yield* Effect.flip(verify(yield* hs256({ ...person, role: "anon" })))
    const without = yield* Effect.flip(verify(yield* hs256(homeless)))

    expect(anon).toMatchObject({ _tag: "CredentialUnusable", reason: expect.stringContaining("anon") })
    expect(without).toMatchObject({
      reason: expect.stringContaining("app_metadata.organisation_id or organisation_id")
    })
    expect(yield* refusal(yield* hs256(nameless))).toBe("CredentialUnusable")
    expect(yield* refusal(yield* hs256({ ...homeless, organisation_id: ["north"] }))).toBe("CredentialUnusable")
  })
)

it.live("refuses a backend whose organisation is there and cannot be read, and says so", () =>
  Effect.gen(function* () {
    const service = (claims: object) =>
      Effect.flatMap(hs256({ role: "service_role", ...claims }), (token) => verify(token))
    const malformed = [["north"], { id: "north" }, 7, "", "x".repeat(201), "no\0rth"]

    for (const organisation_id of malformed) {
      const error = yield* Effect.flip(service({ app_metadata: { organisation_id } }))
      const answer = problemResponse(toProblem(error))

      expect([organisation_id, answer.status]).toEqual([organisation_id, 401])
      expect(yield* Effect.promise(() => answer.json())).toMatchObject({
        code: "CREDENTIALS_REFUSED",
        detail: "Its organisation (app_metadata.organisation_id) is no text of 1 to 200 characters."
      })
    }
    expect((yield* service({ organisation_id: null })).caller.organisationId).toBe("default")
    expect((yield* service({ organisation_id: "north" })).caller.organisationId).toBe("north")
  })
)

it.live("finds the organisation where it is told to look, and nowhere else", () =>
  Effect.gen(function* () {
    const options = { ...shared, organisationClaim: "app_metadata.tenant.id" }
    const token = yield* hs256({ ...person, app_metadata: { tenant: { id: "east" }, organisation_id: "north" } })

    expect((yield* verify(token, options)).caller.organisationId).toBe("east")
    expect(yield* refusal(yield* hs256(person), options)).toBe("CredentialUnusable")
  })
)

it.live("refuses tokens that are too old or too new, never end, are for others, or are signed wrong", () =>
  Effect.gen(function* () {
    const strict = { ...shared, issuer: "https://auth.example.com", audience: "callboard" }
    const right = { ...person, iss: "https://auth.example.com", aud: "callboard" }
    const [header, payload, signature] = (yield* hs256(right)).split(".")
    const none = Buffer.from('{"alg":"none"}').toString("base64url")
    const hs512 = yield* Effect.promise(() =>
      new SignJWT({ ...right, exp: inSeconds(60) }).setProtectedHeader({ alg: "HS512" }).sign(bytes(SECRET.repeat(2)))
    )
    const endless = yield* Effect.promise(() =>
      new SignJWT(right).setProtectedHeader({ alg: "HS256" }).sign(bytes(SECRET))
    )
    const wrong = [
      yield* hs256({ ...right, exp: inSeconds(-60) }),
      yield* hs256({ ...right, nbf: inSeconds(60) }),
      yield* hs256({ ...right, iss: "https://evil.example" }),
      yield* hs256({ ...right, aud: "another" }),
      yield* hs256(right, "another-secret-of-the-right-length-32"),
      endless,
      hs512,
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${Buffer.from(JSON.stringify({ ...right, sub: "admin" })).toString("base64url")}.${signature}`,
      "a.b.c",
      "nonsense",
      "",
      "x".repeat(100_000)
    ]

    expect((yield* verify(`${header}.${payload}.${signature}`, strict)).caller.subject).toBe("person-1")
    for (const token of wrong) expect([token, yield* refusal(token, strict)]).toEqual([token, "CredentialRefused"])
    expect(yield* refusal(yield* hs256(right), {})).toBe("CredentialRefused")
  })
)

/** A key set over HTTP that can be broken. */
const keySet = Effect.gen(function* () {
  const { privateKey, publicKey } = yield* Effect.promise(() => generateKeyPair("ES256"))
  const jwk = { ...(yield* Effect.promise(() => exportJWK(publicKey))), kid: "key-1", alg: "ES256", use: "sig" }
  const state = { answer: (): Response => Response.json({ keys: [jwk] }), asked: 0 }
  const server = yield* Effect.acquireRelease(
    Effect.sync(() =>
      Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        fetch: () => {
          state.asked += 1
          return state.answer()
        }
      })
    ),
    (running) => Effect.promise(() => running.stop(true))
  )
  const sign = (payload: JWTPayload, kid = "key-1") =>
    Effect.promise(() =>
      new SignJWT({ exp: inSeconds(60), ...payload }).setProtectedHeader({ alg: "ES256", kid }).sign(privateKey)
    )
  return { sign, state, publicKey: jwk, jwksUrl: new URL("/jwks.json", server.url).href }
})

it.live("takes tokens that a key of the key set signed, and fetches the set once", () =>
  Effect.gen(function* () {
    const { jwksUrl, publicKey, sign, state } = yield* keySet
    const tokens = makeTokens({ jwksUrl })

    const callers = yield* Effect.forEach(["a", "b"], (sub) => Effect.flatMap(sign({ ...person, sub }), tokens.verify))
    const unknownKey = yield* Effect.flip(tokens.verify(yield* sign(person, "key-2")))
    // The public key taken for a shared secret: the classic confusion of algorithms.
    const confused = yield* Effect.flip(tokens.verify(yield* hs256(person, JSON.stringify(publicKey))))

    expect(callers.map(({ caller }) => caller.subject)).toEqual(["a", "b"])
    expect([unknownKey._tag, confused._tag]).toEqual(["CredentialRefused", "CredentialRefused"])
    expect(state.asked).toBeLessThanOrEqual(2)
  })
)

it.live(
  "lets who came by a key set stay signed in for half a day at most, since nobody is told when a key is taken out",
  () =>
    Effect.gen(function* () {
      const { jwksUrl, sign } = yield* keySet
      const tokens = makeTokens({ ...shared, jwksUrl })
      const hoursOf = (token: string) =>
        Effect.map(tokens.verify(token), ({ expiresAtMs }) => Math.round((expiresAtMs - Date.now()) / 3_600_000))

      expect(yield* hoursOf(yield* sign({ ...person, exp: inSeconds(30 * 86_400) }))).toBe(12)
      expect(yield* hoursOf(yield* sign({ ...person, exp: inSeconds(2 * 3_600) }))).toBe(2)
      expect(yield* hoursOf(yield* hs256({ ...person, exp: inSeconds(2 * 86_400) }))).toBe(48)
    })
)

it.live("says that it cannot know while the key set is away, broken or endless, and recovers", () =>
  Effect.gen(function* () {
    const { jwksUrl, sign, state } = yield* keySet
    const token = yield* sign(person)
    const works = state.answer
    const broken = [
      () => new Response("gone", { status: 500 }),
      () => new Response("<html>"),
      () => Response.json({ keys: "none" }),
      () => new Response("x".repeat(300 * 1_024))
    ]

    for (const answer of broken) {
      state.answer = answer
      expect(yield* refusal(token, { jwksUrl })).toBe("CredentialsUnavailable")
    }
    expect(yield* refusal(token, { jwksUrl: "http://127.0.0.1:1/jwks.json" })).toBe("CredentialsUnavailable")
    const tokens = makeTokens({ jwksUrl })
    expect((yield* Effect.flip(tokens.verify(token)))._tag).toBe("CredentialsUnavailable")
    state.answer = works
    expect((yield* tokens.verify(token)).caller.subject).toBe("person-1")
  })
)

it.live("takes both kinds of tokens where both are set", () =>
  Effect.gen(function* () {
    const { jwksUrl, sign } = yield* keySet
    const tokens = makeTokens({ ...shared, jwksUrl })

    expect((yield* tokens.verify(yield* hs256(person))).caller.subject).toBe("person-1")
    expect((yield* tokens.verify(yield* sign(person))).caller.subject).toBe("person-1")
  })
)

it.live("takes names that every object has for unknown roles, and no half characters in who somebody is", () =>
  Effect.gen(function* () {
    const half = "\ud800"
    const inNorth = { organisation_id: "north" }

    for (const role of ["constructor", "toString", "__proto__"]) {
      const { caller } = yield* verify(yield* hs256({ ...person, app_metadata: { ...inNorth, role } }))
      expect([role, caller.role]).toEqual([role, "viewer"])
    }
    const subject = yield* hs256({ ...person, app_metadata: inNorth, sub: half })
    const organisation = yield* hs256({ ...person, app_metadata: { organisation_id: half } })
    expect(yield* refusal(subject)).toBe("CredentialUnusable")
    expect(yield* refusal(organisation)).toBe("CredentialUnusable")
  })
)
