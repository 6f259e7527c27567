import { expect } from "bun:test"
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { Reactivity } from "effect/reactivity"
import { EmbeddedPostgres } from "../../../src/runtime/postgres/EmbeddedPostgres.ts"
import { obtainBinaries } from "../../../src/runtime/postgres/EmbeddedPostgresBinaries.ts"
import { prepareData } from "../../../src/runtime/postgres/EmbeddedPostgresData.ts"
import { choosePlaces } from "../../../src/runtime/postgres/EmbeddedPostgresPlaces.ts"
import { it } from "../../support/effect.ts"
import { testDirectory } from "../../support/testDirectory.ts"

/** A data folder, and its places with scripts in front of the programs; `$real` is the program itself. */
const withScripts = Effect.fnUntraced(function* (scripts: Readonly<Record<string, string>>) {
  const directory = yield* testDirectory
  const places = choosePlaces(directory, yield* obtainBinaries(directory))
  const folder = yield* testDirectory
  mkdirSync(join(folder, "bin"))
  chmodSync(join(folder, "bin"), 0o755)
  for (const program of ["initdb", "postgres"]) {
    const path = join(folder, "bin", program)
    const real = join(places.binaries.directory, "bin", program)
    writeFileSync(path, `#!/bin/sh\nreal='${real}'\n${scripts[program] ?? 'exec "$real" "$@"'}\n`)
    chmodSync(path, 0o755)
  }
  return { directory, places: { ...places, binaries: { ...places.binaries, directory: folder } } }
})

const databaseAt = (directory: string) =>
  Effect.gen(function* () {
    const { socketDirectory: host, ...address } = yield* EmbeddedPostgres.make({ directory })
    const sql = yield* PgClient.makeClient({ ...address, host })
    return (yield* sql`SELECT current_database() AS name`)[0]
  }).pipe(Effect.provide(Reactivity.layer), Effect.scoped)

const filesIn = (directory: string) => readdirSync(directory).filter((name) => name.startsWith("postgres"))

it.live("refuses a database that it could not make whole, and makes it at the next start", () =>
  Effect.gen(function* () {
    const { directory, places } = yield* withScripts({ postgres: 'echo "SELECT 1/0;" | "$real" "$@"' })

    const refusal = yield* Effect.flip(prepareData(places))
    const existed = existsSync(places.data)

    expect(refusal.message).toContain("division by zero")
    expect(existed).toBe(false)
    expect(yield* databaseAt(directory)).toEqual({ name: "callboard" })
    expect(filesIn(directory)).toEqual(["postgres"])
  })
)

it.live("makes the database in a folder that a version before left without one", () =>
  Effect.gen(function* () {
    const { directory, places } = yield* withScripts({ postgres: "cat > /dev/null" })
    yield* prepareData(places)

    expect(existsSync(places.data)).toBe(true)
    expect(yield* databaseAt(directory)).toEqual({ name: "callboard" })
  })
)

it.live("starts beside an initdb that outlived its killed predecessor", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const left = join(directory, "postgres.new")
    const script = `mkdir -p "$0"; echo; while :; do mkdir -p "$0/base"; : > "$0/base/1"; done`
    const orphan = yield* Effect.acquireRelease(
      Effect.sync(() => Bun.spawn(["sh", "-c", script, left], { stdout: "pipe", stderr: "ignore" })),
      (child) =>
        Effect.promise(() => {
          child.kill("SIGKILL")
          return child.exited
        })
    )
    yield* Effect.promise(() => orphan.stdout.getReader().read())

    const found = yield* databaseAt(directory)

    expect(found).toEqual({ name: "callboard" })
    expect(orphan.exitCode).toBe(null)
    orphan.kill("SIGKILL")
    yield* Effect.promise(() => orphan.exited)
    yield* databaseAt(directory)
    expect(filesIn(directory)).toEqual(["postgres"])
  })
)

const refusals: ReadonlyArray<readonly [name: string, lines: ReadonlyArray<string>, says: string]> = [
  [
    "names what went wrong, rather than what was cleared away afterwards",
    ["initdb: error: could not change permissions", "initdb: removing contents of data directory"],
    "(initdb ended with 1: initdb: error: could not change permissions)"
  ],
  [
    "says what to do when the disk is full",
    ["FATAL:  could not write to file: No space left on device", "child process exited with exit code 1"],
    "the disk is full. Free space on the disk of its data folder (CALLBOARD_DATA_DIR)."
  ]
]

for (const [name, lines, says] of refusals) {
  it.live(name, () =>
    Effect.gen(function* () {
      const told = lines.map((line) => `echo '${line}' >&2`).join("\n")
      const { places } = yield* withScripts({ initdb: `${told}\nexit 1` })

      expect((yield* Effect.flip(prepareData(places))).message).toContain(says)
    })
  )
}
