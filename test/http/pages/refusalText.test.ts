import { expect, test } from "bun:test"
import { ReadableJobId } from "../../../src/domain/JobId.ts"
import { DedupeKeyTaken, JobConflict, UnknownStep } from "../../../src/domain/Jobs.ts"
import { InvalidInput, UnknownJobType } from "../../../src/domain/JobType.ts"
import { NotAllowed } from "../../../src/domain/NotAllowed.ts"
import { isRefusal, type Refusal, refusalText } from "../../../src/http/pages/refusalText.ts"

const jobId = ReadableJobId.make("JOB_20260101_000000_0000000a")

const cases: ReadonlyArray<readonly [string, Refusal]> = [
  [
    "This job is running. Only jobs that have ended can be removed.",
    new JobConflict({ jobId, status: "in_progress", action: "remove" })
  ],
  [
    `${jobId} does the same and has not ended. Wait until it has, or cancel it first.`,
    new DedupeKeyTaken({ jobId, dedupeKey: "nightly" })
  ],
  ["This job has no step named “fly”. Start over instead.", new UnknownStep({ step: "fly", known: [] })],
  ["This server does not know jobs of the type “old” any more.", new UnknownJobType({ jobType: "old", known: [] })],
  [
    "The job type “bad” is not available: jobs.ts:3:1: its steps are no list.",
    new UnknownJobType({ jobType: "bad", known: [], reason: "jobs.ts:3:1: its steps are no list." })
  ],
  ["You may look at this job, but not do that with it.", new NotAllowed({ operation: "cancel" })],
  ["What it got does not fit its type any more. Retry it with changes.", new InvalidInput({ jobType: "x", issues: [] })]
]

test.each(cases)("says: %s", (text, refusal) => {
  expect(isRefusal(refusal)).toBe(true)
  expect(refusalText(refusal)).toBe(text)
})
