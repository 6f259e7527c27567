/** The folder that holds all that Callboard keeps on this machine, owned by one process at a time. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { Context, Effect, Layer, Predicate, Schema } from "effect"
import { messageOf } from "../domain/messageOf.ts"
import { isBusy, lockFile } from "./FileLock.ts"

/** Another living process owns the directory. */
export class DataDirectoryInUse extends Schema.TaggedError<DataDirectoryInUse>()("DataDirectoryInUse", {
  path: Schema.String,
  pid: Schema.optionalKey(Schema.Int)
}) {
  override get message() {
    const holder = this.pid === undefined ? "another Callboard" : `another Callboard (process ${this.pid})`
    return `The data directory ${this.path} is in use by ${holder}. Stop that process, or give this one a directory of its own with CALLBOARD_DATA_DIR, or let both share a database with DATABASE_URL.`
  }
}

/** The directory cannot be made or written to. */
export class DataDirectoryUnusable extends Schema.TaggedError<DataDirectoryUnusable>()("DataDirectoryUnusable", {
  path: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    const code = Predicate.hasProperty(this.cause, "code") ? this.cause.code : undefined
    const isInTheWay = code === "EEXIST" || code === "ENOTDIR"
    const remedy = isInTheWay ? "remove the file or the broken link that is in its place" : "make it writable"
    return `The data directory ${this.path} cannot be used (${messageOf(this.cause)}): ${remedy}, or name another one with CALLBOARD_DATA_DIR.`
  }
}

export interface DataDirectoryOptions {
  /** Relative to the working directory. */
  readonly path: string
  /** Without a lock several processes share the folder: right when they share a database too (`DATABASE_URL`). */
  readonly exclusive: boolean
}

/** Root leaves it traversable, because the embedded PostgreSQL then runs under another account. */
const directoryMode = () => (process.getuid?.() === 0 ? 0o711 : 0o700)

/** Closed to others, whoever makes it first. One that is there stays as it is. */
export const makeDataDirectory = (path: string): void => {
  mkdirSync(path, { recursive: true, mode: directoryMode() })
}

const make = (path: string) =>
  Effect.try({
    try: () => makeDataDirectory(path),
    catch: (cause) => new DataDirectoryUnusable({ path, cause })
  })

const readHolder = (pidFile: string): { readonly pid?: number } => {
  const pid = existsSync(pidFile) ? Number.parseInt(readFileSync(pidFile, "utf8"), 10) : Number.NaN
  return Number.isNaN(pid) ? {} : { pid }
}

/** The pid file beside it only makes the message readable. */
const lock = (path: string) => {
  const pidFile = join(path, "pid")
  const acquire = Effect.try({
    try: () => {
      const database = lockFile(join(path, "lock"))
      writeFileSync(pidFile, `${process.pid}\n`)
      return database
    },
    catch: (cause) =>
      isBusy(cause)
        ? new DataDirectoryInUse({ path, ...readHolder(pidFile) })
        : new DataDirectoryUnusable({ path, cause })
  })
  return Effect.acquireRelease(acquire, (database) =>
    Effect.sync(() => {
      rmSync(pidFile, { force: true })
      database.close()
    })
  )
}

export class DataDirectory extends Context.Service<DataDirectory, { readonly path: string }>()(
  "callboard/runtime/DataDirectory"
) {
  static readonly layer = (options: DataDirectoryOptions) =>
    Layer.effect(
      DataDirectory,
      Effect.gen(function* () {
        const path = resolve(options.path)
        yield* make(path)
        if (options.exclusive) yield* lock(path)
        return DataDirectory.of({ path })
      })
    )
}
