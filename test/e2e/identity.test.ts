import { expect } from "bun:test"
import { Effect } from "effect"
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
