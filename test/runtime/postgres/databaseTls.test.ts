import { expect } from "bun:test"
import { chownSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import { pki } from "node-forge"
import { checkDatabase } from "../../../src/cli/doctor/checkDatabase.ts"
import { EmbeddedPostgres } from "../../../src/runtime/postgres/EmbeddedPostgres.ts"
import * as PgDatabase from "../../../src/runtime/postgres/PgDatabase.ts"
import { readSettings } from "../../../src/runtime/Settings.ts"
import { temporaryDirectory } from "../../support/CallboardProcess.ts"
import { it } from "../../support/effect.ts"
import { makeCertificate } from "../../support/makeCertificate.ts"

/** A port that was free a moment ago: PostgreSQL chooses none itself. */
const freePort = Effect.sync(() => {
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } })
  taken.stop(true)
  return taken.port
})

/** A server named `localhost`, whose certificate an authority of its own has signed. */
const privateServer = Effect.gen(function* () {
  const directory = yield* temporaryDirectory
  const file = (name: string) => join(directory, `${name}.crt`)
  const authority = makeCertificate("authority")
  writeFileSync(file("authority"), pki.certificateToPem(authority.certificate))
  writeFileSync(file("stranger"), pki.certificateToPem(makeCertificate("stranger").certificate))
  const own = makeCertificate("localhost", authority)

  const port = yield* freePort
  const server = yield* EmbeddedPostgres.make({
    directory,
    settings: { fsync: "off", listen_addresses: "127.0.0.1", port: String(port) }
  })
  const socket = { host: server.socketDirectory, port, database: server.database, username: server.username }
  const data = join(directory, "postgres")
  const { gid, uid } = statSync(data)
  const files = { "server.key": pki.privateKeyToPem(own.key), "server.crt": pki.certificateToPem(own.certificate) }
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(data, name), text, { mode: 0o600 })
    chownSync(join(data, name), uid, gid)
  }
  writeFileSync(join(data, "pg_hba.conf"), "local all all trust\nhost all all 127.0.0.1/32 trust\n")

  const asked = Effect.flatMap(PgClient.PgClient, (sql) => sql<{ ssl: string }>`SELECT current_setting('ssl') AS ssl`)
  /** Sessions that begin after the server has read its settings again know. */
  const speakTls = (ssl: "on" | "off") =>
    Effect.flatMap(PgClient.PgClient, (sql) =>
      Effect.andThen(sql.unsafe(`ALTER SYSTEM SET ssl = ${ssl}`), sql`SELECT pg_reload_conf()`)
    ).pipe(
      Effect.provide(PgClient.layer(socket)),
      Effect.andThen(
        Effect.provide(asked, PgClient.layer(socket), { local: true }).pipe(
          Effect.repeat({ until: ([row]) => row?.ssl === ssl })
        )
      )
    )
  yield* speakTls("on")

  const urlOf = (query: string, host = "localhost") =>
    `postgres://${server.username}@${host}:${port}/${server.database}${query}`
  return { file, socket, speakTls, urlOf }
})

/** Whether the connections at this address are encrypted, or what speaks against them. */
const encryptionAt = (url: string) =>
  Effect.flatMap(
    PgClient.PgClient,
    (sql) => sql<{ ssl: boolean }>`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`
  ).pipe(
    Effect.map(([row]) => (row!.ssl ? "encrypted" : "plain")),
    Effect.provide(PgDatabase.untouched({ url: Redacted.make(url) })),
    Effect.catch(({ message }) => Effect.succeed(message))
  )

it.live("speaks TLS with a database whose certificate no public authority has signed, as psql does", () =>
  Effect.gen(function* () {
    const { file, socket, speakTls, urlOf } = yield* privateServer
    const refused = expect.stringMatching(/certificate.*sslrootcert/su)
    const found = (query: string, host?: string) => encryptionAt(urlOf(query, host))
    const own = `sslrootcert=${file("authority")}`

    expect(yield* found("")).toBe("plain")
    expect(yield* found("?sslmode=disable")).toBe("plain")
    for (const mode of ["allow", "prefer", "require"]) {
      expect([mode, yield* found(`?sslmode=${mode}`)]).toEqual([mode, "encrypted"])
    }
    // An authority that is named is asked, whatever the mode.
    expect(yield* found(`?sslmode=require&sslrootcert=${file("stranger")}`)).toEqual(refused)
    expect(yield* found(`?sslmode=prefer&sslrootcert=${file("stranger")}`)).toEqual(refused)
    expect(yield* found(`?sslrootcert=${file("stranger")}`)).toEqual(refused)
    expect(yield* found(`?sslmode=require&${own}`)).toBe("encrypted")
    expect(yield* found(`?sslmode=verify-ca`)).toEqual(refused)
    expect(yield* found(`?sslmode=verify-full`)).toEqual(refused)
    // Only verify-full minds under which name the server is reached.
    expect(yield* found(`?sslmode=verify-ca&${own}`, "127.0.0.1")).toBe("encrypted")
    expect(yield* found(`?sslmode=verify-full&${own}`, "127.0.0.1")).toEqual(refused)
    expect(yield* found(`?sslmode=verify-full&${own}`)).toBe("encrypted")
    expect(yield* found(`?${own}`, "127.0.0.1")).toEqual(refused)
    expect(yield* found("?sslmode=require&sslrootcert=/nowhere.crt")).toContain("sslrootcert cannot be read")
    // Nobody stands between the ends of a socket.
    expect(yield* found(`?sslmode=verify-full&host=${socket.host}`)).toBe("plain")

    const look = (query: string) => Effect.flatMap(readSettings({ DATABASE_URL: urlOf(query) }), checkDatabase)
    const notFine = (query: string) => Effect.map(look(query), (all) => all.filter(({ state }) => state !== "fine"))
    expect(yield* notFine(`?sslmode=verify-full&${own}`)).toEqual([])
    expect(yield* notFine("?sslmode=require")).toMatchObject([{ state: "warning", about: "encryption" }])
    expect(yield* notFine("?sslmode=verify-full")).toMatchObject([
      { state: "fault", about: "database", advice: expect.stringContaining("sslrootcert") }
    ])

    // The migrations and the pool that the process works with.
    const migrated = Effect.flatMap(
      PgClient.PgClient,
      (sql) =>
        sql`SELECT ssl, to_regclass('script_jobs') IS NOT NULL AS has_tables FROM pg_stat_ssl WHERE pid = pg_backend_pid()`
    ).pipe(Effect.provide(PgDatabase.layer({ url: Redacted.make(urlOf(`?sslmode=verify-full&${own}`)) })))
    expect(yield* migrated).toEqual([{ ssl: true, hasTables: true }])

    yield* speakTls("off")
    expect(yield* found("?sslmode=prefer")).toBe("plain")
    expect(yield* found("?sslmode=require")).toContain("does not support TLS")
  })
)
