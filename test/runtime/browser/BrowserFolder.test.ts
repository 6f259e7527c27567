import { expect, test } from "bun:test"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { listFolders, makeFolder } from "../../../src/runtime/browser/BrowserFolder.ts"
import { hasProc } from "../../../src/runtime/ProcStat.ts"

test.if(hasProc)("lies where Chromium has room for its socket, and is found there", () => {
  const home = mkdtempSync(join(tmpdir(), "callboard-long-"))
  const before = process.env.TMPDIR
  const long = join(home, "x".repeat(60))
  mkdirSync(long)
  // Nothing else runs in between: all of it is one turn.
  process.env.TMPDIR = long
  try {
    const folder = Effect.runSync(makeFolder("mark"))
    const found = Effect.runSync(listFolders()).map(({ path }) => path)
    rmSync(folder, { recursive: true })

    expect(Buffer.byteLength(folder)).toBeLessThanOrEqual(60)
    expect(found).toContain(folder)
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    rmSync(home, { recursive: true })
  }
})
