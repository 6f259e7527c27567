/** Which jobs a run has: of ten, three fail and one is cancelled, the same ones each time. */
import type { Ending } from "./jobTypes.ts"

const TEN: ReadonlyArray<Ending> = [
  "well",
  "cancelled",
  "failed",
  "well",
  "failed",
  "well",
  "well",
  "failed",
  "well",
  "well"
]

export interface Block {
  readonly endings: ReadonlyArray<Ending>
  /** Jobs that come last and work all at once: whatever happened before, the reading finds a browser for each. */
  readonly together: number
  /** The browser of a running job is killed once. */
  readonly kills: boolean
}

/** Kills are spread over the run. Jobs that work together replace the last ones of a full block, which end well. */
export const planOf = (jobs: number, size: number, kills: number, browsers: number): ReadonlyArray<Block> => {
  const blocks = Math.ceil(jobs / size)
  const killedAt = new Set(Array.from({ length: kills }, (_, kill) => Math.floor(((kill + 0.5) * blocks) / kills)))
  return Array.from({ length: blocks }, (_, block) => {
    const length = Math.min(size, jobs - block * size)
    const together = length === size ? browsers : 0
    const endings = Array.from({ length: length - together }, (_, index) => TEN[(block * size + index) % TEN.length]!)
    return { endings, together, kills: killedAt.has(block) }
  })
}
