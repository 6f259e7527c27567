/** Pages of jobs that end early where the jobs are large: an answer that nobody reads stays in memory. */
import { Effect, Option } from "effect"
import type { Job } from "../../domain/Job.ts"
import type { JobId } from "../../domain/JobId.ts"
import type { JobPage } from "../../domain/JobReports.ts"
import { decodeCursor, encodeCursor } from "./listCursor.ts"

/** Of inputs and results in a page that has more than one job. */
const MOST_BYTES = 8 * 1_024 ** 2

/** Rows of one read: a page of the usual size is one read, and of a larger one no more than these come at once. */
const PART = 50

const sizeOf = ({ input, result }: Job): number => Buffer.byteLength(JSON.stringify([input, result]))

interface Wanted {
  readonly after: JobId | undefined
  readonly limit: number
}

export const inParts = <E>(
  { after, limit }: Wanted,
  read: (part: Wanted) => Effect.Effect<JobPage, E>
): Effect.Effect<JobPage, E> =>
  Effect.gen(function* () {
    const jobs: Array<Job> = []
    let size = 0
    let from = after
    for (let left = limit; ; left -= PART) {
      const part = yield* read({ after: from, limit: Math.min(PART, left) })
      for (const job of part.jobs) {
        const last = jobs.at(-1)
        size += sizeOf(job)
        if (size > MOST_BYTES && last !== undefined) return { jobs, nextCursor: encodeCursor(last.id) }
        jobs.push(job)
      }
      if (part.nextCursor === undefined || left <= PART) return { ...part, jobs }
      from = Option.getOrUndefined(decodeCursor(part.nextCursor))
    }
  })
