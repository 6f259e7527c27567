import { expect } from "bun:test"
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { makeRawTraces } from "../../../src/runtime/browser/RawTraces.ts"
import { type ProcessOwner, thisProcess } from "../../../src/runtime/ProcessOwner.ts"
import { it } from "../../support/effect.ts"

/** A folder as a process leaves it when it is killed, before it could say whose it is when there is no owner. */
const leaveFolder = (owner?: ProcessOwner) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "callboard-trace-"))
      writeFileSync(join(folder, "half.trace"), "secret")
      if (owner) writeFileSync(join(folder, "owner.json"), JSON.stringify({ owner, mark: "" }))
      return folder
    }),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )

/** The process has ended when this returns. */
const endedProcess = () => Bun.spawnSync(["true"]).pid

it.live("is a folder that only this user reads, and is gone with its scope", () =>
  Effect.gen(function* () {
    const folder = yield* Effect.scoped(
      Effect.map(makeRawTraces, (traces) => {
        expect(statSync(traces.folder).mode & 0o777).toBe(0o700)
        expect(statSync(join(traces.folder, "..")).mode & 0o777).toBe(0o700)
        return traces.folder
      })
    )

    expect(existsSync(join(folder, ".."))).toBe(false)
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

it.live("removes what killed processes left, also one whose pid came back, and nothing of those that may live", () =>
  Effect.gen(function* () {
    const gone = [
      yield* leaveFolder({ ...thisProcess, pid: endedProcess() }),
      yield* leaveFolder({ ...thisProcess, startedAt: "1" })
    ]
    const unnamed = yield* leaveFolder()
    utimesSync(unnamed, 0, 0)
    const elsewhere = yield* leaveFolder({ ...thisProcess, pid: endedProcess(), namespace: "pid:[1]" })
    const beingMade = yield* leaveFolder()
    const { folder: own } = yield* makeRawTraces

    const { folder } = yield* makeRawTraces

    expect([...gone, unnamed].map(existsSync)).toEqual([false, false, false])
    expect([own, folder, elsewhere, beingMade].map(existsSync)).toEqual([true, true, true, true])
  })
)
