/**
 * What really happened, told by those who did it: one file to which the scripts of all workers, and the harness itself,
 * append a line per deed with one `write` each. The kernel puts appended writes of one file in order, so the order of
 * the lines is the order of the deeds in all processes, without trusting any clock or the database under test.
 */
import { openSync, readFileSync, writeSync } from "node:fs"
import { Clock, Effect } from "effect"

/** Deeds of a script, in the order in which they come. */
export type ScriptDeed = "begin" | "step" | "tick" | "stepDone" | "kept" | "fail" | "end" | "interrupted"
/** Deeds of the harness. `pid` is the process that it did them to. */
export type HarnessDeed = "spawned" | "killed" | "terminated" | "stopped" | "continued" | "cancelAccepted"

export interface Line {
  /** Milliseconds since 1970. All processes and the database read the clock of one machine. */
  readonly at: number
  readonly pid: number
  readonly what: ScriptDeed | HarnessDeed
  /** The harness's own name of the job. */
  readonly ref?: string
  readonly attempt?: number
  readonly step?: string
  /** The output of a step: new each time the step really runs. */
  readonly output?: string
}

export interface Journal {
  readonly note: (line: Omit<Line, "at" | "pid"> & { readonly pid?: number }) => Effect.Effect<void>
}

export const openJournal = (path: string): Journal => {
  const file = openSync(path, "a")
  return {
    note: (line) =>
      Effect.map(Clock.currentTimeMillis, (at) => {
        writeSync(file, `${JSON.stringify({ at, pid: process.pid, ...line })}\n`)
      })
  }
}

const linesOf = (path: string): ReadonlyArray<string> =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")

const parse = (line: string) => JSON.parse(line) as Line

export const readJournal = (path: string): ReadonlyArray<Line> => linesOf(path).map(parse)

const LAST_DEEDS: ReadonlySet<string> = new Set<ScriptDeed>(["fail", "end", "interrupted"])

/** Whether a script is in its middle in this process. */
export const isAtWork = (path: string, pid: number): boolean => {
  const own = linesOf(path).filter((line) => line.includes(`"pid":${pid},`))
  const open = new Set<string>()
  for (const { attempt, ref, what } of own.map(parse)) {
    if (what === "begin") open.add(`${ref} ${attempt}`)
    if (LAST_DEEDS.has(what)) open.delete(`${ref} ${attempt}`)
  }
  return open.size > 0
}
