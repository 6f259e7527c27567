import { expect, test } from "bun:test"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { filesLeft } from "../../../soak/filesLeft.ts"
import { listFolders, makeFolder } from "../../../src/runtime/browser/BrowserFolder.ts"
import { thisProcess } from "../../../src/runtime/ProcessOwner.ts"
import { hasProc } from "../../../src/runtime/ProcStat.ts"

/** Nothing else runs in between: all of it is one turn. */
const withTemporary = (path: string, body: () => void) => {
  const before = process.env.TMPDIR
  process.env.TMPDIR = path
  try {
    body()
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}

test("is refused with the name of the setting where the temporary folder is missing, and nothing is found there", () =>
  withTemporary("/nowhere", () => {
    const refusal = Effect.runSync(Effect.flip(makeFolder("mark")))

    expect(refusal.message).toContain("The temporary folder /nowhere cannot be used (ENOENT")
    expect(refusal.message).toEndWith("make it writable, or name another one with TMPDIR.")
    expect(Effect.runSync(listFolders())).toEqual([])
  }))

/** With a folder of a browser that was made while the temporary folder had this long path. */
const withLongPath = (body: (folder: string, temporary: string) => void) => {
  const home = mkdtempSync(join(tmpdir(), "callboard-long-"))
  const long = join(home, "x".repeat(60))
  mkdirSync(long)
  try {
    withTemporary(long, () => {
      const folder = Effect.runSync(makeFolder("mark"))
      try {
        body(folder, long)
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  } finally {
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
