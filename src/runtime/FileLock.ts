/**
 * SQLite's lock on a file is one that the kernel drops however the process ends, on Linux and macOS alike; Bun has no
 * lock of its own.
 */
import { Database } from "bun:sqlite"

/** Throws when another process has it; closing it, or the end of this process, gives it back. */
export const lockFile = (path: string): Database => {
  const database = new Database(path)
  try {
    database.run("PRAGMA locking_mode = EXCLUSIVE")
    database.run("BEGIN EXCLUSIVE")
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

export const isBusy = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "SQLITE_BUSY"
