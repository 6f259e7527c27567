/** `callboard backup` and `callboard restore`, for the embedded database. */
import { Console, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import manifest from "../../package.json" with { type: "json" }
import { backUp, restore as putBack } from "../runtime/Backup.ts"
import { DataDirectory } from "../runtime/DataDirectory.ts"
import { readSettings, type Settings } from "../runtime/Settings.ts"
import { Refused } from "./Refused.ts"

const onlyEmbedded = ({ databaseUrl }: Settings) =>
  databaseUrl === undefined
    ? Effect.void
    : Effect.fail(
        new Refused({ message: "DATABASE_URL is set: back that PostgreSQL up with its own tools, such as pg_dump." })
      )

const folder = (description: string) => Argument.String("folder").pipe(Argument.withDescription(description))

export const backup = Command.make(
  "backup",
  { folder: folder("Where to make the copy. It must not be there yet.") },
  Effect.fnUntraced(function* ({ folder }) {
    const settings = yield* readSettings(process.env)
    yield* onlyEmbedded(settings)
    const { dataDirectory } = settings
    yield* Console.log(yield* backUp({ dataDirectory, folder, version: manifest.version }))
    yield* Console.error("It holds the key of secret inputs: keep it where only you can read it.")
  })
).pipe(
  Command.withDescription(
    "Copy the embedded database, the files of jobs and the secret key into a folder. The server may run meanwhile."
  )
)

export const restore = Command.make(
  "restore",
  { folder: folder("A folder that callboard backup made.") },
  Effect.fnUntraced(function* ({ folder }) {
    const settings = yield* readSettings(process.env)
    yield* onlyEmbedded(settings)
    const { dataDirectory } = settings
    const { madeAt } = yield* putBack(folder).pipe(
      Effect.provide(DataDirectory.layer({ path: dataDirectory, exclusive: true }))
    )
    yield* Console.error(`Restored what was backed up at ${madeAt}. Start Callboard as usual.`)
  })
).pipe(Command.withDescription("Put a backup into an empty data folder."))
