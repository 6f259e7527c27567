/** PostgreSQL: whether it lets us in, is new enough, lets us make tables, tells news, and keeps time with us. */
import { existsSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { PgClient, PgConnection } from "@effect/sql-pg"
import { DateTime, Duration, Effect, Queue } from "effect"
import { runningServer } from "../../runtime/postgres/EmbeddedPostgres.ts"
import { embeddedVersion } from "../../runtime/postgres/EmbeddedPostgresBinaries.ts"
import { HAS_SET_OPTION, MEMBER, memberRoleFor } from "../../runtime/postgres/MemberRole.ts"
import { MIGRATIONS_TABLE } from "../../runtime/postgres/migrations.ts"
import { migrationsOf } from "../../runtime/postgres/migrationsOf.ts"
import { type DatabaseAddress, innermostMessage, optionsAt, remedyOf } from "../../runtime/postgres/PgDatabase.ts"
import { missingKeys } from "../../runtime/postgres/ResealSecrets.ts"
import { INSUFFICIENT_PRIVILEGE, sqlStateOf } from "../../runtime/postgres/sqlState.ts"
import { secretKeyIds } from "../../runtime/SecretKey.ts"
import type { Settings } from "../../runtime/Settings.ts"
import { type Finding, fault, fine, warning } from "./Finding.ts"

const ABOUT = "database"

const LONGEST_LOOK = Duration.seconds(10)

const LONGEST_WALK = Duration.seconds(5)

const HEARD_WITHIN = Duration.seconds(2)
const CHANNEL = "callboard_doctor"

/** What the board calls "just now" would otherwise be wrong by as much. */
const MOST_APART = Duration.seconds(2)

type Options = Effect.Success<ReturnType<typeof optionsAt>>

const version = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const [row] = yield* sql<{ name: string; database: string }>`
    SELECT current_setting('server_version') AS name, current_database() AS database`
  return fine(ABOUT, `PostgreSQL ${row!.name}, database ${row!.database}`)
})

/** A standby, one that was demoted, and one whose owner has closed it let us in, and that is all. */
const writes = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const [row] = yield* sql<{ readOnly: boolean }>`
    SELECT current_setting('transaction_read_only')::boolean AS read_only`
  return row!.readOnly
    ? [
        fault(
          ABOUT,
          "takes no writes.",
          "Is DATABASE_URL the primary? On it, look at default_transaction_read_only of server, database and account."
        )
      ]
    : []
})

const permissions = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const [row] = yield* sql<{
    schema: string | null
    account: string
    mayCreate: boolean | null
    hasRole: boolean
    hasSetOption: boolean
    mayActAsMember: boolean
  }>`
    SELECT current_schema() AS schema, current_user AS account,
      has_schema_privilege(current_schema(), 'CREATE') AS may_create,
      to_regrole(${MEMBER}) IS NOT NULL AS has_role, ${sql.literal(HAS_SET_OPTION)} AS has_set_option,
      CASE WHEN to_regrole(${MEMBER}) IS NULL
        THEN (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user)
        ELSE pg_has_role(current_user, to_regrole(${MEMBER}),
          CASE WHEN ${sql.literal(HAS_SET_OPTION)} THEN 'SET' ELSE 'MEMBER' END)
      END AS may_act_as_member`
  const { account, hasRole, hasSetOption, mayActAsMember, mayCreate, schema } = row!
  if (mayCreate !== true) {
    return fault(
      "permissions",
      `${account} may not make tables in the schema ${schema ?? "(none)"}.`,
      `Have its owner run: GRANT CREATE ON SCHEMA ${schema ?? "public"} TO "${account}";`
    )
  }
  return mayActAsMember
    ? fine("permissions", `${account} may make tables, and act as ${MEMBER}`)
    : warning(
        "permissions",
        `${account} may not act as the role ${MEMBER}, so callers with keys are refused.`,
        `Have an administrator run: ${memberRoleFor({ user: account, hasRole, hasSetOption })}`
      )
})

