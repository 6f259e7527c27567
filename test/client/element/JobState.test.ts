import { expect, test } from "bun:test"
import { speechOf } from "../../../src/client/element/JobState.ts"
import type { JobStatusView } from "../../../src/client.ts"

const status = (rest: Partial<JobStatusView> = {}): JobStatusView => ({
  id: "1",
  jobId: "JOB_1",
  jobType: "bake-bread",
  status: "in_progress",
  progress: { percent: 40, totalSteps: 4 },
  createdAt: "2026-11-22T06:30:00.000Z",
  revision: 1,
  ...rest
})
const refused = { trouble: "Sign in again", isUnavailable: true, isBusy: false }

test("says that a job is followed no more, and does not show it as running", () => {
  expect(speechOf({ ...refused, status: status() }, undefined)).toMatchObject({
    title: "Bake bread",
    shown: "failed",
    word: "Not available",
    isOver: true,
    canRetry: false,
    canTryAgain: true,
    outcome: { title: "This job cannot be followed any more", text: "Sign in again" }
  })
})

test("shows how a job ended, also when no more is told of it", () => {
  expect(speechOf({ ...refused, status: status({ status: "completed" }) }, undefined)).toMatchObject({
    shown: "completed",
    trouble: "Sign in again"
  })
})
