import { expect } from "bun:test"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { type Unpacking, unpackOnce } from "../../../src/runtime/carried/unpackOnce.ts"
import { it } from "../../support/effect.ts"
import { testDirectory } from "../../support/testDirectory.ts"
import { packed } from "./packed.ts"

const FILES = { "bin/postgres": "program", "lib/deep/library.so": "library", "share/empty": "" }

const { bytes, program } = packed(FILES)

/** Counts how often the archive was read. */
const opening = (archive = bytes) => {
  const unpacking = {
    count: 0,
    open: () => {
      unpacking.count += 1
      return new Blob([archive])
    }
  }
  return unpacking
}

const unpack = (directory: string, unpacking: Unpacking = opening(), which = program) =>
  Effect.promise(() => unpackOnce(which, directory, unpacking))

const failure = (directory: string, unpacking: Unpacking, which = program) =>
  Effect.flip(Effect.tryPromise({ try: () => unpackOnce(which, directory, unpacking), catch: String }))

const programsIn = (directory: string) =>
  readdirSync(join(directory, "programs")).filter((name) => !name.startsWith("lock"))

const FOLDER = "postgresql-18.4.0-0123456789ab"

it.live("unpacks every file once, those that run as programs", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const archive = opening()

    const folder = yield* unpack(directory, archive)
    const again = yield* unpack(directory, archive)

    expect([folder, again, archive.count]).toEqual([join(directory, "programs", FOLDER), folder, 1])
    for (const [path, text] of Object.entries(FILES)) expect(readFileSync(join(folder, path), "utf8")).toBe(text)
    expect(["bin/postgres", "share/empty"].map((path) => statSync(join(folder, path)).mode & 0o777)).toEqual([
      0o755, 0o644
    ])
  })
)

it.live("unpacks once when several start at once", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const archive = opening()

    const folders = yield* Effect.all(
      [1, 2, 3].map(() => unpack(directory, archive)),
      { concurrency: "unbounded" }
    )

    expect(new Set(folders).size).toBe(1)
    expect(archive.count).toBe(1)
  })
)

it.live("leaves nothing behind of an archive that is not what was packed, or that ends too early", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const other = packed({ ...FILES, "lib/deep/library.so": "Library" }).bytes

    const changed = yield* failure(directory, opening(other))
    const short = yield* failure(directory, opening(packed({ "bin/postgres": "program", "lib/x": "lib" }).bytes))

    expect(changed).toContain("lib/deep/library.so is not what was packed")
    expect(short).toContain("all.zst ends too early")
    expect(programsIn(directory)).toEqual([])
  })
)

it.live("fails once, and leaves nothing behind, where the disk takes no more", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    // As a full disk: each file may have a few kilobytes.
    const script = 'trap "" XFSZ; ulimit -f 16; exec bun "$0" "$@"'
    const child = Bun.spawn(["sh", "-c", script, join(import.meta.dir, "fixtures/smallDisk.ts"), directory], {
      stdout: "pipe",
      stderr: "ignore"
    })
    const told = JSON.parse(yield* Effect.promise(() => new Response(child.stdout).text()))

    expect(told).toEqual({ end: "Error: EFBIG: file too large, write", forgotten: 0 })
    expect(programsIn(directory)).toEqual([])
  })
)

it.live("unpacks again what was changed, cut off or removed", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const folder = yield* unpack(directory)
    const path = join(folder, "lib/deep/library.so")
    const harms = [
      () => writeFileSync(path, "LIBRARY"),
      () => writeFileSync(path, "lib"),
      () => rmSync(path),
      () => rmSync(join(folder, "share"), { recursive: true })
    ]

    for (const harm of harms) {
      const archive = opening()
      harm()
      yield* unpack(directory, archive)
      expect([archive.count, readFileSync(path, "utf8")]).toEqual([1, "library"])
      expect(existsSync(join(folder, "share/empty"))).toBe(true)
    }
  })
)

it.live("keeps a copy of the folder whose files have another time", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const folder = yield* unpack(directory)
    const archive = opening()
    const copied = join(folder, "bin/postgres")
    utimesSync(copied, new Date(), new Date())

    yield* unpack(directory, archive)

    expect(archive.count).toBe(0)
  })
)

it.live("goes on where a process was killed while it unpacked", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        Bun.spawn(["bun", join(import.meta.dir, "fixtures/endlessUnpacking.ts"), directory], {
          stdin: "ignore",
          stdout: "pipe",
          stderr: "ignore"
        })
      ),
      (running) =>
        Effect.promise(() => {
          running.kill("SIGKILL")
          return running.exited
        })
    )
    yield* Effect.promise(() => child.stdout.getReader().read())
    expect(programsIn(directory)).toEqual([`${FOLDER}.unfinished`])
    child.kill("SIGKILL")
    yield* Effect.promise(() => child.exited)

    const folder = yield* unpack(directory)

    expect(programsIn(directory)).toEqual([FOLDER])
    expect(readFileSync(join(folder, "bin/postgres"), "utf8")).toBe("program")
  })
)

it.live("removes other versions of the program, but not one that still runs, and no other program", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const names = ["postgresql-1.0.0-00", "postgresql-1.0.1-00", "chromium-1.0.0-00"]
    for (const name of names) mkdirSync(join(directory, "programs", name), { recursive: true })
    const running = join(directory, "programs", names[1]!, "postgres")
    copyFileSync("/bin/sleep", running)
    yield* Effect.acquireRelease(
      Effect.sync(() => Bun.spawn([running, "60"], { stdin: "ignore", stdout: "ignore", stderr: "ignore" })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )

    yield* unpack(directory)

    expect(programsIn(directory).toSorted()).toEqual([names[2]!, names[1]!, FOLDER].toSorted())
  })
)

it.live("keeps other versions where nobody can tell what runs, and removes what was left unfinished", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const names = ["postgresql-1.0.0-00", "postgresql-1.0.1-00.unfinished", "chromium-1.0.0-00.unfinished"]
    for (const name of names) mkdirSync(join(directory, "programs", name), { recursive: true })

    yield* unpack(directory, { ...opening(), running: () => undefined })

    expect(programsIn(directory).toSorted()).toEqual([names[0]!, names[2]!, FOLDER].toSorted())
  })
)

it.live("makes a data directory that is closed to others", () =>
  Effect.gen(function* () {
    const directory = join(yield* testDirectory, "new")

    yield* unpack(directory)

    expect(statSync(directory).mode & 0o066).toBe(0)
  })
)