/** A pooler in transaction mode takes LISTEN and forgets it. */
const news = (options: PgConnection.Config) =>
  Effect.gen(function* () {
    const pg = yield* PgClient.PgClient
    const connection = yield* PgConnection.make(options)
    const heard = yield* connection.listen(CHANNEL)
    yield* pg.notify(CHANNEL, "hello")
    return yield* Queue.take(heard).pipe(
      Effect.as(fine("notifications", "arrive")),
      Effect.timeoutOrElse({
        duration: HEARD_WITHIN,
        orElse: () =>
          Effect.succeed(
            warning(
              "notifications",
              "do not arrive, so jobs start up to a second later.",
              "A pooler in transaction mode does that: give DATABASE_URL a direct address, or one in session mode."
            )
          )
      })
    )
  }).pipe(Effect.scoped)

/** Without a look at the certificate, whoever stands between can answer as the database, and read its password. */
const encryption = (ssl: Options["ssl"]) =>
  ssl !== false && ssl.rejectUnauthorized === false
    ? [
        warning(
          "encryption",
          "is on, but the certificate of the server is not checked: somebody on the way could answer in its place.",
          "Give DATABASE_URL sslmode=verify-full and, unless a public authority signed it, sslrootcert=<its file>."
        )
      ]
    : []

/** Direct connections switch it off for themselves; what a pooler opens has the setting of the account. */
const compiling = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const [row] = yield* sql<{ jit: string; account: string }>`
    SELECT current_setting('jit') AS jit, current_user AS account`
  const { account, jit } = row!
  return jit === "off"
    ? fine("statements", "are not compiled")
    : warning(
        "statements",
        "are compiled by the server (jit), which takes seconds where looking takes milliseconds.",
        `Have ${account} run: ALTER ROLE "${account}" SET jit = off;`
      )
})

const clock = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const before = yield* DateTime.now
  const [row] = yield* sql<{ now: Date }>`SELECT clock_timestamp() AS now`
  const after = yield* DateTime.now
  const middle = (before.epochMilliseconds + after.epochMilliseconds) / 2
  const apart = Duration.millis(Math.abs(row!.now.getTime() - middle))
  return Duration.isLessThan(apart, MOST_APART)
    ? fine("clock", "agrees with the database's")
    : warning(
        "clock",
        `differs from the database's by ${Duration.format(apart)}.`,
        "Let both machines set their clocks by NTP: times on the board and delays are wrong by as much."
      )
})

const tables = Effect.gen(function* () {
  const { pending, unknown } = yield* migrationsOf
  if (unknown.length > 0) {
    return warning(
      "tables",
      `were made by a newer Callboard (${unknown.join(", ")}).`,
      "Bring this process up to that version as well."
    )
  }
  return fine(
    "tables",
    pending.length === 0 ? "are up to date" : `${pending.length} migration(s) run at the next start`
  )
})

/** Tables that another account has made, as after a change of DATABASE_URL. Callboard changes them, so no right will do. */
const tablesOfOthers = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const [row] = yield* sql<{ account: string; owner: string }>`
    SELECT current_user AS account, pg_get_userbyid(relowner) AS owner FROM pg_class
    WHERE oid = to_regclass(${MIGRATIONS_TABLE})`
  return fault(
    "tables",
    `${row!.account} may not read them: they are those of ${row!.owner}.`,
    "Give DATABASE_URL the account that owns the tables."
  )
})

const readableTables = tables.pipe(
  Effect.catchIf(
    (error) => sqlStateOf(error) === INSUFFICIENT_PRIVILEGE,
    () => tablesOfOthers
  )
)

