/** Clears away what a killed predecessor left: a server that still runs, or its stale pid file. */
import { existsSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect, Schedule } from "effect"
import { type PostmasterPid, readPostmasterPid, stopServer } from "./EmbeddedPostgresProcess.ts"

/** Empty for a process that is gone, or dead and not yet reaped. */
const commandLineOf = (pid: number): string => {
  if (existsSync("/proc/self")) {
    const path = `/proc/${pid}/cmdline`
    return existsSync(path) ? readFileSync(path, "utf8").replaceAll("\0", " ") : ""
  }
  return Bun.spawnSync(["ps", "-o", "command=", "-p", String(pid)]).stdout.toString()
}

/** A pid alone proves nothing: after a restart of a container it belongs to something else. */
const isAlive = ({ data, pid }: PostmasterPid): boolean => commandLineOf(pid).includes(`postgres -D ${data} `)

/**
 * Call it while holding the data directory's lock: a server that runs now is an orphan. It is stopped rather than
 * adopted, because nobody would notice when it dies.
 */
export const stopOrphan = (data: string) =>
  Effect.gen(function* () {
    const found = readPostmasterPid(data)
    if (!found) return
    if (isAlive(found)) {
      yield* Effect.annotateLogs(Effect.logInfo("Stopping the PostgreSQL that a killed predecessor left running"), {
        pid: found.pid
      })
      const gone = Effect.sync(() => isAlive(found)).pipe(
        Effect.repeat({ while: (alive) => alive, schedule: Schedule.spaced("10 millis") })
      )
      yield* stopServer((signal) => isAlive(found) && process.kill(found.pid, signal), gone)
    }
    rmSync(join(data, "postmaster.pid"), { force: true })
  })

/** Ends the server of this data directory without waiting for anything: it recovers at its next start. */
export const killServer = (data: string): void => {
  const found = readPostmasterPid(data)
  if (found && isAlive(found)) process.kill(found.pid, "SIGQUIT")
}
