import { expect } from "bun:test"
import { readdirSync } from "node:fs"
import { Effect } from "effect"
import { temporaryDirectory } from "../support/CallboardProcess.ts"
import { commandLine } from "../support/CommandLine.ts"
import { it } from "../support/effect.ts"

const KEY = "00000000-0000-4000-8000-000000000000"

it.live("makes no database for who only looks, and says where there is none", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    for (const words of [
      ["migrate", "--check"],
      ["keys", "list"],
      ["keys", "revoke", KEY],
      ["keys", "sign-out"]
    ]) {
      const { code, error } = yield* commandLine({ CALLBOARD_DATA_DIR: folder, DATABASE_URL: "" })(...words)

      expect([words, code, error]).toEqual([
        words,
        1,
        `There is no embedded database in ${folder}. Set CALLBOARD_DATA_DIR to its folder, or DATABASE_URL.`
      ])
      expect(readdirSync(folder)).toEqual([])
    }
  })
)

it.live("says of a database that is away what it was told, before it migrates", () =>
  Effect.gen(function* () {
    const DATABASE_URL = "postgres://callboard:hunter2@127.0.0.1:1/jobs"
    const { code, error } = yield* commandLine({ DATABASE_URL })("migrate", "--check")

    expect(code).toBe(1)
    expect(error).toMatch(
      /^The database does not let us in: .*ECONNREFUSED.*\. Is DATABASE_URL right, and is the server up\?$/u
    )
    expect(error).not.toContain("hunter2")
  })
)
