/**
 * Finds and kills processes by the mark they carry. A browser is started with its mark as an environment variable,
 * which all its children inherit, and as a switch, which can be seen where environments cannot. A mark is a path,
 * `<worker>/<boot>/<browser>`, and whoever looks for one finds all marks below it too.
 */
import { readFileSync } from "node:fs"
import { Effect } from "effect"
import type { WorkerIdentity } from "../domain/Lease.ts"
import { hasProc, listPids, readStat, residentBytes } from "./ProcStat.ts"

export const MARK_VARIABLE = "CALLBOARD_WORKER"
export const MARK_SWITCH = "--callboard-worker"

/** The mark of one run of a worker. */
export const markerOf = ({ bootId, name }: WorkerIdentity): string => `${name}/${bootId}`

/** Of everything that jobs of this worker run as external commands. */
export const commandMarkerOf = (worker: WorkerIdentity): string => `${markerOf(worker)}/command`

export interface MarkedProcess {
  readonly pid: number
  readonly mark: string
}

export const isBelow = (mark: string, marker: string): boolean => mark === marker || mark.startsWith(`${marker}/`)

const VARIABLE = new RegExp(`(?:^|\\0)${MARK_VARIABLE}=([^\\0]*)`, "u")

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
    const mark = VARIABLE.exec(readEnvironment(pid))?.[1]
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
 * Kills what `findMarked` finds until nothing is left, and returns the pids. Looks again after each round, because a
 * process may start another one while it is being killed.
 */
export const killMarked = Effect.fnUntraced(function* (
  marker: string,
  spare: (found: MarkedProcess) => boolean = () => false
) {
  const killed = new Set<number>()
  for (let round = 0; round < ROUNDS; round++) {
    const targets = (yield* findMarked(marker)).filter((found) => !spare(found))
    if (targets.length === 0) return [...killed]
    for (const { pid } of targets) {
      killed.add(pid)
      kill(pid)
    }
    yield* pause
  }
  yield* Effect.logError("Marked processes do not end", { marker, pids: [...killed] })
  return [...killed]
})

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
