/**
 * What is proved about leases, and what nobody can prove.
 *
 * A process that is stopped (SIGSTOP here; a frozen virtual machine elsewhere) can still be inside a script when its lease
 * has ended. It cannot know, and does nothing meanwhile. When it goes on, it needs a moment to look at its clock; a script
 * may do a deed in that moment. No lease can prevent that; the token keeps such a script from writing to the database.
 *
 * So the claim is, from the scripts' own journal, in the order of its lines:
 * - A process that was never stopped does nothing for a job after the end of its lease, whether or not the job was given
 *   to somebody else by then.
 * - Between the first and the last deed of an attempt, no other attempt of the same job, and none of another job with the
 *   same concurrency key, does anything. The only deeds left out are those of a process that was stopped over the end of
 *   its lease, within `AWAKENING_MS` after it went on; they are counted and reported.
 * - No script is started in that moment either, because the worker looks at the clock before each start. The freeze may
 *   come between that look and the start: so one start, as the very first deed after the freeze, is left out too.
 */
import { attemptKey, type Evidence } from "../Evidence.ts"
import type { Line } from "../Journal.ts"
import type { Proof } from "./Proof.ts"

/** The worker looks at its leases every second, and the machine is busy. */
const AWAKENING_MS = 1_500

interface Run {
  readonly ref: string
  readonly attempt: number
  readonly pid: number
  /** Places in the journal. */
  readonly deeds: ReadonlyArray<{ readonly place: number; readonly line: Line }>
}

const runsOf = (lines: ReadonlyArray<Line>): ReadonlyArray<Run> => {
  const runs = new Map<string, Run & { deeds: Array<{ readonly place: number; readonly line: Line }> }>()
  for (const [place, line] of lines.entries()) {
    if (line.ref === undefined || line.attempt === undefined) continue
    const key = attemptKey(line.ref, line.attempt)
    const run = runs.get(key) ?? { ref: line.ref, attempt: line.attempt, pid: line.pid, deeds: [] }
    run.deeds.push({ place, line })
    runs.set(key, run)
  }
  return [...runs.values()]
}

/** Whether the process was stopped at this moment (milliseconds) and had just gone on when it wrote the line. */
export const makeIsAwakening = (lines: ReadonlyArray<Line>) => {
  const sleeps: Array<{ readonly pid: number; readonly from: number; readonly to: number }> = []
  const since = new Map<number, number>()
  for (const { at, pid, what } of lines) {
    if (what === "stopped") since.set(pid, at)
    if (what === "continued") sleeps.push({ pid, from: since.get(pid) ?? at, to: at })
  }
  return (line: Line, moment: number) =>
    sleeps.some(
      ({ from, pid, to }) =>
        pid === line.pid && from <= moment && moment <= line.at && to <= line.at && line.at - to <= AWAKENING_MS
    )
}

/** The first deed of each process after each freeze. */
const firstDeeds = (lines: ReadonlyArray<Line>): ReadonlySet<Line> => {
  const awoken = new Set<number>()
  return new Set(
    lines.filter(({ pid, what }) => {
      if (what === "continued") awoken.add(pid)
      return what !== "continued" && awoken.delete(pid)
    })
  )
}

const told = ({ at, attempt, pid, ref, what }: Line) =>
  `${new Date(at).toISOString()} ${what} of ${ref} attempt ${attempt} in process ${pid}`

/** When an attempt's right to work ended: its lease's end, or earlier the moment it was declared lost. */
const endOfLease = ({ attempts, leaseEnds }: Evidence) => {
  const ends = new Map(leaseEnds)
  for (const { attempt, endedAt, outcome, ref } of attempts) {
    if (outcome !== "lost" || endedAt === null) continue
    const key = attemptKey(ref, attempt)
    ends.set(key, Math.min(ends.get(key) ?? Number.POSITIVE_INFINITY, endedAt.getTime()))
  }
  return ({ attempt, ref }: Run) => ends.get(attemptKey(ref, attempt))
}

const lateDeeds = (evidence: Evidence) => {
  const endOf = endOfLease(evidence)
  return runsOf(evidence.lines).flatMap((run) => {
    const end = endOf(run)
    if (end === undefined) return []
    return run.deeds
      .filter(({ line }) => line.at > end && line.what !== "interrupted")
      .map(({ line }) => ({ end, line }))
  })
}

/** Deeds after a lease's end that no lease can prevent. */
export const awakeningDeeds = (evidence: Evidence): number => {
  const isAwakening = makeIsAwakening(evidence.lines)
  return lateDeeds(evidence).filter(({ end, line }) => isAwakening(line, end)).length
}

export const nothingAfterTheLease: Proof = {
  claim: "nothing is done, and nothing is started, after the end of a lease",
  broken: (evidence) => {
    const isAwakening = makeIsAwakening(evidence.lines)
    const cutInTwo = firstDeeds(evidence.lines)
    return lateDeeds(evidence)
      .filter(({ end, line }) => (line.what === "begin" && !cutInTwo.has(line)) || !isAwakening(line, end))
      .map(({ end, line }) => `${told(line)}, ${line.at - end} ms after the end of its lease`)
  }
}

/** Overlaps inside each group of attempts that exclude each other. */
const overlapping = (groupOf: (run: Run) => string | undefined, { lines }: Evidence): ReadonlyArray<string> => {
  const isAwakening = makeIsAwakening(lines)
  const groups = Map.groupBy(
    runsOf(lines).filter((run) => groupOf(run) !== undefined),
    (run) => groupOf(run)!
  )
  return [...groups].flatMap(([group, runs]) =>
    runs.flatMap((later, index) => {
      const start = later.deeds[0]!
      return runs.slice(0, index).flatMap((earlier) => {
        if (earlier.ref === later.ref && earlier.attempt === later.attempt) return []
        const late = earlier.deeds.filter(
          ({ line, place }) => place > start.place && line.what !== "interrupted" && !isAwakening(line, start.line.at)
        )
        return late.length === 0 ? [] : [`${group}: ${told(late[0]!.line)}, after ${told(start.line)}`]
      })
    })
  )
}

export const noTwoOfOneJob: Proof = {
  claim: "no two attempts of one job were at work at the same time",
  broken: (evidence) => overlapping((run) => run.ref, evidence)
}

export const noTwoOfOneKey: Proof = {
  claim: "no two jobs with one concurrency key were at work at the same time",
  broken: (evidence) => {
    const keys = new Map(evidence.jobs.map((job) => [job.ref, job.concurrencyKey]))
    return overlapping((run) => keys.get(run.ref) ?? undefined, evidence)
  }
}
