/**
 * The folder of one browser: its profile, its temporary files and what Playwright keeps of it. It also says which
 * process the browser belongs to, so that another one can clear up when that process is gone. Raw traces have such
 * folders too.
 */
import { lstatSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Duration, Effect, Option, Schema } from "effect"
import { messageOf } from "../../domain/messageOf.ts"
import { ProcessOwner, thisProcess } from "../ProcessOwner.ts"
import { hasProc } from "../ProcStat.ts"

const PREFIX = "callboard-browser-"
const RECORD = "owner.json"

const Owned = Schema.Struct({ owner: ProcessOwner, mark: Schema.String })
const decodeOwned = Schema.decodeUnknownOption(Schema.fromJsonString(Owned))

/**
 * A socket's path has at most 107 bytes on Linux, and Chromium makes one in its folder: where the folder's path is longer
 * than this, it does not start. With a longer `TMPDIR` the folders lie in `/tmp`.
 */
const MOST_BYTES = 60

export const placeOf = (prefix = PREFIX, temporary = tmpdir()): string =>
  hasProc && Buffer.byteLength(join(temporary, `${prefix}XXXXXX`)) > MOST_BYTES ? "/tmp" : temporary

export interface BrowserFolder {
  readonly path: string
  /** None for a folder whose maker was killed in the moment in which it made it. */
  readonly owned: Option.Option<typeof Owned.Type>
}

/** The message is one sentence for whoever started the process. */
export class TemporaryFolderUnusable extends Schema.TaggedError<TemporaryFolderUnusable>()("TemporaryFolderUnusable", {
  message: Schema.String
}) {}

/** Nobody else may look into it: profiles hold cookies. */
export const makeFolder = (mark: string, prefix = PREFIX): Effect.Effect<string, TemporaryFolderUnusable> =>
  Effect.suspend(() => {
    const place = placeOf(prefix)
    return Effect.try({
      try: () => {
        const path = mkdtempSync(join(place, prefix))
        writeFileSync(join(path, RECORD), JSON.stringify({ owner: thisProcess, mark }))
        return path
      },
      catch: (cause) =>
        new TemporaryFolderUnusable({
          message: `The temporary folder ${place} cannot be used (${messageOf(cause)}): make it writable, or name another one with TMPDIR.`
        })
    })
  })

/** What cannot be removed now is found by the next sweep. */
export const removeFolder = (path: string): Effect.Effect<void> =>
  Effect.ignore(Effect.tryPromise(() => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })))

/** A folder without a record is left alone while its maker may still write it. */
const LONGEST_MAKING = Duration.minutes(1)

const recordOf = (path: string) => {
  try {
    return decodeOwned(readFileSync(join(path, RECORD), "utf8"))
  } catch {
    return Option.none()
  }
}

/** None for what is not ours: temporary folders are shared, and a name proves nothing. */
const look = (path: string): BrowserFolder | undefined => {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found?.isDirectory() || found.uid !== process.getuid?.()) return undefined
  const owned = recordOf(path)
  const isBeingMade = Option.isNone(owned) && Date.now() - found.mtimeMs < Duration.toMillis(LONGEST_MAKING)
  return isBeingMade ? undefined : { path, owned }
}

/** A place that cannot be read holds nothing of ours. */
const namesIn = (place: string): ReadonlyArray<string> => {
  try {
    return readdirSync(place)
  } catch {
    return []
  }
}

/** All such folders that this account has on this machine. */
export const listFolders = (prefix = PREFIX, place = placeOf(prefix)): Effect.Effect<ReadonlyArray<BrowserFolder>> =>
  Effect.sync(() =>
    namesIn(place)
      .filter((name) => name.startsWith(prefix))
      .flatMap((name) => look(join(place, name)) ?? [])
  )
