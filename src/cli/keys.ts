/** `callboard keys`: makes, lists and revokes API keys in the database, whether or not the server runs. */
import { resolve } from "node:path"
import { Console, DateTime, Duration, Effect, Layer, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import type { SqlClient } from "effect/sql"
import { type ApiKey, ApiKeyId, ApiKeys, KeyName, MOST_KEYS_LISTED } from "../domain/ApiKeys.ts"
import type { AuditLog } from "../domain/AuditLog.ts"
import { CurrentCaller, DEFAULT_ORGANISATION, localCaller, Role } from "../domain/Caller.ts"
import { BoardSessions } from "../domain/Credentials.ts"
import * as ProcessLog from "../runtime/ProcessLog.ts"
import { auditedKeys, makeRecording } from "../runtime/postgres/auditing.ts"
import * as PgApiKeys from "../runtime/postgres/PgApiKeys.ts"
import * as PgAuditLog from "../runtime/postgres/PgAuditLog.ts"
import * as PgBoardSessions from "../runtime/postgres/PgBoardSessions.ts"
import * as PgDatabase from "../runtime/postgres/PgDatabase.ts"
import { readSettings, type Settings } from "../runtime/Settings.ts"
import { json, print, printed, visible } from "./printing.ts"
import { Refused } from "./Refused.ts"
import { onlyExisting, theDatabase, wouldMakeOne } from "./theDatabase.ts"

const LONGEST_LIFE_DAYS = 36_500

const organisation = Flag.String("organisation").pipe(
  Flag.withDescription("Whose keys."),
  Flag.withSchema(Schema.NonEmptyString),
  Flag.withDefault(DEFAULT_ORGANISATION)
)

const line = ({ createdAt, expiresAt, id, lastUsedAt, name, revokedAt, role }: ApiKey) => {
  const times = [
    `made ${DateTime.formatIso(createdAt)}`,
    ...(expiresAt ? [`expires ${DateTime.formatIso(expiresAt)}`] : []),
    ...(lastUsedAt ? [`used ${DateTime.formatIso(lastUsedAt)}`] : []),
    ...(revokedAt ? [`revoked ${DateTime.formatIso(revokedAt)}`] : [])
  ]
  return [id, role.padEnd(8), visible(name), ...times].join("  ")
}

/** The settings, where they name a database that is there. */
const settingsOfOne = Effect.tap(readSettings(process.env), onlyExisting)

/** What is written down of who did it, in the audit of the organisation whose keys they are. */
const callerIn = (organisationId: string) =>
  Option.some({ ...localCaller, subject: "command line", name: "the command line", organisationId })

const services = Layer.mergeAll(
  Layer.provide(auditedKeys, PgApiKeys.layer),
  // Looks up no session, so it need not know which tokens the servers take.
  PgBoardSessions.layer(undefined)
).pipe(Layer.provideMerge(PgAuditLog.layer))

const onDatabase = <A, E>(
  settings: Settings,
  organisationId: string,
  work: Effect.Effect<A, E, ApiKeys | AuditLog | BoardSessions | SqlClient.SqlClient>
) =>
  work.pipe(
    Effect.provideService(CurrentCaller, callerIn(organisationId)),
    Effect.provide(Layer.provideMerge(services, theDatabase(settings, PgDatabase.layer))),
    Effect.provide(ProcessLog.layer("warn"))
  )

const onKeys = <A, E>(
  settings: Settings,
  organisationId: string,
  work: (keys: typeof ApiKeys.Service) => Effect.Effect<A, E>
) => onDatabase(settings, organisationId, Effect.flatMap(ApiKeys, work))

const create = Command.make(
  "create",
  {
    name: Flag.String("name").pipe(Flag.withDescription("Whose key it is, or what for."), Flag.withSchema(KeyName)),
    role: Flag.Literals("role", Role.literals).pipe(Flag.withDescription("What it may do.")),
    organisation,
    expires: Flag.Int("expires").pipe(
      Flag.withMetavar("days"),
      Flag.withDescription("Days until it ends. Without it, it never does."),
      Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: LONGEST_LIFE_DAYS }))),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* ({ expires, name, organisation, role }) {
    const now = yield* DateTime.now
    const settings = yield* readSettings(process.env)
    const makesOne = wouldMakeOne(settings)
    const { key, secret } = yield* onKeys(settings, organisation, (keys) =>
      keys.create({
        name,
        role,
        organisationId: organisation,
        createdBy: "the command line",
        ...(Option.isSome(expires) && { expiresAt: DateTime.addDuration(now, Duration.days(expires.value)) })
      })
    )
    if (makesOne) {
      const folder = resolve(settings.dataDirectory)
      yield* Console.error(
        `There was no database in ${folder}, so one was made: servers with other settings refuse this key.`
      )
    }
    yield* Console.error("This is the key. It is kept nowhere, so copy it now:")
    const which = organisation === DEFAULT_ORGANISATION ? key.id : `${key.id} --organisation "${organisation}"`
    yield* print(secret, `The key is lost: end it with callboard keys revoke ${which}`)
  })
).pipe(
  Command.withDescription("Make a key, and print it once."),
  Command.withExamples([{ command: 'callboard keys create --name "Ada" --role admin' }])
)

