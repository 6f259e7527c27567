/**
 * The settings of the process, all from the environment. This table is the only list of them: it is what is read at
 * start and what docs/settings.md is made from. A wrong value stops the start with a line that names it.
 */
import { Duration, Effect, Result, Schema } from "effect"
import { issuesOf } from "../domain/JobType.ts"
import { aiSettings } from "./ai/aiSettings.ts"
import { browserSettings } from "./browserSettings.ts"
import { addressSettings, identitySettings } from "./identitySettings.ts"
import { limitSettings } from "./limitSettings.ts"
import { messageSettings } from "./messageSettings.ts"
import { operationsSettings } from "./operationsSettings.ts"
import { percentDecoded } from "./percentDecoded.ts"
import { SSL_MODES } from "./postgres/databaseTls.ts"
import { isKeyList } from "./SecretKeyring.ts"
import {
  Count,
  type DefaultedSetting,
  DurationOf,
  LONGEST_TIMER,
  NonEmpty,
  optional,
  type Setting,
  setting
} from "./Setting.ts"

const PostgresUrl = Schema.String.check(
  Schema.makeFilter((text: string) => {
    if (!URL.canParse(text) || !/^postgres(ql)?:$/u.test(new URL(text).protocol)) return "must be a postgres:// URL"
    const { password, pathname, searchParams, username } = new URL(text)
    if ([username, password, pathname].some((part) => percentDecoded(part) === undefined)) {
      return "must have each % of its user, password and database written as %25"
    }
    const modes = searchParams.getAll("sslmode")
    return modes.every((mode) => SSL_MODES.includes(mode)) || `must have an sslmode of ${SSL_MODES.join(", ")}`
  })
)

const isOrigin = (text: string) => URL.canParse(text) && /^https?:/u.test(text) && new URL(text).origin === text

const Origins = Schema.String.check(
  Schema.makeFilter((text: string) =>
    text.split(",").every((each) => isOrigin(each.trim()))
      ? true
      : "must be origins such as https://app.example.com, separated by commas"
  )
)

const SecretKey = Schema.String.check(
  Schema.makeFilter((text: string) =>
    isKeyList(text)
      ? true
      : "must be 32 bytes in base64, as from: openssl rand -base64 32; several keys are separated by commas"
  )
)

/** What a process does: both, HTTP alone, or running jobs alone. */
const Role = Schema.Literals(["all", "web", "worker"]).annotate({ message: "must be all, web or worker" })
export type Role = typeof Role.Type

const LogLevelName = Schema.Literals(["debug", "info", "warn", "error"]).annotate({
  message: "must be debug, info, warn or error"
})

