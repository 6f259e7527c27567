import { expect } from "bun:test"
import { Effect } from "effect"
import { SignJWT } from "jose"
import { eventually, spawnCallboard, startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { commandLine } from "../support/CommandLine.ts"
import { it } from "../support/effect.ts"
import { TestPostgres } from "../support/TestPostgres.ts"

/** `bun run keys ...` */
const keys = (env: Readonly<Record<string, string>>, ...words: ReadonlyArray<string>) =>
  commandLine(env)("keys", ...words)

const bearer = (secret: string) => ({ headers: { Authorization: `Bearer ${secret}` } })

it.live("does not start where others reach it and nobody has a key, and names the command that makes the first", () =>
  Effect.gen(function* () {
    const DATABASE_URL = TestPostgres.urlOf(yield* TestPostgres.freshDatabase())
    const dataDirectory = yield* temporaryDirectory
    const refusals = [{ HOST: "0.0.0.0" }, { CALLBOARD_PUBLIC_URL: "https://jobs.example.com" }].map((env) =>
      Effect.gen(function* () {
        const { ended, output } = yield* spawnCallboard({
          dataDirectory,
          env: { DATABASE_URL, CALLBOARD_ROLE: "web", ...env }
        })
        const code = yield* Effect.promise(() => ended)
        const said = output()
          .split("\n")
          .filter((line) => line.startsWith("Callboard cannot start."))
        return { code, said }
      })
    )

    for (const refusal of refusals) {
      const { code, said } = yield* refusal
      expect(code).toBe(1)
      expect(said).toEqual([expect.stringContaining('bun run keys create --name "your name" --role admin')])
    }
    expect(yield* keys({ DATABASE_URL }, "create", "--name", "Ada", "--role", "chef")).toMatchObject({
      code: 1,
      error: expect.stringContaining('Invalid value for flag --role: "chef"')
    })
  })
)

it.live("opens to others with the key that the command made, and closes to it within seconds of its end", () =>
  Effect.gen(function* () {
    const DATABASE_URL = TestPostgres.urlOf(yield* TestPostgres.freshDatabase())
    const made = yield* keys({ DATABASE_URL }, "create", "--name", "Ada", "--role", "admin", "--expires", "30")
    const env = { DATABASE_URL, CALLBOARD_ROLE: "web", HOST: "0.0.0.0" }
    const { json, output, url } = yield* startCallboard({ dataDirectory: yield* temporaryDirectory, env })
    const list = json<{ data: ReadonlyArray<{ id: string; name: string }> }>("/api/keys", bearer(made.out))

    const known = yield* list
    const stranger = yield* json("/api/jobs")
    const portal = yield* Effect.promise(() => fetch(new URL("/practice/", url), { redirect: "manual" }))
    const entered = yield* Effect.promise(() =>
      fetch(new URL("/sign-in", url), {
        method: "POST",
        redirect: "manual",
        headers: { Origin: url.origin },
        body: new URLSearchParams({ credential: made.out })
      })
    )
    const Cookie = /callboard-session=[^;]+/u.exec(entered.headers.get("Set-Cookie") ?? "")?.[0] ?? ""
    const seen = yield* json("/api/jobs", { headers: { Cookie } })
    const [key] = known.body.data
    const revoked = yield* keys({ DATABASE_URL }, "revoke", key!.id)
    const refused = yield* eventually(Effect.map(list, ({ status }) => (status === 401 ? status : undefined)))
    const out = yield* eventually(
      Effect.map(json("/api/jobs", { headers: { Cookie } }), ({ status }) => (status === 401 ? status : undefined))
    )

    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^cb_\S{43}$/u) })
    expect([known.status, key?.name]).toEqual([200, "Ada"])
    expect(stranger.status).toBe(401)
    expect(portal.headers.get("Location")).toContain("/sign-in")
    expect([entered.status, seen.status]).toEqual([303, 200])
    expect(revoked).toMatchObject({ code: 0 })
    expect([refused, out]).toEqual([401, 401])
    expect(output().includes(made.out)).toBe(false)
  })
)

