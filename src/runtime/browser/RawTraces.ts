/**
 * Where Playwright writes while it records a trace, secrets and all: a folder of this user alone, emptied after each
 * session. What a killed process left is removed when the next one starts.
 */
import { mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect, Option } from "effect"
import { isGone } from "../ProcessOwner.ts"
import { type BrowserFolder, listFolders, makeFolder, removeFolder } from "./BrowserFolder.ts"

export const PREFIX = "callboard-trace-"

/** Nothing else has to be found by it. */
const NO_MARK = ""

const isAbandoned = ({ owned }: BrowserFolder): boolean =>
  Option.match(owned, { onNone: () => true, onSome: ({ owner }) => isGone(owner) })

const removeAbandoned = Effect.flatMap(listFolders(PREFIX), (found) =>
  Effect.forEach(found.filter(isAbandoned), ({ path }) => removeFolder(path), { discard: true })
)

const empty = (folder: string): void => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
}

/** Beside what is written stands whose it is. */
const folderIn = (whole: string): string => {
  const folder = join(whole, "raw")
  mkdirSync(folder, { mode: 0o700 })
  return folder
}

/** Ends with the scope. */
export const makeRawTraces = Effect.acquireRelease(
  Effect.andThen(removeAbandoned, makeFolder(NO_MARK, PREFIX)),
  removeFolder
).pipe(
  Effect.map(folderIn),
  Effect.map((folder) => ({
    folder,
    // What is still written while a browser is killed goes before the next session, or when none comes for a while.
    empty: Effect.ignore(Effect.try(() => empty(folder)))
  }))
)
