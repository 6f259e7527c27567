/** A folder for one test, removed with the scope. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"

/** What a failed test left running would hold the folder. */
const endServer = (directory: string) => {
  const pidFile = join(directory, "postgres", "postmaster.pid")
  if (existsSync(pidFile)) process.kill(Number.parseInt(readFileSync(pidFile, "utf8"), 10), "SIGQUIT")
}

export const testDirectory = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = mkdtempSync(join(tmpdir(), "callboard-test-"))
    // A server that root starts runs under another account.
    chmodSync(directory, 0o711)
    return directory
  }),
  (directory) =>
    Effect.sync(() => {
      endServer(directory)
      rmSync(directory, { recursive: true, force: true })
    })
)
