/** Nothing is lost, nothing is made up, and every job has the end that its script and its fate imply. */
import type { Evidence, JobRow } from "../Evidence.ts"
import { naturalEnd, type Ordered } from "../orders.ts"
import type { Proof } from "./Proof.ts"

export const nothingLost: Proof = {
  claim: "every job that was accepted is there, once, and no other",
  broken: ({ jobs, ordered }) => {
    const times = new Map<string, number>()
    for (const { ref } of jobs) times.set(ref, (times.get(ref) ?? 0) + 1)
    return [
      ...[...ordered.keys()].filter((ref) => !times.has(ref)).map((ref) => `${ref} was accepted and is not there`),
      ...[...times].flatMap(([ref, count]) => {
        if (!ordered.has(ref)) return [`${ref} is there and nobody was told so`]
        return count === 1 ? [] : [`${ref} is there ${count} times`]
      })
    ]
  }
}

/** A job is given up after three crashes of the worker under it, whatever its script would have done. */
const CRASH_LIMIT = 3

const ends = (job: JobRow) => `${job.status}${job.errorCode === null ? "" : ` (${job.errorCode})`}`

const isDoomed = (job: JobRow, order: Ordered, byRef: ReadonlyMap<string, JobRow>) =>
  job.onDependencyFailure === "fail" && order.needs.some((ref) => byRef.get(ref)?.status !== "completed")

/** The ends that a job may have. */
const allowedEnds = (job: JobRow, order: Ordered, { cancels }: Evidence, byRef: ReadonlyMap<string, JobRow>) => {
  const cancel = cancels.get(order.ref)
  if (cancel === "cancelled") return ["cancelled"]
  const { code, status } = naturalEnd[order.kind]
  const own = isDoomed(job, order, byRef) ? "failed (DEPENDENCY_FAILED)" : code ? `${status} (${code})` : status
  // The error of the last failed try may stay with a job that was cancelled afterwards.
  const cancelled = cancel === undefined ? [] : ["cancelled"]
  return [own, ...cancelled, ...(job.crashCount >= CRASH_LIMIT ? ["failed (WORKER_CRASHED)"] : [])]
}

export const rightEnds: Proof = {
  claim: "every job has ended, in the way its script, its cancellation or its dependencies imply",
  broken: (evidence) => {
    const byRef = new Map(evidence.jobs.map((job) => [job.ref, job]))
    return evidence.jobs.flatMap((job) => {
      const order = evidence.ordered.get(job.ref)
      if (order === undefined) return []
      const allowed = allowedEnds(job, order, evidence, byRef)
      const end = job.status === "cancelled" ? "cancelled" : ends(job)
      return allowed.includes(end) ? [] : [`${job.ref} is ${end}, not ${allowed.join(" or ")}`]
    })
  }
}

/** Times are those at which transactions started: the creation may have started first, and waited for the other's end. */
const TRANSACTION_MS = 1_000

export const oneLivePerDedupeKey: Proof = {
  claim: "of all jobs with one dedupe key, one at a time was live",
  broken: ({ jobs }) => {
    const keyed = jobs.filter(({ dedupeKey }) => dedupeKey !== null)
    return keyed.flatMap((job) =>
      keyed
        .filter(
          ({ createdAt, dedupeKey, id }) => dedupeKey === job.dedupeKey && id !== job.id && createdAt > job.createdAt
        )
        .filter(
          ({ createdAt }) =>
            job.completedAt === null || job.completedAt.getTime() - createdAt.getTime() > TRANSACTION_MS
        )
        .map((other) => `${other.ref} was made with the key ${job.dedupeKey} while ${job.ref} was live`)
    )
  }
}
