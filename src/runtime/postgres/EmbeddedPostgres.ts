/**
 * A real PostgreSQL that starts and stops with this process, for those who have not set up one of their own.
 *
 * It listens on a Unix socket in a private directory only, and is a child in a session of its own: it must outlive
 * everything that uses it, so nothing but this layer stops it. After a `kill -9` of this process it goes on without
 * an owner; the next start stops it and starts anew. When the server itself dies, it is started again on the same
 * socket and clients reconnect.
 */
import { rmSync } from "node:fs"
import { join } from "node:path"
import { Context, Effect, Layer, Schedule, Scope } from "effect"
import { DataDirectory } from "../DataDirectory.ts"
import { obtainBinaries } from "./EmbeddedPostgresBinaries.ts"
import { DATABASE, prepareData, USERNAME } from "./EmbeddedPostgresData.ts"
import { choosePlaces, type Places, PORT } from "./EmbeddedPostgresPlaces.ts"
import {
  awaitReady,
  type PostgresSettings,
  readPostmasterPid,
  type Server,
  spawnServer,
  stopServer
} from "./EmbeddedPostgresProcess.ts"
import { stopOrphan } from "./EmbeddedPostgresTakeover.ts"
import { attempt } from "./EmbeddedPostgresUnavailable.ts"

export interface PostgresAddress {
  readonly socketDirectory: string
  readonly port: number
  readonly database: string
  readonly username: string
}

export interface EmbeddedPostgresOptions {
  /** Absolute, existing, and locked by the caller. */
  readonly directory: string
  readonly settings?: PostgresSettings
}

const restartBackoff = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("10 seconds")])

const awaitExit = (server: Server) => Effect.promise(() => server.exited)

/** `process.exit` skips finalizers; the server must not stay behind then either. */
const stopOnExit = (current: () => Server | undefined) => {
  const onExit = () => {
    current()?.signal("SIGINT")
  }
  return Effect.acquireRelease(
    Effect.sync(() => process.on("exit", onExit)),
    () => Effect.sync(() => process.off("exit", onExit))
  )
}

/** Starts the server, starts it again whenever it ends, and stops it with the scope. */
const supervise = Effect.fnUntraced(function* (places: Places, settings: PostgresSettings) {
  const scope = yield* Effect.scope
  let current: Server | undefined
  const spawn = spawnServer(places, settings).pipe(
    Effect.tap((server) => Effect.sync(() => (current = server))),
    Effect.uninterruptible,
    Scope.provide(scope)
  )
  const stop = Effect.suspend(() => (current ? stopServer(current.signal, awaitExit(current)) : Effect.void))
  const start = spawn.pipe(
    Effect.tap((server) => awaitReady(places, server)),
    Effect.tapError(() => stop)
  )
  const restart = Effect.fnUntraced(function* (ended: Server) {
    yield* awaitExit(ended)
    yield* Effect.annotateLogs(Effect.logWarning("PostgreSQL ended unexpectedly and is started again"), {
      lastWords: ended.lastWords()
    })
    return yield* start.pipe(
      Effect.tapError((error) => Effect.logWarning(error.message)),
      Effect.retry(restartBackoff)
    )
  })

  yield* Effect.addFinalizer(() => stop)
  yield* stopOnExit(() => current)
  let running = yield* start
  yield* Effect.suspend(() => restart(running)).pipe(
    Effect.tap((next) => Effect.sync(() => (running = next))),
    Effect.forever,
    Effect.forkScoped
  )
})

const make = Effect.fnUntraced(function* ({ directory, settings = {} }: EmbeddedPostgresOptions) {
  const installed = yield* obtainBinaries(directory)
  const places = yield* attempt(`prepare its files in ${directory}`, () => choosePlaces(directory, installed))
  yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(places.socketDirectory, { recursive: true, force: true })))
  if (places.notice) yield* Effect.logInfo(places.notice)
  yield* stopOrphan(places.data)
  yield* prepareData(places)
  yield* supervise(places, settings)
  return { socketDirectory: places.socketDirectory, port: PORT, database: DATABASE, username: USERNAME }
})

/** Where the server of a data directory listens that another process has in use; undefined while none runs there. */
export const runningServer = (directory: string): PostgresAddress | undefined => {
  const found = readPostmasterPid(join(directory, "postgres"))
  if (found === undefined || !found.isReady) return undefined
  return { socketDirectory: found.socketDirectory, port: PORT, database: DATABASE, username: USERNAME }
}

/** Where the embedded server listens. Having it means that the server takes connections. */
export class EmbeddedPostgres extends Context.Service<EmbeddedPostgres, PostgresAddress>()(
  "callboard/runtime/EmbeddedPostgres"
) {
  static readonly make = make
  static readonly layer = Layer.effect(
    EmbeddedPostgres,
    Effect.flatMap(DataDirectory, ({ path }) => make({ directory: path }))
  )
}
