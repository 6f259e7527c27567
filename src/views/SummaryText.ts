/** What screen readers are told about a list, now and then: not each change, only how jobs ended. */
import type { ShownStatus } from "../domain/JobStatus.ts"

const told = [
  ["completed", (count: number) => `${count} ${count === 1 ? "job" : "jobs"} done`],
  ["failed", (count: number) => `${count} failed`],
  ["needs_input", (count: number) => `${count} ${count === 1 ? "needs" : "need"} you`]
] as const

/** "2 jobs done, 1 failed", or none where nothing ended. */
export const summaryText = (reached: ReadonlyArray<ShownStatus>): string | undefined => {
  const parts = told.flatMap(([status, say]) => {
    const count = reached.filter((each) => each === status).length
    return count === 0 ? [] : [say(count)]
  })
  return parts.length === 0 ? undefined : `${parts.join(", ")}.`
}
