/** Names a process so that another one can tell later whether it is gone for certain. */
import { readlinkSync } from "node:fs"
import { Schema } from "effect"
import { hasProc, readStat } from "./ProcStat.ts"

export const ProcessOwner = Schema.Struct({
  pid: Schema.Int,
  /** Tells it from a later process with the same pid; empty where that cannot be known. */
  startedAt: Schema.String,
  /** Pids of another container mean nothing here. */
  namespace: Schema.String
})
export type ProcessOwner = typeof ProcessOwner.Type

const namespace = hasProc ? readlinkSync("/proc/self/ns/pid") : ""

/** Of a process that lives. */
export const ownerOf = (pid: number): ProcessOwner => ({
  pid,
  startedAt: hasProc ? (readStat(pid)?.startedAt ?? "") : "",
  namespace
})

export const thisProcess: ProcessOwner = ownerOf(process.pid)

export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // A process of another account is alive too.
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

/** False when in doubt. */
export const isGone = (owner: ProcessOwner): boolean => {
  if (owner.namespace !== namespace) return false
  if (!hasProc) return !isAlive(owner.pid)
  const found = readStat(owner.pid)
  return found === undefined || found.state === "Z" || found.startedAt !== owner.startedAt
}
