/**
 * Jobs that were to be cancelled before they were in hand here. News comes over another connection than the answer to a
 * claim, so it may come first. The job may as well run elsewhere, or have ended and be claimed anew by then: so this is no
 * reason to stop it, only to ask the database soon.
 */
import type { JobId } from "../domain/JobId.ts"
import { type Moment, msBetween } from "./Moment.ts"

/** A claim takes no longer. What is kept longer, until the next one comes, costs a beat. */
const KEPT_MS = 10_000

export const makeMissedCancels = () => {
  /** And when that was heard; the oldest first. */
  const missed = new Map<JobId, Moment>()

  return {
    add: (id: JobId, now: Moment): void => {
      for (const [other, heardAt] of missed) {
        if (msBetween(heardAt, now) < KEPT_MS) break
        missed.delete(other)
      }
      missed.delete(id)
      missed.set(id, now)
    },
    has: (id: JobId): boolean => missed.has(id)
  }
}