it.live("makes keys in the embedded database, before a server runs on it and beside one", () =>
  Effect.gen(function* () {
    const dataDirectory = yield* temporaryDirectory
    const env = { CALLBOARD_DATA_DIR: dataDirectory, DATABASE_URL: "" }

    const before = yield* keys(env, "create", "--name", "Ada", "--role", "admin")
    const { json } = yield* startCallboard({ dataDirectory, env: { HOST: "0.0.0.0" } })
    const beside = yield* keys(env, "create", "--name", "Portal", "--role", "viewer", "--organisation", "north")
    const theirs = yield* keys(env, "create", "--name", "Nora", "--role", "admin", "--organisation", "north")
    const listed = yield* keys(env, "list")
    const madeIn = (secret: string) =>
      Effect.map(
        json<{ data: ReadonlyArray<{ name: string; after: object }> }>("/api/audit?what=key-create", bearer(secret)),
        ({ body }) => body.data.map(({ after, name }) => [name, after])
      )

    expect(yield* madeIn(theirs.out)).toEqual([
      ["the command line", { name: "Nora", role: "admin" }],
      ["the command line", { name: "Portal", role: "viewer" }]
    ])
    expect(yield* madeIn(before.out)).toEqual([["the command line", { name: "Ada", role: "admin" }]])
    expect((yield* json("/api/keys", bearer(before.out))).status).toBe(200)
    expect((yield* json("/api/keys", bearer(beside.out))).status).toBe(403)
    expect(listed.out).toMatch(/^\S{36} {2}admin {5}Ada /u)
    expect(listed.out).not.toContain(before.out)
  })
)

it.live("signs out who came with a token when its secret is changed, and everybody with the command", () =>
  Effect.gen(function* () {
    const DATABASE_URL = TestPostgres.urlOf(yield* TestPostgres.freshDatabase())
    const dataDirectory = yield* temporaryDirectory
    const secret = "a-secret-that-leaks-after-a-while-32!"
    const admin = yield* keys({ DATABASE_URL }, "create", "--name", "Ada", "--role", "admin")
    const token = yield* Effect.promise(() =>
      new SignJWT({ role: "service_role", exp: Math.floor(Date.now() / 1_000) + 86_400 })
        .setProtectedHeader({ alg: "HS256" })
        .sign(new TextEncoder().encode(secret))
    )
    const served = (jwtSecret: string) =>
      Effect.gen(function* () {
        const env = { DATABASE_URL, CALLBOARD_ROLE: "web", CALLBOARD_JWT_SECRET: jwtSecret }
        const { json, url } = yield* startCallboard({ dataDirectory, env })
        return {
          signIn: (credential: string) =>
            Effect.promise(async () => {
              const body = new URLSearchParams({ credential })
              const headers = { Origin: url.origin }
              const entered = await fetch(new URL("/sign-in", url), {
                method: "POST",
                redirect: "manual",
                headers,
                body
              })
              return /callboard-session=[^;]+/u.exec(entered.headers.get("Set-Cookie") ?? "")?.[0] ?? ""
            }),
          statusFor: (Cookie: string) => Effect.map(json("/api/jobs", { headers: { Cookie } }), ({ status }) => status)
        }
      })

    const [ofToken, ofKey] = yield* Effect.scoped(
      Effect.gen(function* () {
        const { signIn, statusFor } = yield* served(secret)
        const cookies = [yield* signIn(token), yield* signIn(admin.out)] as const
        for (const cookie of cookies) expect(yield* statusFor(cookie)).toBe(200)
        return cookies
      })
    )
    const { statusFor } = yield* served("the-new-secret-that-nobody-knows-32!!")
    const changed = [yield* statusFor(ofToken), yield* statusFor(ofKey)]
    const { error } = yield* keys({ DATABASE_URL }, "sign-out")
    const out = yield* eventually(Effect.map(statusFor(ofKey), (status) => (status === 401 ? status : undefined)))

    expect(changed).toEqual([401, 200])
    expect(error).toBe("Everybody is signed out of the board (2 sessions). Keys and tokens go on working.")
    expect(out).toBe(401)
  })
)
