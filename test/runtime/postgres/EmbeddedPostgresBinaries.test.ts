import { expect } from "bun:test"
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { isReachable } from "../../../src/runtime/postgres/EmbeddedPostgresAccount.ts"
import { prepareBinaries } from "../../../src/runtime/postgres/EmbeddedPostgresBinaries.ts"
import { it } from "../../support/effect.ts"
import { testDirectory } from "../../support/testDirectory.ts"

/** A package as npm leaves it: the library is there, the short names are only listed. */
const installed = Effect.map(testDirectory, (parent) => {
  const directory = join(parent, "native")
  mkdirSync(join(directory, "lib"), { recursive: true })
  writeFileSync(join(directory, "lib", "libpq.so.5.18"), "library")
  writeFileSync(
    join(directory, "pg-symlinks.json"),
    JSON.stringify([{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so.5" }])
  )
  return { directory, version: "18.4.0" }
})

it.live("makes the short names of the libraries where the package lies", () =>
  Effect.gen(function* () {
    const binaries = yield* installed
    const options = { reachable: true, copies: yield* testDirectory }

    const prepared = prepareBinaries(binaries, options)
    const again = prepareBinaries(binaries, options)

    expect(prepared).toEqual(binaries)
    expect(again).toEqual(binaries)
    expect(existsSync(join(binaries.directory, "lib", "libpq.so.5"))).toBe(true)
    expect(readdirSync(options.copies)).toEqual([])
  })
)

it.live("copies the programs when their account cannot reach them, and leaves the package alone", () =>
  Effect.gen(function* () {
    const binaries = yield* installed
    const copies = yield* testDirectory

    const prepared = prepareBinaries(binaries, { reachable: false, copies })

    expect(prepared.directory).toBe(join(copies, "postgresql-18.4.0", "native"))
    expect(lstatSync(join(prepared.directory, "lib", "libpq.so.5")).isSymbolicLink()).toBe(true)
    expect(existsSync(join(prepared.directory, "lib", "libpq.so.5"))).toBe(true)
    expect(existsSync(join(binaries.directory, "lib", "libpq.so.5"))).toBe(false)
    expect(readdirSync(copies)).toEqual(["postgresql-18.4.0"])
  })
)

/** The mode of each file and folder, `final` first. */
const modesIn = (final: string) =>
  ["", ...readdirSync(final, { recursive: true }).map(String)]
    .toSorted()
    .map((path) => [path, (statSync(join(final, path)).mode & 0o777).toString(8)])

it.live("lets another account run the copy, whatever the umask says", () =>
  Effect.gen(function* () {
    const binaries = yield* installed
    const copies = yield* testDirectory
    mkdirSync(join(binaries.directory, "bin"))
    writeFileSync(join(binaries.directory, "bin", "initdb"), "program", { mode: 0o700 })
    rmSync(join(binaries.directory, "pg-symlinks.json"))
    const before = process.umask(0o077)

    prepareBinaries(binaries, { reachable: false, copies })

    process.umask(before)
    expect(modesIn(join(copies, "postgresql-18.4.0"))).toEqual([
      ["", "755"],
      ["native", "755"],
      ["native/bin", "755"],
      ["native/bin/initdb", "755"],
      ["native/lib", "755"],
      ["native/lib/libpq.so.5.18", "644"]
    ])
  })
)

it.live("keeps a copy that is there", () =>
  Effect.gen(function* () {
    const binaries = yield* installed
    const copies = yield* testDirectory
    const first = prepareBinaries(binaries, { reachable: false, copies })
    rmSync(binaries.directory, { recursive: true })

    expect(prepareBinaries(binaries, { reachable: false, copies })).toEqual(first)
  })
)

it.live("knows that another account cannot enter what lies below a closed folder", () =>
  Effect.gen(function* () {
    const stranger = { uid: 4_000_000, gid: 4_000_000 }
    const parent = yield* testDirectory
    const inside = join(parent, "closed", "inside")
    mkdirSync(inside, { recursive: true, mode: 0o755 })
    const before = isReachable(inside, stranger)

    chmodSync(join(parent, "closed"), 0o700)

    expect(before).toBe(true)
    expect(isReachable(inside, stranger)).toBe(false)
    expect(isReachable(parent, stranger)).toBe(true)
  })
)
