/** `callboard backup` and `callboard restore`, for the embedded database. */
import { Console, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import manifest from "../../package.json" with { type: "json" }
import { backUp, restore as putBack, type Restored } from "../runtime/Backup.ts"
import { DataDirectory } from "../runtime/DataDirectory.ts"
import { secretKeyIds } from "../runtime/SecretKey.ts"
import { readSettings, type Settings } from "../runtime/Settings.ts"
import { print } from "./printing.ts"
import { Refused } from "./Refused.ts"

const onlyEmbedded = ({ databaseUrl }: Settings) =>
  databaseUrl === undefined
    ? Effect.void
    : Effect.fail(
        new Refused({ message: "DATABASE_URL is set: back that PostgreSQL up with its own tools, such as pg_dump." })
      )

const folder = (description: string) => Argument.String("folder").pipe(Argument.withDescription(description))

const keyBeside = ({ secretKey }: Settings, keys: ReadonlyArray<string>): string => {
  if (secretKey !== undefined) {
    return `The key of secret inputs is NOT in it: keep CALLBOARD_SECRET_KEY (${keys.join(", ")}) as well. Without it no secret in the copy can be opened.`
  }
  // The server may know the setting where this command does not, and no longer use the file.
  const unknown = "if the server is started with CALLBOARD_SECRET_KEY, keep that as well."
  return keys.length > 0
    ? `It holds secret.key (${keys.join(", ")}), which opens secret inputs: keep it where only you can read it, and ${unknown}`
    : `It holds no key of secret inputs: ${unknown}`
}

/** What has to be kept beside the copy, and why. */
const besides = (settings: Settings, keys: ReadonlyArray<string>): ReadonlyArray<string> => [
  keyBeside(settings, keys),
  ...(settings.artifactsUrl === undefined
    ? []
    : ["The files of jobs are NOT in it: they are in the bucket of CALLBOARD_ARTIFACTS_URL. Keep that as well."])
]

export const backup = Command.make(
  "backup",
  { folder: folder("Where to make the copy. It must not be there yet.") },
  Effect.fnUntraced(function* ({ folder }) {
    const settings = yield* readSettings(process.env)
    yield* onlyEmbedded(settings)
    const { artifactsUrl, dataDirectory, secretKey } = settings
    const secretKeys = yield* secretKeyIds(dataDirectory, secretKey)
    const filesElsewhere = artifactsUrl !== undefined
    const made = backUp({ dataDirectory, folder, secretKeys, filesElsewhere, version: manifest.version }).pipe(
      Effect.onInterrupt(() => Console.error("Stopped before it was whole: there is no copy."))
    )
    yield* print(yield* made)
    for (const sentence of besides(settings, secretKeys)) yield* Console.error(sentence)
  })
).pipe(
  Command.withDescription(
    "Copy the embedded database, the files of jobs and the secret key into a folder. The server may run meanwhile."
  )
)

/** What the copy needs besides itself and does not find here. */
const missing = (
  { artifactsUrl }: Settings,
  { filesElsewhere, secretKeys = [] }: Restored,
  here: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const lost = secretKeys.filter((key) => !here.includes(key))
  return [
    ...(lost.length === 0
      ? []
      : [
          `Its secrets were sealed with another key (${lost.join(", ")}) than the one here (${here.join(", ") || "none"}). Set CALLBOARD_SECRET_KEY to that key before you start Callboard: without it jobs and schedules with secrets fail.`
        ]),
    ...(filesElsewhere && artifactsUrl === undefined
      ? ["The files of its jobs are in a bucket: set CALLBOARD_ARTIFACTS_URL to it."]
      : [])
  ]
}

export const restore = Command.make(
  "restore",
  { folder: folder("A folder that callboard backup made.") },
  Effect.fnUntraced(function* ({ folder }) {
    const settings = yield* readSettings(process.env)
    yield* onlyEmbedded(settings)
    const { dataDirectory, secretKey } = settings
    const restored = yield* putBack(folder).pipe(
      Effect.provide(DataDirectory.layer({ path: dataDirectory, exclusive: true }))
    )
    const lacks = missing(settings, restored, yield* secretKeyIds(dataDirectory, secretKey))
    yield* Console.error(`Restored what was backed up at ${restored.madeAt}.`)
    for (const sentence of lacks) yield* Console.error(sentence)
    if (lacks.length === 0) yield* Console.error("Start Callboard as usual.")
  })
).pipe(Command.withDescription("Put a backup into an empty data folder."))