/** Jobs that wait and schedules whose secrets nobody here can open: a restored copy, or a key that was not brought along. */
const secrets = (settings: Settings) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const [row] = yield* sql<{ isReadable: boolean | null }>`
      SELECT has_table_privilege(to_regclass('job_schedules'), 'SELECT') AS is_readable`
    if (row!.isReadable !== true) return []
    const keyIds = yield* secretKeyIds(settings.dataDirectory, settings.secretKey)
    const { isWhole, missing } = yield* missingKeys(keyIds, LONGEST_WALK)
    if (missing.length === 0 && !isWhole) {
      const seconds = Duration.toSeconds(LONGEST_WALK)
      return [
        warning(
          "secrets",
          `were not all looked at in ${seconds} seconds.`,
          "The log of the next start names a missing key."
        )
      ]
    }
    if (missing.length === 0) return [fine("secrets", "of waiting jobs and schedules can be opened")]
    return missing.map(({ count, keyId }) =>
      fault(
        "secrets",
        `of ${isWhole ? "" : "at least "}${count} waiting jobs and schedules were sealed with the key ${keyId}, which is not here: they will fail.`,
        "Set CALLBOARD_SECRET_KEY to that key before you start Callboard, or put its file back; otherwise create them again."
      )
    )
  }).pipe(
    Effect.catchTags({
      SecretKeyUnusable: ({ message }) =>
        Effect.succeed([fault("secrets", message, "Without the right key jobs and schedules with secrets fail.")]),
      // Parts that time out are tried again.
      TimeoutError: Effect.die
    })
  )

const looks = (address: DatabaseAddress, settings: Settings) =>
  optionsAt(address).pipe(
    Effect.flatMap((options) =>
      Effect.gen(function* () {
        const unwritable = yield* writes
        // A standby takes no LISTEN either, and says so in worse words.
        if (unwritable.length > 0) return [yield* version, ...unwritable]
        const findings = yield* Effect.all([version, permissions, news(options), compiling, clock, readableTables])
        return [...findings, ...(yield* secrets(settings)), ...encryption(options.ssl)]
      }).pipe(Effect.provide(PgClient.layer(options)))
    ),
    Effect.timeoutOrElse({
      duration: LONGEST_LOOK,
      orElse: () =>
        Effect.succeed([
          fault(
            ABOUT,
            `did not answer within ${Duration.format(LONGEST_LOOK)}.`,
            "Is the server up, and the way to it open?"
          )
        ])
    }),
    Effect.catchTag("ServerTooOld", ({ message }) =>
      Effect.succeed([fault(ABOUT, message, "Upgrade the server, or name another one with DATABASE_URL.")])
    ),
    Effect.catch((error) =>
      Effect.succeed([fault(ABOUT, `does not let us in: ${innermostMessage(error)}`, remedyOf(error, address))])
    )
  )

const HOW_TO_GET_ONE = Bun.isStandaloneExecutable
  ? "Take the callboard that comes with PostgreSQL, or set DATABASE_URL."
  : "Install Callboard's packages anew, or set DATABASE_URL."

/** A database of our own is only looked at: the doctor starts and makes none. */
const embedded = (settings: Settings) =>
  Effect.gen(function* () {
    const path = resolve(settings.dataDirectory)
    const running = runningServer(path)
    if (running !== undefined) {
      const { socketDirectory: host, ...rest } = running
      return yield* looks({ host, ...rest }, settings)
    }
    const version = yield* embeddedVersion
    const versionFile = join(path, "postgres", "PG_VERSION")
    const made = existsSync(versionFile) ? readFileSync(versionFile, "utf8").trim() : undefined
    if (made !== undefined && made !== version.split(".")[0]) {
      return [
        fault(
          ABOUT,
          `The data in ${path} was made by PostgreSQL ${made}, and this is ${version}.`,
          "Start the version of Callboard that made it, and back it up there; or name another folder with CALLBOARD_DATA_DIR."
        )
      ]
    }
    return [fine(ABOUT, `embedded PostgreSQL ${version}, ${made === undefined ? "not made yet" : "not running"}`)]
  }).pipe(Effect.catch(({ message }) => Effect.succeed([fault(ABOUT, message, HOW_TO_GET_ONE)])))

export const checkDatabase = (settings: Settings): Effect.Effect<ReadonlyArray<Finding>> =>
  settings.databaseUrl === undefined ? embedded(settings) : looks({ url: settings.databaseUrl }, settings)