const list = Command.make(
  "list",
  { organisation, json },
  Effect.fnUntraced(function* ({ json, organisation }) {
    const keys = yield* onKeys(yield* settingsOfOne, organisation, (each) => each.list(organisation))
    if (json) return yield* printed(keys)
    if (keys.length === 0) return yield* Console.error(`There is no key in the organisation "${organisation}".`)
    yield* Effect.forEach(keys, (key) => print(line(key)), { discard: true })
    if (keys.length >= MOST_KEYS_LISTED) {
      yield* Console.error(`At most ${MOST_KEYS_LISTED} are listed, those that work first.`)
    }
  })
).pipe(Command.withDescription("List keys, without their secrets."))

const revoke = Command.make(
  "revoke",
  {
    id: Argument.String("id").pipe(
      Argument.withDescription("The id of the key, as list shows it."),
      Argument.withSchema(ApiKeyId)
    ),
    organisation
  },
  Effect.fnUntraced(function* ({ id, organisation }) {
    const revoked = (each: typeof ApiKeys.Service) => each.revoke(organisation, id, "the command line")
    const key = yield* onKeys(yield* settingsOfOne, organisation, revoked).pipe(
      Effect.catchTag("ApiKeyNotFound", () =>
        Effect.fail(new Refused({ message: `There is no such key in the organisation "${organisation}".` }))
      )
    )
    yield* Console.error(`The key "${key.name}" is revoked. Servers refuse it within seconds.`)
  })
).pipe(Command.withDescription("End a key. Servers refuse it within seconds."))

const endAllSessions = Effect.gen(function* () {
  const recording = yield* makeRecording
  const { endAll } = yield* BoardSessions
  return yield* recording(endAll, (sessions) => ({ action: "sign-out", target: "all sessions", before: { sessions } }))
})

const signOut = Command.make(
  "sign-out",
  {},
  Effect.fnUntraced(function* () {
    const ended = yield* onDatabase(yield* settingsOfOne, DEFAULT_ORGANISATION, endAllSessions)
    const sessions = ended === 1 ? "1 session" : `${ended} sessions`
    yield* Console.error(`Everybody is signed out of the board (${sessions}). Keys and tokens go on working.`)
  })
).pipe(Command.withDescription("Sign everybody out of the board, in all organisations."))

export const keys = Command.make("keys").pipe(
  Command.withDescription("Make, list and revoke API keys, and sign people out, in the database that the server uses."),
  Command.withSubcommands([create, list, revoke, signOut])
)
