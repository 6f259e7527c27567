/** A process that hosts the embedded PostgreSQL in the data directory given to it, writes a row and stays. */
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import { Reactivity } from "effect/reactivity"
import { DataDirectory } from "../../../src/runtime/DataDirectory.ts"
import { EmbeddedPostgres } from "../../../src/runtime/postgres/EmbeddedPostgres.ts"

// Whoever started it holds the other end; without that one it has nothing to do.
process.stdin.on("end", () => process.exit()).resume()

const dataDirectory = DataDirectory.layer({ path: process.argv[2] ?? "", exclusive: true })

await Effect.gen(function* () {
  const { socketDirectory: host, ...address } = yield* EmbeddedPostgres
  const sql = yield* PgClient.makeClient({ ...address, host })
  yield* sql`CREATE TABLE kept (note text)`
  yield* sql`INSERT INTO kept VALUES ('before the kill')`
  process.stdout.write("ready\n")
  yield* Effect.never
}).pipe(
  Effect.scoped,
  Effect.provide(Layer.merge(EmbeddedPostgres.layer.pipe(Layer.provide(dataDirectory)), Reactivity.layer)),
  Effect.runPromise
)
