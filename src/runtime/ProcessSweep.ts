/**
 * Finds and kills processes by the mark they carry. A browser is started with its mark as an environment variable,
 * which all its children inherit, and as a switch, which can be seen where environments cannot. A mark is a path,
 * `<worker>/<boot>/<browser>`, and whoever looks for one finds all marks below it too.
 */
import { readFileSync } from "node:fs"
import { Effect, Option, Schema } from "effect"
import type { WorkerIdentity } from "../domain/Lease.ts"
import { isGone, ProcessOwner, thisProcess } from "./ProcessOwner.ts"
import { hasProc, listPids, readStat, residentBytes } from "./ProcStat.ts"

export const MARK_VARIABLE = "CALLBOARD_WORKER"
export const MARK_SWITCH = "--callboard-worker"
const OWNER_VARIABLE = "CALLBOARD_OWNER"

/** The mark of one run of a worker. */
export const markerOf = ({ bootId, name }: WorkerIdentity): string => `${name}/${bootId}`

/** Of everything that jobs of this worker run as external commands. */
export const commandMarkerOf = (worker: WorkerIdentity): string => `${markerOf(worker)}/command`

export interface MarkedProcess {
  readonly pid: number
  readonly mark: string
}

export const isBelow = (mark: string, marker: string): boolean => mark === marker || mark.startsWith(`${marker}/`)

const variable = (name: string) => new RegExp(`(?:^|\\0)${name}=([^\\0]*)`, "u")

const MARK = variable(MARK_VARIABLE)
const OWNER = variable(OWNER_VARIABLE)

const ownerJson = Schema.fromJsonString(ProcessOwner)
const decodeOwner = Schema.decodeUnknownOption(ownerJson)

/** What the processes of a command carry: a worker may have another name after a restart, but this one is gone then. */
export const markOf = (mark: string): Readonly<Record<string, string>> => ({
  [MARK_VARIABLE]: mark,
  [OWNER_VARIABLE]: Schema.encodeSync(ownerJson)(thisProcess)
})

/** A process that ended meanwhile, is dead but not reaped, or belongs to somebody else has no readable environment. */
const readEnvironment = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8")
  } catch {
    return ""
  }
}

const listFromProc = (): ReadonlyArray<MarkedProcess> =>
  listPids().flatMap((pid) => {
    const mark = MARK.exec(readEnvironment(pid))?.[1]
    return mark === undefined ? [] : [{ pid, mark }]
  })

/** Only the browser itself carries the switch, and leads the process group of its children. */
const listFromPs = (): ReadonlyArray<MarkedProcess> =>
  Bun.spawnSync(["ps", "-A", "-ww", "-o", "pid=,command="])
    .stdout.toString()
    .split("\n")
    .flatMap((line) => {
      const found = new RegExp(`^\\s*(\\d+) .*${MARK_SWITCH}=(\\S+)`, "u").exec(line)
      return found ? [{ pid: Number(found[1]), mark: found[2]! }] : []
    })

/** All living processes with this marker or one below it, but never this process. */
export const findMarked = (marker: string) =>
  Effect.sync(() => {
    const all = hasProc ? listFromProc() : listFromPs()
    return all.filter(({ mark, pid }) => pid !== process.pid && isBelow(mark, marker))
  })

/** All living processes of commands whose Callboard is gone for certain, whatever its name was. Only where /proc is. */
const findOrphans = Effect.sync(() =>
  hasProc
    ? listPids().flatMap((pid): ReadonlyArray<MarkedProcess> => {
        const mark = OWNER.exec(readEnvironment(pid))?.[1]
        const isOrphan = mark !== undefined && Option.exists(decodeOwner(mark), isGone)
        return isOrphan && pid !== process.pid ? [{ pid, mark }] : []
      })
    : []
)

const kill = (pid: number): void => {
  // A browser leads a group of its own, in which its sandboxed children hide their environment.
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, "SIGKILL")
    } catch {
      // It leads no group, or is gone already.
    }
  }
}

/** The kernel ends a killed process within milliseconds, unless a device keeps it. */
const ROUNDS = 1_000
const PAUSE_MS = 5

/** Real time, whatever clock the caller runs on: the kernel keeps its own. */
const pause = Effect.promise(() => Bun.sleep(PAUSE_MS))

/**
 * Kills what is found until nothing is left, and returns the pids. Looks again after each round, because a process may
 * start another one while it is being killed.
 */
const killAll = Effect.fnUntraced(function* (find: Effect.Effect<ReadonlyArray<MarkedProcess>>) {
  const killed = new Set<number>()
  for (let round = 0; round < ROUNDS; round++) {
    const targets = yield* find
    if (targets.length === 0) return [...killed]
    for (const { pid } of targets) {
      killed.add(pid)
      kill(pid)
    }
    yield* pause
  }
  yield* Effect.annotateLogs(Effect.logError("Marked processes do not end"), { pids: [...killed] })
  return [...killed]
})

/** Kills all processes with this marker or one below it, but those to be spared. */
export const killMarked = (marker: string, spare: (found: MarkedProcess) => boolean = () => false) =>
  killAll(Effect.map(findMarked(marker), (all) => all.filter((found) => !spare(found))))

/** Kills what commands of other runs of Callboard left, on this machine and of this account. */
export const killOrphans = killAll(findOrphans)

/**
 * Bytes in RAM of all processes with this mark, and of the process groups that they lead: a sandboxed child hides its environment
 * from other accounts. Memory that they share is counted for each. 0 where the kernel does not tell.
 */
export const memoryOf = (marker: string): Effect.Effect<number> =>
  hasProc
    ? Effect.map(findMarked(marker), (found) => {
        const pids = new Set(found.map(({ pid }) => pid))
        const all = listPids().filter((pid) => pids.has(pid) || pids.has(readStat(pid)?.group ?? 0))
        return all.reduce((sum, pid) => sum + residentBytes(pid), 0)
      })
    : Effect.succeed(0)
