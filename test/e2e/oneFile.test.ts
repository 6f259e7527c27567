import { expect } from "bun:test"
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { makeBinary } from "../../build/makeBinary.ts"
import { startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"

/** It packs PostgreSQL and Chromium, and unpacks them. */
const LONG_MS = 240_000

const CONFIG = `import { defineJobType } from "callboard"
import { Effect, Schema } from "effect"
import { Ndjson } from "effect/encoding"
import { HttpClient } from "effect/http"
import { ChildProcess } from "effect/process"
import * as SameSchema from "effect/Schema"
import { SqlClient } from "effect/sql"
import * as SameSqlClient from "effect/sql/SqlClient"

const greet = defineJobType({
  name: "greet", title: "Greet", description: "", lane: "default", steps: [], example: { name: "Ada" },
  input: Schema.Struct({ name: SameSchema.String }), result: Schema.Boolean,
  run: () =>
    Effect.succeed([
      Schema.String === SameSchema.String, SqlClient.SqlClient === SameSqlClient.SqlClient, ChildProcess, HttpClient, Ndjson
    ].every(Boolean))
})
export default [greet]
`

const PRACTICE = {
  restaurantId: "trattoria-roma",
  email: "practice@example.com",
  password: "practice-password",
  tags: [{ name: "Vegan", items: ["Marinara"] }]
}

/** npm has a Chromium for this machine. */
const IS_SHIPPED = process.platform === "linux" && process.arch === "x64"

const PAGES = ["/jobs", "/trace/index.html", "/trace/sw.bundle.js", "/api/docs"]

const PORTAL_FILES = ["portal.css", "controls.css", "setup.css", "icon.svg"].map((name) => `/practice/${name}`)

it.live(
  "runs jobs of its own and of a team from one file, where there is nothing else",
  () =>
    Effect.gen(function* () {
      const program = join(yield* temporaryDirectory, "callboard")
      yield* Effect.promise(() => makeBinary({ outfile: program, slim: false }))
      const cwd = join(yield* temporaryDirectory, "empty")
      mkdirSync(cwd, { mode: 0o755 })
      writeFileSync(join(cwd, "callboard.config.ts"), CONFIG)
      const callboard = yield* startCallboard({
        dataDirectory: join(cwd, ".callboard"),
        alone: { program, cwd }
      })

      const jobs = [
        yield* callboard.create("greet", { name: "Ada" }),
        yield* callboard.create("add-item-tags", PRACTICE)
      ]
      const [greeting, practice] = yield* Effect.forEach(jobs, ({ id }) => callboard.jobEnded(id))

      expect(greeting).toMatchObject({ status: "completed", result: true })
      expect(practice).toMatchObject({ status: "completed", result: { created: ["Vegan"] } })
      for (const path of [...PAGES, ...PORTAL_FILES]) {
        const { ok } = yield* Effect.promise(() => fetch(new URL(path, callboard.url)))
        expect([path, ok]).toEqual([path, true])
      }
      const board = yield* Effect.promise(() => fetch(new URL("/jobs", callboard.url)).then((page) => page.text()))
      const assets = new Set(board.match(/\/assets\/[\w.-]+/gu))
      expect(assets.size).toBeGreaterThan(2)
      for (const asset of assets) {
        const { ok } = yield* Effect.promise(() => fetch(new URL(asset, callboard.url)))
        expect([asset, ok]).toEqual([asset, true])
      }
      expect(yield* callboard.signal("SIGTERM")).toBe(0)
      const programs = readdirSync(join(cwd, ".callboard/programs")).map((name) => name.split("-")[0])
      const carried = IS_SHIPPED ? ["postgresql", "starter", "chromium"] : ["postgresql", "starter"]
      expect(programs).toEqual(expect.arrayContaining(carried))
    }),
  LONG_MS
)
