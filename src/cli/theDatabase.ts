/** The database that the server would use, for commands that work on it whether or not the server runs. */
import { resolve } from "node:path"
import { Effect, Layer } from "effect"
import { DataDirectory } from "../runtime/DataDirectory.ts"
import { EmbeddedPostgres, type PostgresAddress, runningServer } from "../runtime/postgres/EmbeddedPostgres.ts"
import type { DatabaseAddress } from "../runtime/postgres/PgDatabase.ts"
import type { Settings } from "../runtime/Settings.ts"

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

/** What `connect` makes of its address. */
export const theDatabase = <A, E, R>(
  { dataDirectory, databaseUrl }: Settings,
  connect: (address: DatabaseAddress) => Layer.Layer<A, E, R>
) => (databaseUrl === undefined ? embedded(dataDirectory, connect) : connect({ url: databaseUrl }))
