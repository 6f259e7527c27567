/**
 * Where Playwright writes while it records a trace, secrets and all: a folder of this user alone, emptied after each
 * session. What a killed process left is removed when the next one starts.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"

const PREFIX = "callboard-trace-"

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // It lives and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

const removeAbandoned = (): void => {
  for (const name of readdirSync(tmpdir())) {
    const owner = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN
    if (!Number.isNaN(owner) && !isAlive(owner)) rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
}

const empty = (folder: string): void => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
}

/** Ends with the scope. */
export const makeRawTraces = Effect.acquireRelease(
  Effect.sync(() => {
    removeAbandoned()
    return mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
).pipe(
  Effect.map((folder) => ({
    folder,
    // What is still written while a browser is killed goes before the next session, or when none comes for a while.
    empty: Effect.ignore(Effect.try(() => empty(folder)))
  }))
)
