/**
 * A copy of the data folder, and back: the embedded database, the files of jobs and the key of their secrets. A running
 * database is copied as PostgreSQL's documentation describes for backups made by oneself: between its two calls, with
 * the write-ahead log that makes the copy whole. https://www.postgresql.org/docs/current/continuous-archiving.html
 */
import {
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync
} from "node:fs"
import { copyFile, lstat, mkdir, readdir, stat } from "node:fs/promises"
import { dirname, join, relative, resolve, sep } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { DateTime, Effect, Schema } from "effect"
import { messageOf } from "../domain/messageOf.ts"
import { PROGRAMS } from "./carried/unpackOnce.ts"
import { DataDirectory } from "./DataDirectory.ts"
import { runningServer } from "./postgres/EmbeddedPostgres.ts"
import { embeddedVersion, obtainBinaries } from "./postgres/EmbeddedPostgresBinaries.ts"
import { choosePlaces, own } from "./postgres/EmbeddedPostgresPlaces.ts"
import { clientOptions } from "./postgres/PgDatabase.ts"

/** The copy could not be made or put back. What was there before is as it was. */
export class BackupFailed extends Schema.TaggedError<BackupFailed>()("BackupFailed", { message: Schema.String }) {}

const Manifest = Schema.Struct({
  callboard: Schema.String,
  /** Major version: another one cannot read the files. */
  postgres: Schema.String,
  madeAt: Schema.String,
  /** Which keys seal the secrets in it, by their ids. Absent where there was none, and in older copies. */
  secretKeys: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The files of jobs are in a bucket, and not in the copy. */
  filesElsewhere: Schema.optionalKey(Schema.Boolean)
})

export type Restored = typeof Manifest.Type

const MANIFEST = "callboard-backup.json"

/** Of a process or of a machine, or made anew when they are missed. */
const NOT_OF_FOLDER =
  /^(?:lock|lock-journal|pid|postgres|postgres\.new.*|postgres-socket|chromium.*|postgres-\d.*|programs)$/u

/** What the server makes anew. Its write-ahead log is copied last. */
const NOT_OF_DATABASE =
  /^(?:postmaster\.(?:pid|opts)|pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)$/u

const attempt = <A>(what: string, work: () => A | Promise<A>) =>
  Effect.tryPromise({
    try: async () => work(),
    catch: (cause) => new BackupFailed({ message: `Could not ${what}: ${messageOf(cause)}` })
  })

const isGone = (cause: unknown): boolean => cause instanceof Error && "code" in cause && cause.code === "ENOENT"

const unlessGone = async <A>(work: Promise<A>): Promise<A | undefined> => {
  try {
    return await work
  } catch (cause) {
    if (!isGone(cause)) throw cause
    return undefined
  }
}

const identityOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`

interface Copying {
  readonly mode?: number | undefined
  /** Folders that are being copied or written: one that a link leads back into would hold itself. */
  readonly around: ReadonlyArray<string>
}

/**
 * Links are followed: files on another disk and a key that is mounted belong to the folder, too. A running server removes
 * files while they are copied; then nobody needs them.
 */
const copy = async (
  from: string,
  to: string,
  { around, mode = constants.COPYFILE_FICLONE }: Copying
): Promise<void> => {
  const found = await unlessGone(stat(from))
  if (found === undefined) {
    const link = await unlessGone(lstat(from))
    if (link?.isSymbolicLink()) throw new Error(`${from} is a link to nothing`)
    // Made again in this moment.
    if (link !== undefined) await copy(from, to, { around, mode })
  } else if (found.isDirectory()) {
    const own = identityOf(found)
    if (around.includes(own)) throw new Error(`${from} leads back into what is copied`)
    // What nobody may write to where it is mounted has to be written here.
    await mkdir(to, { recursive: true, mode: (found.mode & 0o777) | 0o700 })
    for (const name of await readdir(from)) {
      await copy(join(from, name), join(to, name), { around: [...around, own], mode })
    }
  } else if (found.isFile()) {
    await unlessGone(copyFile(from, to, mode))
  } else if (!found.isSocket()) {
    throw new Error(`${from} is neither a file nor a folder`)
  }
}

/** What is left out stays behind as an empty folder where it is one: the server expects it. */
const copyBut = async (from: string, to: string, left: RegExp, mode?: number): Promise<void> => {
  await mkdir(to, { recursive: true, mode: 0o700 })
  const around = [identityOf(await stat(from)), identityOf(await stat(to))]
  for (const name of await readdir(from)) {
    if (!left.test(name)) await copy(join(from, name), join(to, name), { around, mode })
  }
}

const EMPTY_FOLDERS = [
  "pg_replslot",
  "pg_dynshmem",
  "pg_notify",
  "pg_serial",
  "pg_snapshots",
  "pg_stat_tmp",
  "pg_subtrans"
]

const copyDatabase = (from: string, to: string) =>
  attempt("copy the database", async () => {
    await copyBut(from, to, NOT_OF_DATABASE)
    for (const name of EMPTY_FOLDERS) await mkdir(join(to, name), { mode: 0o700 })
  })

const copyLog = (from: string, to: string) =>
  attempt("copy the write-ahead log", async () =>
    copy(join(from, "pg_wal"), join(to, "pg_wal"), { around: [identityOf(await stat(to))] })
  )

/** One session from the first call to the last; the slot, which keeps the log until it is copied, ends with it. */
const copyRunning = (from: string, to: string) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const session = yield* sql.reserve
    const call = (text: string) => session.execute(text, [], undefined)
    yield* call(
      "SELECT slot_name::text FROM pg_create_physical_replication_slot('callboard_backup_' || pg_backend_pid(), true, true)"
    )
    yield* call("SELECT pg_backup_start('callboard', true)::text")
    yield* copyDatabase(from, to)
    const [label] = yield* call("SELECT labelfile FROM pg_backup_stop(false)") as Effect.Effect<
      ReadonlyArray<{ labelfile: string }>
    >
    yield* attempt("write the label", () => writeFileSync(join(to, "backup_label"), label!.labelfile, { mode: 0o600 }))
    yield* copyLog(from, to)
  }).pipe(Effect.scoped)

interface Options {
  readonly dataDirectory: string
  /** Of the backup. */
  readonly folder: string
  /** Callboard's. */
  readonly version: string
  readonly secretKeys: ReadonlyArray<string>
  readonly filesElsewhere: boolean
}

const versionOf = (database: string) =>
  attempt("read the database's version", () => readFileSync(join(database, "PG_VERSION"), "utf8").trim())

/** Where a path that is not there yet would be, by the real names of the folders above it. */
const realOf = (path: string): string => {
  const above = dirname(path)
  return existsSync(path) || above === path ? realpathSync(path) : join(realOf(above), relative(above, path))
}

const isInside = (path: string, folder: string): boolean => `${path}${sep}`.startsWith(`${folder}${sep}`)

/** A copy inside what is copied would hold itself, and go with it. */
const refuseInside = (target: string, folders: ReadonlyArray<string>) =>
  Effect.flatMap(
    attempt("look at the target", () => realOf(target)),
    (place) => {
      const around = folders.find((folder) => isInside(place, folder))
      return around === undefined
        ? Effect.void
        : Effect.fail(new BackupFailed({ message: `${target} is inside of ${around}: name a folder somewhere else.` }))
    }
  )

/** Gets its name when it is whole. */
export const backUp = Effect.fnUntraced(function* ({
  dataDirectory,
  filesElsewhere,
  folder,
  secretKeys,
  version
}: Options) {
  const source = resolve(dataDirectory)
  const target = resolve(folder)
  if (!existsSync(join(source, "postgres", "PG_VERSION"))) {
    return yield* new BackupFailed({ message: `There is no embedded database in ${source}.` })
  }
  if (existsSync(target)) return yield* new BackupFailed({ message: `${target} is there already.` })
  const database = realpathSync(join(source, "postgres"))
  const folders = yield* attempt(`read ${source}`, () =>
    ["", ...readdirSync(source)]
      .map((name) => join(source, name))
      .filter((path) => existsSync(path))
      .map((path) => realpathSync(path))
  )
  yield* refuseInside(target, folders)
  const unfinished = `${target}.unfinished`
  yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(unfinished, { recursive: true, force: true })))
  yield* attempt("make the folder", async () => {
    rmSync(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true, mode: 0o700 })
  })
  const copied = join(unfinished, "postgres")
  const address = runningServer(source)
  if (address === undefined) {
    yield* Effect.andThen(copyDatabase(database, copied), copyLog(database, copied)).pipe(
      Effect.provide(DataDirectory.layer({ path: source, exclusive: true }))
    )
  } else {
    const { socketDirectory: host, ...rest } = address
    yield* copyRunning(database, copied).pipe(Effect.provide(PgClient.layer(clientOptions({ host, ...rest }))))
  }
  // After the database: a file that it names is there, one that it does not name is swept later.
  yield* attempt("copy the files", () => copyBut(source, unfinished, NOT_OF_FOLDER))
  const manifest = {
    callboard: version,
    postgres: yield* versionOf(database),
    madeAt: DateTime.formatIso(yield* DateTime.now),
    ...(secretKeys.length > 0 && { secretKeys }),
    ...(filesElsewhere && { filesElsewhere })
  }
  yield* attempt("finish the backup", () => {
    writeFileSync(join(unfinished, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`)
    renameSync(unfinished, target)
  })
  return target
}, Effect.scoped)

