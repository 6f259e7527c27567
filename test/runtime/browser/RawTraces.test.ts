import { expect } from "bun:test"
import { existsSync, mkdtempSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { makeRawTraces } from "../../../src/runtime/browser/RawTraces.ts"
import { it } from "../../support/effect.ts"

/** A folder as a process of this id leaves it when it is killed. */
const leaveFolder = (pid: number) => {
  const folder = mkdtempSync(join(tmpdir(), `callboard-trace-${pid}-`))
  writeFileSync(join(folder, "half.trace"), "secret")
  return folder
}

/** The process has ended when this returns. */
const endedProcess = () => Bun.spawnSync(["true"]).pid

it.live("is a folder that only this user reads, and is gone with its scope", () =>
  Effect.gen(function* () {
    const folder = yield* Effect.scoped(
      Effect.map(makeRawTraces, (traces) => {
        expect(statSync(traces.folder).mode & 0o777).toBe(0o700)
        return traces.folder
      })
    )

    expect(existsSync(folder)).toBe(false)
  })
)

it.live("is empty again when that is asked for", () =>
  Effect.gen(function* () {
    const { empty, folder } = yield* makeRawTraces
    writeFileSync(join(folder, "one.trace"), "secret")

    yield* empty

    expect(readdirSync(folder)).toEqual([])
  })
)

it.live("removes what killed processes left, and nothing of those that live", () =>
  Effect.gen(function* () {
    const abandoned = leaveFolder(endedProcess())
    const { folder: own } = yield* makeRawTraces

    const { folder } = yield* makeRawTraces

    expect(existsSync(abandoned)).toBe(false)
    expect([own, folder].map(existsSync)).toEqual([true, true])
  })
)
