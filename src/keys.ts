/**
 * The command `bun run keys`: makes, lists and revokes API keys in the database that the server uses, whether or not the
 * server runs. It reads the same settings. Nothing imports it.
 */
import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { NodeRuntime } from "@effect/platform-node"
import { Console, DateTime, Duration, Effect, Layer, Option, Schema } from "effect"
import { type ApiKey, ApiKeyId, ApiKeys, KeyName } from "./domain/ApiKeys.ts"
import { CurrentCaller, DEFAULT_ORGANISATION, localCaller, Role } from "./domain/Caller.ts"
import type { JobsUnavailable } from "./domain/Jobs.ts"
import { DataDirectory } from "./runtime/DataDirectory.ts"
import * as ProcessLog from "./runtime/ProcessLog.ts"
import { auditedKeys } from "./runtime/postgres/auditing.ts"
import { EmbeddedPostgres, type PostgresAddress, runningServer } from "./runtime/postgres/EmbeddedPostgres.ts"
import * as PgApiKeys from "./runtime/postgres/PgApiKeys.ts"
import * as PgAuditLog from "./runtime/postgres/PgAuditLog.ts"
import * as PgDatabase from "./runtime/postgres/PgDatabase.ts"
import { readSettings, type Settings } from "./runtime/Settings.ts"

const USAGE = `Usage:
  bun run keys create --name <name> --role <${Role.literals.join("|")}> [--organisation <id>] [--expires <days>]
  bun run keys list [--organisation <id>]
  bun run keys revoke <id> [--organisation <id>]
It works on the database that the server would use: set DATABASE_URL or CALLBOARD_DATA_DIR as for the server.`

class WrongUse extends Schema.TaggedError<WrongUse>()("WrongUse", { message: Schema.String }) {}

const wrong = (problem: string) => new WrongUse({ message: `${problem}\n${USAGE}` })

const options = {
  name: { type: "string" },
  role: { type: "string" },
  organisation: { type: "string", default: DEFAULT_ORGANISATION },
  expires: { type: "string" }
} as const

const readArguments = Effect.try({
  try: () => parseArgs({ args: process.argv.slice(2), options, allowPositionals: true }),
  catch: (cause) => wrong(cause instanceof Error ? cause.message : String(cause))
})

type Given = Effect.Success<typeof readArguments>["values"]

const line = ({ createdAt, expiresAt, id, lastUsedAt, name, revokedAt, role }: ApiKey) => {
  const times = [
    `made ${DateTime.formatIso(createdAt)}`,
    ...(expiresAt ? [`expires ${DateTime.formatIso(expiresAt)}`] : []),
    ...(lastUsedAt ? [`used ${DateTime.formatIso(lastUsedAt)}`] : []),
    ...(revokedAt ? [`revoked ${DateTime.formatIso(revokedAt)}`] : [])
  ]
  return [id, role.padEnd(8), name, ...times].join("  ")
}

const expiryOf = (days: string | undefined) =>
  Effect.gen(function* () {
    if (days === undefined) return {}
    const count = Number(days)
    if (!Number.isInteger(count) || count < 1 || count > 36_500) {
      return yield* wrong("--expires must be a whole number of days from 1 to 36500.")
    }
    return { expiresAt: DateTime.addDuration(yield* DateTime.now, Duration.days(count)) }
  })

const create = ({ expires, name, organisation, role }: Given) =>
  Effect.gen(function* () {
    const named = Schema.decodeUnknownOption(KeyName)(name)
    const given = Schema.decodeUnknownOption(Role)(role)
    if (Option.isNone(named)) return yield* wrong("--name must have 1 to 100 characters.")
    if (Option.isNone(given)) return yield* wrong(`--role must be one of: ${Role.literals.join(", ")}.`)
    const { secret } = yield* (yield* ApiKeys).create({
      name: named.value,
      role: given.value,
      organisationId: organisation,
      createdBy: "the command line",
      ...(yield* expiryOf(expires))
    })
    yield* Console.error("This is the key. It is kept nowhere, so copy it now:")
    yield* Console.log(secret)
  })

const list = ({ organisation }: Given) =>
  Effect.gen(function* () {
    const keys = yield* (yield* ApiKeys).list(organisation)
    if (keys.length === 0) return yield* Console.error(`There is no key in the organisation "${organisation}".`)
    yield* Effect.forEach(keys, (key) => Console.log(line(key)), { discard: true })
  })

const revoke = ({ organisation }: Given, id: string | undefined) =>
  Effect.gen(function* () {
    const known = Schema.decodeUnknownOption(ApiKeyId)(id)
    if (Option.isNone(known)) return yield* wrong("Name the id of the key, as list shows it.")
    const key = yield* (yield* ApiKeys)
      .revoke(organisation, known.value, "the command line")
      .pipe(
        Effect.catchTag("ApiKeyNotFound", () => wrong(`There is no such key in the organisation "${organisation}".`))
      )
    yield* Console.error(`The key "${key.name}" is revoked. Servers refuse it within seconds.`)
  })

/** What the command line asks for, once it makes sense. */
type Work = Effect.Effect<void, WrongUse | JobsUnavailable, ApiKeys>

const command = Effect.gen(function* (): Effect.fn.Return<Work, WrongUse> {
  const { positionals, values } = yield* readArguments
  const [name, id, ...rest] = positionals
  if (rest.length > 0 || (id !== undefined && name !== "revoke")) return yield* wrong("That is a word too many.")
  if (values.organisation === "") return yield* wrong("--organisation must not be empty.")
  switch (name) {
    case "create":
      return create(values)
    case "list":
      return list(values)
    case "revoke":
      return revoke(values, id)
    default:
      return yield* wrong(name === undefined ? "Say what to do." : `There is no command "${name}".`)
  }
})

const clientAddress = ({ socketDirectory: host, ...rest }: PostgresAddress) => ({ host, ...rest })

/** Of a running server: it has its data directory to itself, and its database takes visitors. Else one is started. */
const embedded = ({ dataDirectory }: Settings) => {
  const started = Layer.unwrap(
    Effect.map(EmbeddedPostgres, (address) => PgDatabase.layer(clientAddress(address)))
  ).pipe(
    Layer.provide(EmbeddedPostgres.layer),
    Layer.provide(DataDirectory.layer({ path: dataDirectory, exclusive: true }))
  )
  return Layer.catchTag(started, "DataDirectoryInUse", (inUse) => {
    const running = runningServer(resolve(dataDirectory))
    return Layer.unwrap(
      running === undefined ? Effect.fail(inUse) : Effect.succeed(PgDatabase.layer(clientAddress(running)))
    )
  })
}

const main = Effect.gen(function* () {
  // What is wrong with the command is said before a database is started for it.
  const work = yield* command
  const settings = yield* readSettings(process.env)
  const database =
    settings.databaseUrl === undefined ? embedded(settings) : PgDatabase.layer({ url: settings.databaseUrl })
  const keys = auditedKeys.pipe(Layer.provide([PgApiKeys.layer, PgAuditLog.layer]), Layer.provide(database))
  const caller = { ...localCaller, subject: "command line", name: "the command line" }
  yield* work.pipe(
    Effect.provideService(CurrentCaller, Option.some(caller)),
    Effect.provide(keys),
    Effect.provide(ProcessLog.layer("warn"))
  )
})

const messageOf = (error: unknown) => (error instanceof Error && error.message !== "" ? error.message : String(error))

NodeRuntime.runMain(
  main.pipe(Effect.catch((error) => Console.error(messageOf(error)).pipe(Effect.andThen(Effect.fail(error))))),
  { disableErrorReporting: true }
)
