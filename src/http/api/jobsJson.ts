/**
 * Jobs as JSON. They say themselves what they are on the wire (times as ISO 8601), so what is asked for all day is not
 * put through their schema once more: that took longer than everything else about a list. A test compares the two.
 */
import { HttpServerResponse } from "effect/http"
import type { Job } from "../../domain/Job.ts"
import type { JobStatusView } from "./JobStatusView.ts"

interface JobsAnswer {
  readonly data: Job | ReadonlyArray<Job> | JobStatusView
  readonly nextCursor?: string
}

interface Told {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

export const jobsJson = (answer: JobsAnswer, told: Told = {}) => HttpServerResponse.jsonUnsafe(answer, told)
