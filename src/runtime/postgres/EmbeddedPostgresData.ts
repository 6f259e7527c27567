/** The files of the embedded PostgreSQL's database: made at the first start, and looked at by every other. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync
} from "node:fs"
import { basename, dirname, join } from "node:path"
import { Effect } from "effect"
import { own, type Places } from "./EmbeddedPostgresPlaces.ts"
import { runProgram } from "./EmbeddedPostgresProcess.ts"
import { attempt, EmbeddedPostgresUnavailable } from "./EmbeddedPostgresUnavailable.ts"

export const USERNAME = "callboard"
export const DATABASE = "callboard"

const initdbOptions = [
  `--username=${USERNAME}`,
  "--auth-local=trust",
  "--auth-host=reject",
  "--encoding=UTF8",
  // Sorts and compares alike on every system, whatever locales it has.
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  "--no-instructions"
]

/** Without the option a statement that failed would look like one that worked. */
const createDatabase = (places: Places, data: string) =>
  runProgram(
    places,
    "postgres",
    ["--single", "-c", "exit_on_error=true", "-D", data, "postgres"],
    `CREATE DATABASE ${DATABASE};\n`
  )

/** Makes new names in a directory survive a power failure. */
const syncDirectory = (path: string) => {
  const handle = openSync(path, "r")
  fsyncSync(handle)
  closeSync(handle)
}

const unfinishedOf = (data: string): string => `${data}.new-`

/**
 * What first starts left that did not come to their end. A killed one may leave an `initdb` that still writes there:
 * what it hinders now is removed by a later start.
 */
const removeUnfinished = (data: string) =>
  Effect.gen(function* () {
    const parent = dirname(data)
    const names = yield* attempt(`read ${parent}`, () => readdirSync(parent))
    // The version before had one name for all.
    const left = names.filter(
      (name) => name === `${basename(data)}.new` || name.startsWith(basename(unfinishedOf(data)))
    )
    yield* Effect.forEach(
      left,
      (name) => Effect.ignore(Effect.try(() => rmSync(join(parent, name), { recursive: true, force: true }))),
      { discard: true }
    )
  })

/** Its own for each try: an `initdb` of a killed predecessor may still write into another one. */
const makeUnfinished = ({ account, data }: Places) =>
  attempt(`make a folder beside ${data}`, () => {
    const path = mkdtempSync(unfinishedOf(data))
    own(path, account)
    return path
  })

/** The data directory gets its name last, so one that exists is complete. */
const initialise = Effect.fnUntraced(function* (places: Places) {
  const unfinished = yield* makeUnfinished(places)
  yield* runProgram(places, "initdb", ["-D", unfinished, ...initdbOptions])
  yield* createDatabase(places, unfinished)
  yield* attempt(`make ${places.data}`, () => {
    renameSync(unfinished, places.data)
    syncDirectory(dirname(places.data))
  })
})

const checkVersion = Effect.fnUntraced(function* ({ binaries, data }: Places) {
  const version = yield* attempt(`read ${data}`, () => readFileSync(join(data, "PG_VERSION"), "utf8").trim())
  if (version !== binaries.version.split(".")[0]) {
    return yield* new EmbeddedPostgresUnavailable({
      message: `The data in ${data} was made by PostgreSQL ${version}, and this is ${binaries.version}: dump it with the old version and load it into the new one, or name another folder with CALLBOARD_DATA_DIR.`
    })
  }
})

/** Each database has a folder with its number, and below this are those that every PostgreSQL has. */
const FIRST_OF_OURS = 12_000

/** Versions before gave the directory its name also where the disk had no room for our database. */
const addMissingDatabase = Effect.fnUntraced(function* (places: Places) {
  const base = join(places.data, "base")
  const numbers = yield* attempt(`read ${base}`, () => readdirSync(base))
  if (numbers.every((number) => Number(number) < FIRST_OF_OURS)) yield* createDatabase(places, places.data)
})

/** Leaves a data directory in which the server finds our database. No server may run in it. */
export const prepareData = Effect.fnUntraced(function* (places: Places) {
  yield* removeUnfinished(places.data)
  if (!existsSync(join(places.data, "PG_VERSION"))) return yield* initialise(places)
  yield* checkVersion(places)
  yield* addMissingDatabase(places)
})
