import { expect } from "bun:test"
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import { backUp, restore } from "../../src/runtime/Backup.ts"
import { DataDirectory } from "../../src/runtime/DataDirectory.ts"
import { locateBinaries } from "../../src/runtime/postgres/EmbeddedPostgresBinaries.ts"
import { it } from "../support/effect.ts"
import { testDirectory } from "../support/testDirectory.ts"

/** Folder and files as given: what a server would have made. */
const write = (folder: string, files: Readonly<Record<string, string>>) =>
  Effect.sync(() => {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), content)
    }
    return folder
  })

it.live("makes no copy inside of what it copies, by whatever name that goes", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const data = yield* write(join(directory, "data"), { "secret.key": "key" })
    const elsewhere = yield* write(join(directory, "elsewhere"), { PG_VERSION: "18" })
    symlinkSync(elsewhere, join(data, "postgres"))
    symlinkSync(data, join(directory, "alias"))
    const before = readdirSync(directory, { recursive: true })

    for (const folder of [
      join(data, "copy"),
      join(directory, "alias", "new", "copy"),
      join(elsewhere, "copy"),
      join(data, "postgres", "copy")
    ]) {
      const error = yield* Effect.flip(
        backUp({ dataDirectory: data, folder, filesElsewhere: false, secretKeys: [], version: "0.0.0" })
      )
      expect(error).toMatchObject({ _tag: "BackupFailed", message: expect.stringContaining(`${folder} is inside of `) })
    }

    expect(readdirSync(directory, { recursive: true })).toEqual(before)
  })
)

it.live("copies what is only linked into the folder, and fails on a link to nothing", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const elsewhere = yield* write(join(directory, "elsewhere"), {
      "key/secret.key": "key",
      "files/job/menu.csv": "rows",
      "wal/000000010000000000000001": "log"
    })
    const data = yield* write(join(directory, "data"), { "postgres/PG_VERSION": "18" })
    symlinkSync(join(elsewhere, "key", "secret.key"), join(data, "secret.key"))
    symlinkSync(join(elsewhere, "files"), join(data, "artifacts"))
    symlinkSync(join(elsewhere, "wal"), join(data, "postgres", "pg_wal"))
    const backUpTo = (name: string) =>
      backUp({
        dataDirectory: data,
        folder: join(directory, name),
        filesElsewhere: false,
        secretKeys: [],
        version: "0.0.0"
      })

    const copy = yield* backUpTo("copy")
    const inside = yield* Effect.flip(backUpTo("elsewhere/files/copy"))
    symlinkSync(join(directory, "unmounted"), join(data, "evidence"))
    const dangling = yield* Effect.flip(backUpTo("copy-2"))
    unlinkSync(join(data, "evidence"))
    symlinkSync(data, join(data, "current"))
    const endless = yield* Effect.flip(backUpTo("copy-3"))
    unlinkSync(join(data, "current"))
    yield* write(join(directory, "older"), { "menu.csv": "rows" })
    symlinkSync(join(directory, "older"), join(elsewhere, "files", "older"))
    const holdsItself = yield* Effect.flip(backUpTo("older/copy"))

    const read = (name: string) => readFileSync(join(copy, name), "utf8")
    expect(read("secret.key")).toBe("key")
    expect(read("artifacts/job/menu.csv")).toBe("rows")
    expect(read("postgres/pg_wal/000000010000000000000001")).toBe("log")
    expect(readdirSync(copy).filter((name) => lstatSync(join(copy, name)).isSymbolicLink())).toEqual([])
    expect(inside.message).toContain(" is inside of ")
    expect(dangling.message).toContain("evidence is a link to nothing")
    expect(endless.message).toContain("current leads back into what is copied")
    expect(holdsItself.message).toContain(" leads back into what is copied")
    expect(readdirSync(directory).toSorted()).toEqual(["copy", "data", "elsewhere", "older"])
  })
)

it.live("puts nothing back into a folder that holds something already", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const { version } = yield* locateBinaries
    const manifest = { callboard: "0.0.0", postgres: version.split(".")[0], madeAt: "2020-01-01T00:00:00Z" }
    const copy = yield* write(join(directory, "copy"), {
      "callboard-backup.json": JSON.stringify(manifest),
      "secret.key": "the key of the copy",
      // Versions before copied it.
      "lock-journal": "of another process",
      "postgres/PG_VERSION": "18"
    })
    const full = yield* write(join(directory, "full"), { "secret.key": "a key that is in use" })
    const empty = join(directory, "empty")
    const into = (path: string) => restore(copy).pipe(Effect.provide(DataDirectory.layer({ path, exclusive: true })))

    const error = yield* Effect.flip(into(full))
    yield* into(empty)

    expect(error).toMatchObject({ _tag: "BackupFailed", message: expect.stringContaining("is not empty (secret.key)") })
    expect(readFileSync(join(full, "secret.key"), "utf8")).toBe("a key that is in use")
    expect(readFileSync(join(empty, "secret.key"), "utf8")).toBe("the key of the copy")
  })
)

it.live("copies nothing of a first start that was killed", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const data = yield* write(join(directory, "data"), {
      "secret.key": "key",
      "postgres/PG_VERSION": "18",
      "postgres/pg_wal/1": "",
      "postgres.new/PG_VERSION": "18",
      "postgres.new-aB3dE6/PG_VERSION": "18"
    })
    const folder = join(directory, "copy")

    yield* backUp({ dataDirectory: data, folder, filesElsewhere: false, secretKeys: [], version: "0.0.0" })

    expect(readdirSync(folder).toSorted()).toEqual(["callboard-backup.json", "postgres", "secret.key"])
  })
)
