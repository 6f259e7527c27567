import { expect, test } from "bun:test"
import { speechOf } from "../../src/client/element/JobState.ts"
import { sayFollowed } from "../../src/client/react/sayFollowed.ts"
import type { FollowedJob } from "../../src/client/react/useJobPolling.ts"
import type { JobStatusView } from "../../src/client.ts"

const job = (rest: Partial<JobStatusView>): JobStatusView => ({
  id: "1",
  jobId: "JOB_1",
  jobType: "bake-bread",
  status: "in_progress",
  progress: { percent: 40, step: 2, totalSteps: 4, message: "Kneading" },
  createdAt: "2026-11-22T06:30:00.000Z",
  revision: 1,
  ...rest
})
const cancelled = { cancelRequestedAt: "2026-11-22T06:31:00.000Z" }
const step = { percent: 25, step: 2, totalSteps: 4 }
const error = { code: "TIMEOUT", message: "No dough", retryable: true } as const
const prompt = {
  id: "1",
  kind: "text",
  label: "Which flour?",
  attempt: 1,
  timesAsked: 1,
  askedAt: "",
  deadline: ""
} as const

for (const [what, fields, said] of [
  ["that runs", {}, ["Kneading", 40]],
  ["whose step says nothing", { progress: step }, ["Step 2 of 4", 25]],
  ["of which nobody knows how far it is", { progress: { percent: 0, totalSteps: 0 } }, [undefined, undefined]],
  ["at a part of a percent", { progress: { ...step, percent: 33.4 } }, ["Step 2 of 4", 33]],
  [
    "whose worker is lost",
    { waitingFor: [{ code: "lease_lost" }] },
    ["Its worker stopped answering; another one takes over.", 40]
  ],
  ["that asks", { prompt, waitingFor: [{ code: "needs_input" }] }, ["Which flour?", 40]],
  ["that is to stop", { ...cancelled, prompt }, ["Stopping…", 40]],
  ["that waits, and was at a step before", { status: "pending", progress: step }, [undefined, 25]],
  [
    "that waits for a place",
    { status: "pending", waitingFor: [{ code: "pool_full" }] },
    ["Waiting for a free place.", 40]
  ],
  ["that failed", { status: "failed", error }, ["No dough", 40]],
  ["that was cancelled after a try that failed", { status: "cancelled", error, ...cancelled }, [undefined, 40]],
  ["that is done", { status: "completed" }, [undefined, 100]]
] as const) {
  test(`says the same in the element and in React of a job ${what}`, () => {
    const status = job(fields as Partial<JobStatusView>)

    const inElement = speechOf({ status, isBusy: false }, undefined)
    const inReact = sayFollowed({ job: { ...status, readAt: 0 }, isUnavailable: false } as FollowedJob, undefined)

    expect(inElement).toMatchObject({ title: inReact.title, shown: inReact.shown, word: inReact.word })
    expect([inElement.message, inElement.percent]).toEqual([...said])
    expect([inReact.message, inReact.percent]).toEqual([...said])
  })
}
