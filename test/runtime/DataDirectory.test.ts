import { expect } from "bun:test"
import { existsSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { DataDirectory } from "../../src/runtime/DataDirectory.ts"
import { it } from "../support/effect.ts"
import { testDirectory } from "../support/testDirectory.ts"

const own = (path: string, exclusive = true) =>
  DataDirectory.pipe(Effect.provide(DataDirectory.layer({ path, exclusive })))

/** A process that owns the directory, with its pid. */
const owner = (path: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const module = join(import.meta.dir, "../../src/runtime/DataDirectory.ts")
      const program = `
        import { Effect } from "effect"
        import { DataDirectory } from ${JSON.stringify(module)}
        process.stdin.on("end", () => process.exit()).resume()
        const ready = Effect.map(DataDirectory, () => process.stdout.write("ready"))
        await ready.pipe(Effect.andThen(Effect.never), Effect.provide(DataDirectory.layer({ path: ${JSON.stringify(path)}, exclusive: true })), Effect.runPromise)`
      return Bun.spawn([process.execPath, "-e", program], {
        cwd: join(import.meta.dir, "../.."),
        stdin: "pipe",
        stdout: "pipe"
      })
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  ).pipe(Effect.tap((child) => Effect.promise(() => child.stdout.getReader().read())))

it.live("tells a second process who owns the directory and what to do", () =>
  Effect.gen(function* () {
    const path = yield* testDirectory
    const { pid } = yield* owner(path)

    const error = yield* Effect.flip(own(path))

    expect(error).toMatchObject({ _tag: "DataDirectoryInUse", path, pid })
    for (const part of [path, `process ${pid}`, "CALLBOARD_DATA_DIR", "DATABASE_URL"]) {
      expect(error.message).toContain(part)
    }
  })
)

it.live("is free again as soon as its owner was killed", () =>
  Effect.gen(function* () {
    const path = yield* testDirectory
    const child = yield* owner(path)
    child.kill("SIGKILL")
    yield* Effect.promise(() => child.exited)

    expect(yield* own(path)).toEqual({ path })
  })
)

it.live("is free again when its owner is done", () =>
  Effect.gen(function* () {
    const path = yield* testDirectory
    yield* own(path)

    expect(yield* own(path)).toEqual({ path })
    expect(existsSync(join(path, "pid"))).toBe(false)
  })
)

it.live("can be shared where no lock is wanted", () =>
  Effect.gen(function* () {
    const path = yield* testDirectory
    yield* owner(path)

    expect(yield* own(path, false)).toEqual({ path })
  })
)

it.live("makes the directory, closed to other people", () =>
  Effect.gen(function* () {
    const path = join(yield* testDirectory, "new", ".callboard")
    yield* own(path)

    expect(statSync(path).mode & 0o066).toBe(0)
  })
)

it.live("says what is wrong with a path that cannot be a directory", () =>
  Effect.gen(function* () {
    const directory = yield* testDirectory
    const [file, link] = [join(directory, "file"), join(directory, "link")]
    writeFileSync(file, "")
    symlinkSync("/nowhere", link)

    for (const path of [file, join(file, "below"), link]) {
      const error = yield* Effect.flip(own(path))

      expect(error._tag).toBe("DataDirectoryUnusable")
      expect(error.message).toEndWith(
        "remove the file or the broken link that is in its place, or name another one with CALLBOARD_DATA_DIR."
      )
    }
  })
)
