/**
 * Removes browsers and folders that nobody uses any more. A browser is ended by its seat; what is found here was left by
 * a process that was killed, or by a bug.
 */
import { Effect, Option } from "effect"
import type { WorkerIdentity } from "../../domain/Lease.ts"
import { isGone } from "../ProcessOwner.ts"
import { commandMarkerOf, isBelow, killMarked } from "../ProcessSweep.ts"
import { type BrowserFolder, listFolders, removeFolder } from "./BrowserFolder.ts"

export interface SweepOptions {
  readonly worker: WorkerIdentity
  /** Marks of the browsers that live or start now. */
  readonly inUse: ReadonlySet<string>
}

export interface Swept {
  readonly processes: number
  readonly folders: number
}

/** A process without a name of its own for all boots (`DATABASE_URL`) is known by its record alone. */
const isLeftover = ({ owned }: BrowserFolder, { inUse, worker }: SweepOptions): boolean =>
  Option.match(owned, {
    onNone: () => true,
    onSome: ({ mark, owner }) => !inUse.has(mark) && (isBelow(mark, worker.name) || isGone(owner))
  })

const clear = ({ owned, path }: BrowserFolder) =>
  Effect.gen(function* () {
    const killed = Option.isSome(owned) ? yield* killMarked(owned.value.mark) : []
    yield* removeFolder(path)
    return killed.length
  })

export const sweep = Effect.fn("BrowserSweep.sweep")(function* (options: SweepOptions) {
  const commands = commandMarkerOf(options.worker)
  const own = yield* killMarked(options.worker.name, ({ mark }) => options.inUse.has(mark) || isBelow(mark, commands))
  const leftovers = (yield* listFolders()).filter((folder) => isLeftover(folder, options))
  const others = yield* Effect.forEach(leftovers, clear)
  return {
    processes: own.length + others.reduce((sum, killed) => sum + killed, 0),
    folders: leftovers.length
  } satisfies Swept
})
