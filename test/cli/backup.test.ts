import { expect } from "bun:test"
import { existsSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect, Fiber } from "effect"
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
