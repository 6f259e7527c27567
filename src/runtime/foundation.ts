/** What everything else stands on, as the settings choose it: the process itself, the database, and the key of secrets. */
import { Effect, Layer } from "effect"
import { DataDirectory } from "./DataDirectory.ts"
import * as ProcessLog from "./ProcessLog.ts"
import { EmbeddedPostgres } from "./postgres/EmbeddedPostgres.ts"
import * as PgDatabase from "./postgres/PgDatabase.ts"
import * as SecondSignal from "./SecondSignal.ts"
import { SecretBox } from "./SecretBox.ts"
import { loadSecretKey } from "./SecretKey.ts"
import type { Settings } from "./Settings.ts"
import * as StrayErrors from "./StrayErrors.ts"
import * as startLines from "./startLines.ts"
import { ThisWorker } from "./ThisWorker.ts"

/** Its name, its folder, its first and last lines, and what it does when nobody else takes an error or a signal. */
export const thisProcess = (settings: Settings) => {
  // The embedded database belongs to one process.
  const exclusive = settings.databaseUrl === undefined
  return Layer.merge(SecondSignal.layer, StrayErrors.layer).pipe(
    Layer.provideMerge(startLines.layer(settings)),
    Layer.provideMerge(ProcessLog.naming),
    Layer.provideMerge(ThisWorker.layer(exclusive)),
    Layer.provideMerge(DataDirectory.layer({ path: settings.dataDirectory, exclusive }))
  )
}

/** The server of `DATABASE_URL`, or one of our own. */
export const database = ({ databaseUrl }: Settings) =>
  databaseUrl === undefined
    ? Layer.unwrap(
        Effect.map(EmbeddedPostgres, ({ socketDirectory: host, ...rest }) => PgDatabase.layer({ host, ...rest }))
      ).pipe(Layer.provide(EmbeddedPostgres.layer))
    : PgDatabase.layer({ url: databaseUrl })

export const secretBox = ({ role, secretKey }: Settings) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { path } = yield* DataDirectory
      if (role !== "all" && secretKey === undefined) {
        yield* Effect.logInfo(
          `Secret inputs are sealed with the key in ${path}: processes elsewhere open them only with the same CALLBOARD_SECRET_KEY.`
        )
      }
      return SecretBox.layer(secretKey ?? (yield* loadSecretKey(path)))
    })
  )
