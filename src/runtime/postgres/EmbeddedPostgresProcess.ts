/** Runs the programs of PostgreSQL: short ones to their end, the server until it is stopped. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Duration, Effect, Option, Schedule, Stream } from "effect"
import { type Places, PORT } from "./EmbeddedPostgresPlaces.ts"
import { EmbeddedPostgresUnavailable, FREE_SPACE } from "./EmbeddedPostgresUnavailable.ts"

/** Server settings by name, as in `postgresql.conf`. */
export type PostgresSettings = Readonly<Record<string, string>>

const SETTINGS: PostgresSettings = {
  listen_addresses: "",
  port: String(PORT),
  unix_socket_permissions: "0700",
  max_connections: "100",
  shared_buffers: "128MB",
  timezone: "UTC",
  cluster_name: "callboard",
  // No replicas: the write-ahead log serves recovery only.
  // Less would not allow a backup while it runs.
  wal_level: "replica",
  max_wal_senders: "0",
  // Parallel queries need shared memory, of which a container has 64 MB, and take the worker's cores.
  max_parallel_workers_per_gather: "0",
  // Failed statements are the caller's to report; here they would put values into the log.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_checkpoints: "off",
  log_line_prefix: ""
}

/** Nothing is inherited, so a `PGDATA` or `LD_LIBRARY_PATH` of the surroundings changes nothing. */
const ENVIRONMENT = { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" }

const spawn = (places: Places, program: string, args: ReadonlyArray<string>, stdin: "ignore" | Blob) =>
  Effect.try({
    try: () =>
      Bun.spawn([join(places.binaries.directory, "bin", program), ...args], {
        ...places.account,
        // Its own session: Ctrl-C and a signal to our group must not stop it before those that use it.
        detached: true,
        cwd: "/",
        env: ENVIRONMENT,
        stdin,
        stdout: "ignore",
        stderr: "pipe"
      }),
    catch: (cause) =>
      new EmbeddedPostgresUnavailable({
        message: `The embedded PostgreSQL cannot run on this system (${program} does not start): set DATABASE_URL to a PostgreSQL of your own.`,
        cause
      })
  })

/** The last words are often about what was cleared away afterwards. */
const faultIn = (text: string): string | undefined => {
  const lines = text.trim().split("\n")
  return lines.findLast((line) => /FATAL|PANIC|ERROR|error:/u.test(line)) ?? lines.at(-1)
}

const programFailed = (program: string, code: number, text: string) => {
  if (/No space left on device|Check free disk space/u.test(text)) {
    return new EmbeddedPostgresUnavailable({
      message: `The embedded PostgreSQL cannot make its database: the disk is full. ${FREE_SPACE}`,
      cause: text
    })
  }
  const reason = /user does not exist/u.test(text)
    ? "its account is not in /etc/passwd"
    : `${program} ended with ${code}: ${faultIn(text)}`
  return new EmbeddedPostgresUnavailable({
    message: `The embedded PostgreSQL cannot run on this system (${reason}). Fix that, or set DATABASE_URL to a PostgreSQL of your own.`,
    cause: text
  })
}

/** Runs `initdb` or a single-user `postgres` to its end. */
export const runProgram = (places: Places, program: string, args: ReadonlyArray<string>, input?: string) =>
  Effect.acquireUseRelease(
    spawn(places, program, args, input === undefined ? "ignore" : new Blob([input])),
    (child) =>
      Effect.promise(() => Promise.all([child.exited, new Response(child.stderr).text()])).pipe(
        Effect.filterOrFail(
          ([code]) => code === 0,
          ([code, text]) => programFailed(program, code, text)
        ),
        Effect.asVoid
      ),
    (child) =>
      Effect.promise(() => {
        child.kill("SIGKILL")
        return child.exited
      })
  )

export interface Server {
  readonly pid: number
  readonly exited: Promise<number>
  /** False when it has ended. */
  readonly signal: (signal: NodeJS.Signals) => boolean
  /** The end of what it logged. */
  readonly lastWords: () => string
}

const LINES_KEPT = 3

/** Starts the server without waiting for it. Its log goes to ours, so no file grows. */
export const spawnServer = Effect.fnUntraced(function* (places: Places, settings: PostgresSettings) {
  const options = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  const child = yield* spawn(
    places,
    "postgres",
    ["-D", places.data, "-k", places.socketDirectory, ...options],
    "ignore"
  )
  const lines: Array<string> = []
  yield* Stream.fromReadableStream({ evaluate: () => child.stderr, onError: () => "closed" as const }).pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.runForEach((line) =>
      Effect.suspend(() => {
        lines.splice(0, lines.push(line) - LINES_KEPT)
        return Effect.logDebug(line)
      })
    ),
    Effect.ignore,
    Effect.annotateLogs({ source: "postgres" }),
    Effect.forkScoped
  )
  return {
    pid: child.pid,
    exited: child.exited,
    signal: (signal) => {
      child.kill(signal)
      return child.exitCode === null && child.signalCode === null
    },
    lastWords: () => lines.join(" | ")
  } satisfies Server
})

export interface PostmasterPid {
  readonly pid: number
  /** The data directory as the server was told it. */
  readonly data: string
  readonly socketDirectory: string
  readonly isReady: boolean
}

/** `postmaster.pid`, which a server keeps from its start to its end: line 1, 2, 5 and 8. */
export const readPostmasterPid = (data: string): PostmasterPid | undefined => {
  const path = join(data, "postmaster.pid")
  if (!existsSync(path)) return undefined
  const lines = readFileSync(path, "utf8").split("\n")
  const [, , , , socketDirectory = ""] = lines
  return { pid: Number(lines[0]), data: lines[1] ?? data, socketDirectory, isReady: lines[7]?.trim() === "ready" }
}

/** After a crash the server replays its log first, at most what `max_wal_size` (1 GB) allows. */
const LONGEST_START = Duration.minutes(2)

/** Waits until the server takes connections; the same sign that `pg_ctl` waits for. */
export const awaitReady = (places: Places, server: Server) =>
  Effect.sync(() => {
    const found = readPostmasterPid(places.data)
    return found?.pid === server.pid && found.isReady
  }).pipe(
    Effect.repeat({ until: (isReady) => isReady, schedule: Schedule.spaced("10 millis") }),
    Effect.timeout(LONGEST_START),
    Effect.raceFirst(
      Effect.andThen(
        Effect.promise(() => server.exited),
        Effect.fail("exited" as const)
      )
    ),
    Effect.mapError(
      (cause) =>
        new EmbeddedPostgresUnavailable({
          message: `The embedded PostgreSQL did not start: ${server.lastWords() || "it said nothing"}`,
          cause
        })
    )
  )

/** Milliseconds that each way of stopping gets before the next, harder one. */
const STOP_SIGNALS = [
  ["SIGINT", 10_000],
  ["SIGQUIT", 3_000],
  ["SIGKILL", 3_000]
] as const

/** Stops a server: fast first (sessions end, everything is written), at once if that hangs, by force at last. */
export const stopServer = Effect.fnUntraced(function* (
  signal: (signal: NodeJS.Signals) => boolean,
  gone: Effect.Effect<unknown>
) {
  for (const [name, millis] of STOP_SIGNALS) {
    if (!signal(name)) return
    const ended = yield* Effect.timeoutOption(gone, Duration.millis(millis))
    if (Option.isSome(ended)) return
  }
})
