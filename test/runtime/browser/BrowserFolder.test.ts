import { expect, test } from "bun:test"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { filesLeft } from "../../../soak/filesLeft.ts"
import { listFolders, makeFolder } from "../../../src/runtime/browser/BrowserFolder.ts"
import { thisProcess } from "../../../src/runtime/ProcessOwner.ts"
import { hasProc } from "../../../src/runtime/ProcStat.ts"

/** With a folder of a browser that was made while the temporary folder had this long path. */
const withLongPath = (body: (folder: string, temporary: string) => void) => {
  const home = mkdtempSync(join(tmpdir(), "callboard-long-"))
  const before = process.env.TMPDIR
  const long = join(home, "x".repeat(60))
  mkdirSync(long)
  // Nothing else runs in between: all of it is one turn.
  process.env.TMPDIR = long
  try {
    const folder = Effect.runSync(makeFolder("mark"))
    try {
      body(folder, long)
    } finally {
      rmSync(folder, { recursive: true })
    }
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    rmSync(home, { recursive: true })
  }
}

test.if(hasProc)("lies where Chromium has room for its socket, and is found there", () =>
  withLongPath((folder) => {
    const found = Effect.runSync(listFolders()).map(({ path }) => path)

    expect(Buffer.byteLength(folder)).toBeLessThanOrEqual(60)
    expect(found).toContain(folder)
  })
)

test.if(hasProc)("is seen by who looks for what a process has left, and for no other process", () =>
  withLongPath((folder, temporary) => {
    writeFileSync(join(temporary, "scratch"), "")
    const other = { ...thisProcess, startedAt: "before" }

    expect(Effect.runSync(filesLeft(temporary, thisProcess))).toEqual(expect.arrayContaining(["scratch", folder]))
    expect(Effect.runSync(filesLeft(temporary, other))).toEqual(["scratch"])
  })
)
