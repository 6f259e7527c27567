/** What the kernel says of a process, where it has `/proc`. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs"

export const hasProc = process.platform === "linux"

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    // The process ended meanwhile.
    return undefined
  }
}

export const listPids = (): ReadonlyArray<number> =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)

export interface ProcStat {
  /** One letter; `Z` is dead, and only not reaped yet. */
  readonly state: string
  readonly group: number
  /** In ticks since the machine started: with the pid, the name of a process that is never given again. */
  readonly startedAt: string
}

/** None when there is no such process. */
export const readStat = (pid: number): ProcStat | undefined => {
  const text = read(`/proc/${pid}/stat`)
  // The name of the program comes second, in parentheses, and may hold anything.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ")
  return fields && { state: fields[0]!, group: Number(fields[2]), startedAt: fields[19]! }
}

/** Memory that the process has in RAM now; 0 when it is gone. */
export const residentBytes = (pid: number): number =>
  1_024 * Number(/^VmRSS:\s+(\d+) kB/mu.exec(read(`/proc/${pid}/status`) ?? "")?.[1] ?? 0)

/** Path of the program that the process runs; none when it is gone or belongs to somebody else. */
export const programOf = (pid: number): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch {
    return undefined
  }
}

/** Of all processes of this system that may be seen; nobody knows where there is no `/proc`. */
export const runningPrograms = (): ReadonlyArray<string> | undefined =>
  hasProc ? listPids().flatMap((pid) => programOf(pid) ?? []) : undefined
