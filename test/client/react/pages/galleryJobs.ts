/** One made-up job for each state that people see; "lost" is a network that is away, "never" one that is slow. */
import type { JobStatusView } from "./callboard.ts"

const job = (id: string, rest: Partial<JobStatusView>): JobStatusView & { readonly result?: unknown } => ({
  id,
  jobId: "JOB_20261122_063000_1a2b3c4d",
  jobType: "ai_trip_generation",
  status: "in_progress",
  progress: { percent: 0, totalSteps: 4 },
  createdAt: "2026-11-22T06:30:00.000Z",
  revision: 3,
  pollAfterMs: 10_000,
  ...rest
})

const started = { startedAt: "2026-11-22T06:30:02.000Z", durationMs: 62_000 }
const ended = { ...started, completedAt: "2026-11-22T06:31:04.000Z" }

export const answers: Readonly<Record<string, ReturnType<typeof job> | "lost" | "never">> = {
  loading: "never",
  lost: "lost",
  pending: job("pending", { status: "pending", waitingFor: [{ code: "pool_full", limit: 8 }] }),
  scheduled: job("scheduled", { status: "pending", waitingFor: [{ code: "scheduled" }] }),
  running: job("running", {
    ...started,
    etaMs: 130_000,
    progress: { percent: 48, message: "Writing day 3 of 5", step: 2, totalSteps: 4, stepName: "days" }
  }),
  unmeasured: job("unmeasured", { ...started, progress: { percent: 0, totalSteps: 0, message: "Asking the model" } }),
  retrying: job("retrying", {
    status: "pending",
    waitingFor: [{ code: "backoff" }],
    nextRetryAt: "2026-11-22T06:31:30.000Z",
    progress: { percent: 48, step: 2, totalSteps: 4, stepName: "days" }
  }),
  asking: job("asking", {
    ...started,
    progress: { percent: 60, step: 3, totalSteps: 4, stepName: "check-budget" },
    prompt: {
      id: "1",
      kind: "confirm",
      label: "The budget is 80 € too small. Go on?",
      attempt: 1,
      timesAsked: 1,
      askedAt: "2026-11-22T06:31:00.000Z",
      deadline: "2026-11-22T06:41:00.000Z"
    }
  }),
  completed: {
    ...job("completed", { ...ended, status: "completed", progress: { percent: 100, totalSteps: 4 } }),
    result: { title: "Five days in Rome", days: 5, cost: { amount: 1240, currency: "EUR" } }
  },
  failed: job("failed", {
    ...ended,
    status: "failed",
    progress: { percent: 48, step: 2, totalSteps: 4, stepName: "days" },
    error: {
      code: "SERVICE_UNAVAILABLE",
      message: "The model did not answer after 4 tries.",
      retryable: true,
      hint: "Try again in some minutes; what is finished is kept."
    }
  }),
  cancelled: job("cancelled", { ...ended, status: "cancelled", progress: { percent: 48, totalSteps: 4 } }),
  long: job("long", {
    ...started,
    jobType: "configure-website-with-a-rather-long-name-that-has-to-wrap-somewhere",
    progress: {
      percent: 7,
      message: "Uploading https://pictures.example.com/a/very/long/address/without/any/space/in/it/photo-0001.jpg",
      step: 1,
      totalSteps: 12,
      stepName: "pictures"
    }
  })
}
