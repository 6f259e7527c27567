/** The database that the server would use, for commands that work on it whether or not the server runs. */
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { Effect, Layer } from "effect"
import { DataDirectory } from "../runtime/DataDirectory.ts"
import { EmbeddedPostgres, type PostgresAddress, runningServer } from "../runtime/postgres/EmbeddedPostgres.ts"
import type { DatabaseAddress } from "../runtime/postgres/PgDatabase.ts"
import type { Settings } from "../runtime/Settings.ts"
import { Refused } from "./Refused.ts"

const clientAddress = ({ socketDirectory: host, ...rest }: PostgresAddress): DatabaseAddress => ({ host, ...rest })

/** Of a running server: it has its data directory to itself, and its database takes visitors. Else one is started. */
const embedded = <A, E, R>(dataDirectory: string, connect: (address: DatabaseAddress) => Layer.Layer<A, E, R>) => {
  const started = Layer.unwrap(Effect.map(EmbeddedPostgres, (address) => connect(clientAddress(address)))).pipe(
    Layer.provide(EmbeddedPostgres.layer),
    Layer.provide(DataDirectory.layer({ path: dataDirectory, exclusive: true }))
  )
  return Layer.catchTag(started, "DataDirectoryInUse", (inUse) => {
    const running = runningServer(resolve(dataDirectory))
    return Layer.unwrap(running === undefined ? Effect.fail(inUse) : Effect.succeed(connect(clientAddress(running))))
  })
}

/** Whether a start would make a database: there is none of our own in the data folder yet. */
export const wouldMakeOne = ({ dataDirectory, databaseUrl }: Settings): boolean =>
  databaseUrl === undefined && !existsSync(join(resolve(dataDirectory), "postgres", "PG_VERSION"))

/** How to ask the database without starting one: `none` where there is none yet. */
export const theDatabaseAsItIs = (settings: Settings): DatabaseAddress | "none" | "stopped" => {
  const { dataDirectory, databaseUrl } = settings
  if (databaseUrl !== undefined) return { url: databaseUrl }
  if (wouldMakeOne(settings)) return "none"
  const running = runningServer(resolve(dataDirectory))
  return running === undefined ? "stopped" : clientAddress(running)
}

/** For commands that look, or change what has to be there: in a wrong folder they would make a whole database. */
export const onlyExisting = (settings: Settings) =>
  wouldMakeOne(settings)
    ? Effect.fail(
        new Refused({
          message: `There is no embedded database in ${resolve(settings.dataDirectory)}. Set CALLBOARD_DATA_DIR to its folder, or DATABASE_URL.`
        })
      )
    : Effect.void

/** What `connect` makes of its address. */
export const theDatabase = <A, E, R>(
  { dataDirectory, databaseUrl }: Settings,
  connect: (address: DatabaseAddress) => Layer.Layer<A, E, R>
) => (databaseUrl === undefined ? embedded(dataDirectory, connect) : connect({ url: databaseUrl }))