const readManifest = (folder: string) =>
  attempt(`read ${join(folder, MANIFEST)}`, () =>
    Schema.decodeUnknownSync(Schema.fromJsonString(Manifest))(readFileSync(join(folder, MANIFEST), "utf8"))
  )

/** Made by the process that restores, or by one that was there before it. */
const MAY_BE_THERE: ReadonlyArray<string> = ["lock", "lock-journal", "pid", "postgres-socket", PROGRAMS]

/** A key of secrets that was written over would be lost with all that it sealed. */
const refuseFull = Effect.fnUntraced(function* (path: string) {
  if (existsSync(join(path, "postgres"))) {
    return yield* new BackupFailed({
      message: `${path} holds a database already. Name an empty folder with CALLBOARD_DATA_DIR.`
    })
  }
  const found = (yield* attempt(`read ${path}`, () => readdir(path))).filter((name) => !MAY_BE_THERE.includes(name))
  if (found.length > 0) {
    return yield* new BackupFailed({
      message: `${path} is not empty (${found.toSorted().join(", ")}). Name an empty folder with CALLBOARD_DATA_DIR.`
    })
  }
})

/** Into a folder that is empty: what is there is never written over. */
export const restore = Effect.fnUntraced(function* (folder: string) {
  const source = resolve(folder)
  const manifest = yield* readManifest(source)
  const version = yield* embeddedVersion
  if (manifest.postgres !== version.split(".")[0]) {
    return yield* new BackupFailed({
      message: `The backup is of PostgreSQL ${manifest.postgres}, and this is ${version}: restore it with Callboard ${manifest.callboard}.`
    })
  }
  const { path } = yield* DataDirectory
  yield* refuseFull(path)
  const binaries = yield* obtainBinaries(path)
  const { account, data } = yield* attempt("prepare the folder", () => choosePlaces(path, binaries))
  const unfinished = `${data}.unfinished`
  yield* attempt("put the files back", async () => {
    await copyBut(source, path, new RegExp(`^(?:lock-journal|postgres|${MANIFEST})$`, "u"), constants.COPYFILE_EXCL)
    rmSync(unfinished, { recursive: true, force: true })
    await copy(join(source, "postgres"), unfinished, { around: [] })
    own(unfinished, account)
    for (const name of readdirSync(unfinished, { recursive: true })) own(join(unfinished, String(name)), account)
    renameSync(unfinished, data)
  })
  return manifest
}, Effect.scoped)
