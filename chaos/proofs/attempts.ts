/** The history of each job adds up, and agrees with what the scripts say they did. */
import { type AttemptRow, attemptKey } from "../Evidence.ts"
import type { Proof } from "./Proof.ts"

export const attemptsAddUp: Proof = {
  claim: "attempts are numbered 1 to n without a gap, each has one row and an end, and each ran at most once",
  broken: ({ attempts, jobs, lines }) => {
    const byRef = Map.groupBy(attempts, ({ ref }) => ref)
    const begun = new Map<string, number>()
    for (const { attempt, ref, what } of lines) {
      if (what !== "begin" || ref === undefined || attempt === undefined) continue
      begun.set(attemptKey(ref, attempt), (begun.get(attemptKey(ref, attempt)) ?? 0) + 1)
    }
    const numbers = jobs.flatMap((job) => {
      const rows = byRef.get(job.ref) ?? []
      const found = rows.map(({ attempt }) => attempt).toSorted((a, b) => a - b)
      const isWhole = found.length === job.attempt && found.every((number, index) => number === index + 1)
      const open = rows.filter(({ endedAt, outcome }) => outcome === null || endedAt === null)
      return [
        ...(isWhole ? [] : [`${job.ref} has counted ${job.attempt} attempts; its history has [${found.join(", ")}]`]),
        ...open.map(({ attempt, ref }) => `${ref} attempt ${attempt} has no end`)
      ]
    })
    const known = new Set(attempts.map(({ attempt, ref }) => attemptKey(ref, attempt)))
    return [
      ...numbers,
      ...[...begun].flatMap(([key, times]) => [
        ...(times === 1 ? [] : [`${key} began ${times} times`]),
        ...(known.has(key) ? [] : [`${key} ran and is not in the history`])
      ])
    ]
  }
}

/** `failed` rows before the last attempt are tries; the last one ends the job and is not retried. */
const triesOf = (rows: ReadonlyArray<AttemptRow>, status: string, last: number) =>
  rows.filter(({ attempt, outcome }) => outcome === "failed" && (status !== "failed" || attempt !== last)).length

export const retriesAreFailures: Proof = {
  claim: "only failures of the script use up retries; crashes, lost leases and shutdowns do not",
  broken: ({ attempts, jobs }) => {
    const byRef = Map.groupBy(attempts, ({ ref }) => ref)
    return jobs.flatMap(({ attempt, crashCount, maxRetries, ref, retryCount, status }) => {
      const rows = byRef.get(ref) ?? []
      const failed = triesOf(rows, status, attempt)
      const crashed = rows.filter((row) => row.crashed).length
      return [
        ...(retryCount > maxRetries ? [`${ref} was retried ${retryCount} times, ${maxRetries} are allowed`] : []),
        ...(retryCount === failed ? [] : [`${ref} counts ${retryCount} retries after ${failed} failed attempts`]),
        ...(crashCount === crashed ? [] : [`${ref} counts ${crashCount} crashes; its history has ${crashed}`])
      ]
    })
  }
}

/** One that was claimed before is stopped as soon as its worker hears of it; it may begin until then. */
export const nothingAfterCancel: Proof = {
  claim: "no attempt was claimed after a cancellation was accepted",
  broken: ({ attempts, lines }) => {
    const cancelled = new Map(
      lines.flatMap(({ at, ref, what }) => (what === "cancelAccepted" ? [[ref, at] as const] : []))
    )
    return attempts
      .filter(({ ref, startedAt }) => startedAt.getTime() > (cancelled.get(ref) ?? Number.POSITIVE_INFINITY))
      .map(
        ({ attempt, ref, startedAt }) => `${ref} attempt ${attempt} was claimed at ${startedAt.toISOString()}, after`
      )
  }
}