const table = {
  ...addressSettings,
  port: setting({
    variable: "PORT",
    unit: "port",
    schema: Count(0, 65_535),
    standard: "3000",
    description: "Port to listen on. When it is taken, the next free one is used. 0 takes any free one.",
    example: "8080"
  }),
  corsOrigins: optional({
    variable: "CALLBOARD_CORS_ORIGINS",
    unit: "origins",
    schema: Origins,
    description: "Other web sites whose pages may call the API, separated by commas. Default: none.",
    example: "https://app.example.com,https://staging.example.com"
  }),
  databaseUrl: optional({
    variable: "DATABASE_URL",
    unit: "postgres:// URL",
    schema: Schema.RedactedFromValue(PostgresUrl),
    description: "PostgreSQL 15 or newer to use instead of the embedded one.",
    example: "postgres://user:password@localhost:5432/callboard"
  }),
  role: setting({
    variable: "CALLBOARD_ROLE",
    unit: "all, web or worker",
    schema: Role,
    standard: "all",
    description:
      "What this process does: all, web (API and board) or worker (runs jobs). The last two need DATABASE_URL.",
    example: "worker"
  }),
  dataDirectory: setting({
    variable: "CALLBOARD_DATA_DIR",
    unit: "path",
    schema: NonEmpty,
    standard: ".callboard",
    description: "Folder for the embedded database, the files of jobs, the secret key and the unpacked browser.",
    example: "/var/lib/callboard"
  }),
  config: optional({
    variable: "CALLBOARD_CONFIG",
    unit: "path",
    schema: NonEmpty,
    description: "File with your own job types. Default: callboard.config.ts in the working directory, if it is there.",
    example: "./jobs/index.ts"
  }),
  browserSessions: setting({
    variable: "CALLBOARD_BROWSER_SESSIONS",
    unit: "jobs",
    schema: Count(1, 100),
    standard: "2",
    description: "Browser jobs that run at once in this process.",
    example: "4"
  }),
  defaultConcurrency: setting({
    variable: "CALLBOARD_DEFAULT_CONCURRENCY",
    unit: "jobs",
    schema: Count(1, 1_000),
    standard: "8",
    description: "Other jobs that run at once in this process.",
    example: "16"
  }),
  quickConcurrency: setting({
    variable: "CALLBOARD_QUICK_CONCURRENCY",
    unit: "jobs",
    schema: Count(1, 1_000),
    standard: "16",
    description: "Quick jobs that run at once in this process.",
    example: "64"
  }),
  quickPrefetch: setting({
    variable: "CALLBOARD_QUICK_PREFETCH",
    unit: "jobs",
    schema: Count(0, 10_000),
    standard: "1000",
    description:
      "Quick jobs that this process claims ahead of time, so that the next one starts without asking the database. They start before jobs of a higher priority that come later.",
    example: "100"
  }),
  retention: setting({
    variable: "CALLBOARD_RETENTION",
    unit: "duration",
    schema: DurationOf(Duration.hours(1)),
    standard: "30 days",
    description: "How long jobs are kept after they ended, with their log and everything else. At least 1 hour.",
    example: "90 days"
  }),
  ...browserSettings,
  lease: setting({
    variable: "CALLBOARD_LEASE",
    unit: "duration",
    schema: DurationOf(Duration.seconds(15), LONGEST_TIMER),
    standard: "30 seconds",
    description: "How long a job belongs to a worker that stopped answering. At least 15 seconds.",
    example: "1 minute"
  }),
  shutdownGrace: setting({
    variable: "CALLBOARD_SHUTDOWN_GRACE",
    unit: "duration",
    schema: DurationOf(Duration.zero, LONGEST_TIMER),
    standard: "20 seconds",
    description: "How long running jobs may go on after a stop signal before they are handed back to the queue.",
    example: "2 minutes"
  }),
  ...aiSettings,
  secretKey: optional({
    variable: "CALLBOARD_SECRET_KEY",
    unit: "32 bytes in base64",
    schema: Schema.RedactedFromValue(SecretKey),
    description:
      "32 bytes in base64 that seal secret inputs. Several keys, separated by commas: the first seals, all open. Default: made once and kept in the data folder.",
    example: "the output of: openssl rand -base64 32"
  }),
  ...identitySettings,
  ...messageSettings,
  ...limitSettings,
  ...operationsSettings,
  logLevel: setting({
    variable: "LOG_LEVEL",
    unit: "debug, info, warn or error",
    schema: LogLevelName,
    standard: "info",
    description: "Least important lines that are written: debug, info, warn or error.",
    example: "debug"
  })
}

type Table = typeof table

/** A setting without a default is undefined when its variable is not set. */
export type Settings = {
  readonly [K in keyof Table]: Table[K] extends DefaultedSetting<infer A>
    ? A
    : Table[K] extends Setting<infer B>
      ? B | undefined
      : never
}

/** Holds no value, because it may be a secret. */
export class InvalidSetting extends Schema.TaggedError<InvalidSetting>()("InvalidSetting", {
  variable: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.variable} ${this.problem}.`
  }
}

const read = <A>({ schema, standard, variable }: Setting<A>, environment: Environment) => {
  const text = environment[variable] || standard
  if (text === undefined) return Result.succeed(undefined)
  return Schema.decodeUnknownResult(schema)(text).pipe(
    Result.mapError((error) => new InvalidSetting({ variable, problem: issuesOf(error)[0]?.message ?? "is not valid" }))
  )
}

/** Processes that share the work share a database, and the embedded one belongs to one process. */
const withDatabase = (settings: Settings) =>
  settings.role === "all" || settings.databaseUrl !== undefined
    ? Effect.succeed(settings)
    : Effect.fail(
        new InvalidSetting({
          variable: "DATABASE_URL",
          problem: `must be set with CALLBOARD_ROLE=${settings.role}: the embedded database cannot be shared`
        })
      )

/** A mail server without sender or reader would be silent, and nobody would know why. */
const withMail = (settings: Settings) => {
  const wanted = { CALLBOARD_MAIL_FROM: settings.mailFrom, CALLBOARD_MAIL_TO: settings.mailTo }
  const missing = Object.entries(wanted).find(([, value]) => value === undefined)
  return settings.smtpUrl === undefined || missing === undefined
    ? Effect.succeed(settings)
    : Effect.fail(new InvalidSetting({ variable: missing[0], problem: "must be set with CALLBOARD_SMTP_URL" }))
}

/** An empty variable counts as one that is not set. */
export type Environment = Readonly<Record<string, string | undefined>>

export const readSettings = (environment: Environment): Effect.Effect<Settings, InvalidSetting> =>
  Effect.gen(function* () {
    const values: Record<string, unknown> = {}
    for (const [name, each] of Object.entries<Setting<unknown>>(table)) {
      values[name] = yield* Effect.fromResult(read(each, environment))
    }
    return yield* withMail(yield* withDatabase(values as Settings))
  })

export const settingsTable: ReadonlyArray<Setting<unknown>> = Object.values<Setting<unknown>>(table)
