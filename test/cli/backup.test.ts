import { expect } from "bun:test"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Fiber } from "effect"
import { embeddedVersion } from "../../src/runtime/postgres/EmbeddedPostgresBinaries.ts"
import { startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { commandLine } from "../support/CommandLine.ts"
import { it } from "../support/effect.ts"

const CALLBOARD_CONFIG = join(import.meta.dir, "../e2e/fixtures/job-types.ts")

/** Nothing runs, so nothing has to be waited for. */
const NEXT_YEAR = `${new Date().getFullYear() + 1}-12-31T00:00:00Z`

/** The oldest ones: more are written while the copy is made. */
const jobsOf = (folder: string) =>
  Effect.gen(function* () {
    const callboard = yield* startCallboard({ dataDirectory: folder, env: { CALLBOARD_CONFIG } })
    const { body } = yield* callboard.json<{ data: ReadonlyArray<{ id: string }> }>("/api/jobs?limit=200&order=asc")
    return new Set(body.data.map(({ id }) => id))
  }).pipe(Effect.scoped)

it.live(
  "copies a database while jobs are written, and puts the copy into an empty folder",
  () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const [data, copy, other] = ["data", "copy", "other"].map((name) => join(directory, name)) as [
        string,
        string,
        string
      ]
      const before = new Set<string>()
      yield* Effect.gen(function* () {
        const { create } = yield* startCallboard({ dataDirectory: data, env: { CALLBOARD_CONFIG } })
        const write = Effect.map(
          create("gated", { journal: "none", gate: "none" }, { runAt: NEXT_YEAR }),
          ({ id }) => id
        )
        for (let n = 0; n < 20; n++) before.add(yield* write)
        const writing = yield* Effect.forkChild(Effect.forever(write))
        const made = yield* commandLine({ CALLBOARD_DATA_DIR: data })("backup", copy)
        yield* Fiber.interrupt(writing)
        expect(made).toMatchObject({ code: 0, out: copy })
      }).pipe(Effect.scoped)
      expect(readdirSync(copy)).toContain("secret.key")
      expect(yield* commandLine({ CALLBOARD_DATA_DIR: data })("backup", copy)).toMatchObject({
        code: 1,
        error: expect.stringContaining("is there already")
      })

      const put = yield* commandLine({ CALLBOARD_DATA_DIR: other })("restore", copy)
      expect(put).toMatchObject({ code: 0 })
      expect(before.isSubsetOf(yield* jobsOf(other))).toBe(true)
      expect(yield* commandLine({ CALLBOARD_DATA_DIR: other })("restore", copy)).toMatchObject({
        code: 1,
        error: expect.stringContaining("holds a database already")
      })

      // One that does not run is copied too, and half a copy has no name.
      rmSync(copy, { recursive: true })
      expect(yield* commandLine({ CALLBOARD_DATA_DIR: other })("backup", copy)).toMatchObject({ code: 0 })
      expect(existsSync(`${copy}.unfinished`)).toBe(false)
    }),
  120_000
)

/** The files of a database that was never started: what a copy of it says does not depend on more. */
const folderWithDatabase = Effect.gen(function* () {
  const directory = yield* temporaryDirectory
  const data = join(directory, "data")
  mkdirSync(join(data, "postgres", "pg_wal"), { recursive: true })
  writeFileSync(join(data, "postgres", "PG_VERSION"), `${(yield* embeddedVersion).split(".")[0]}\n`)
  return { data, copy: join(directory, "copy"), other: join(directory, "other") }
})

const keyOf = (byte: number) => Buffer.alloc(32, byte).toString("base64")

it.live("says what is not in a copy, and at the restore what it needs besides", () =>
  Effect.gen(function* () {
    const { copy, data, other } = yield* folderWithDatabase
    const elsewhere = {
      CALLBOARD_SECRET_KEY: keyOf(1),
      CALLBOARD_ARTIFACTS_URL: "s3+http://key:hunter2@127.0.0.1:1/bucket"
    }
    const made = yield* commandLine({ ...elsewhere, CALLBOARD_DATA_DIR: data })("backup", copy)
    const { secretKeys } = JSON.parse(readFileSync(join(copy, "callboard-backup.json"), "utf8"))
    const without = yield* commandLine({ CALLBOARD_SECRET_KEY: keyOf(2), CALLBOARD_DATA_DIR: other })("restore", copy)
    rmSync(other, { recursive: true })
    const withAll = yield* commandLine({ ...elsewhere, CALLBOARD_DATA_DIR: other })("restore", copy)

    expect(made).toMatchObject({ code: 0, out: copy })
    expect(made.error).toContain("The key of secret inputs is NOT in it")
    expect(made.error).toContain("The files of jobs are NOT in it")
    expect(secretKeys).toEqual([expect.stringMatching(/^[0-9a-f]{8}$/u)])
    expect(without.code).toBe(0)
    expect(without.error).toContain(`another key (${secretKeys[0]})`)
    expect(without.error).toContain("set CALLBOARD_ARTIFACTS_URL")
    expect(withAll.error).toMatch(/^Restored what was backed up at \S+\.\nStart Callboard as usual\.$/u)
    for (const { error, out } of [made, without]) expect(`${out}${error}`).not.toMatch(/hunter2|AQEB/u)
  })
)

it.live("promises of the key in the folder only what it knows: the server may be started with another", () =>
  Effect.gen(function* () {
    const { copy, data } = yield* folderWithDatabase
    writeFileSync(join(data, "secret.key"), keyOf(1))

    const { code, error } = yield* commandLine({ CALLBOARD_DATA_DIR: data })("backup", copy)

    expect(code).toBe(0)
    expect(error).toMatch(
      /^It holds secret\.key \([0-9a-f]{8}\), .+ if the server is started with CALLBOARD_SECRET_KEY/u
    )
  })
)
