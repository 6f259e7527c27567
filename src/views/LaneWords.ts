/** What people call the lanes, everywhere. Their names stand only where an address or a program needs them. */
import type { Lane } from "../domain/Lane.ts"

export interface LaneWord {
  /** Where its jobs run, as a heading. */
  readonly title: string
  /** Its jobs, within a sentence. */
  readonly jobs: string
}

export const laneWords: Readonly<Record<Lane, LaneWord>> = {
  browser: { title: "In a browser", jobs: "browser jobs" },
  default: { title: "Without a browser", jobs: "jobs without a browser" },
  quick: { title: "Quick jobs", jobs: "quick jobs" },
  system: { title: "Messages", jobs: "messages" }
}
