import { expect, test } from "bun:test"
import type { Job } from "../../src/domain/Job.ts"
import { type OpenPrompt, PromptId } from "../../src/domain/JobPrompt.ts"
import { ShownStatus } from "../../src/domain/JobStatus.ts"
import { jobSentenceText } from "../../src/views/JobSentence.ts"
import { at, NOW_MS } from "../support/FakeJobs.ts"
import { shown } from "./shown.ts"

const soon = at(NOW_MS + 40_000)
const atTags = { percent: 40, step: 2, totalSteps: 3, stepName: "add-tags" }
const timeout = { code: "TIMEOUT", message: "The portal did not answer", retryable: true } as const

const aPrompt = (label: string): OpenPrompt => ({
  id: PromptId.make("01912d68-783e-7a3a-8c1e-4f0f2f6b9a10"),
  kind: "text",
  label,
  attempt: 1,
  timesAsked: 1,
  askedAt: at(NOW_MS),
  deadline: soon
})

const cases: ReadonlyArray<readonly [ShownStatus, string, Partial<Job>]> = [
  ["pending", "Ready, waiting for a free place.", {}],
  [
    "pending",
    "Both browsers are in use. It starts when one is free.",
    { waitingFor: [{ code: "pool_full", limit: 2 }] }
  ],
  ["scheduled", "Starts by itself in 40 s.", { runAt: soon }],
  [
    "retry_wait",
    "Try 1 failed: The portal did not answer. Next try in 40 s.",
    { nextRetryAt: soon, retryCount: 1, attempts: 1, error: timeout }
  ],
  ["in_progress", "Starting.", { status: "in_progress" }],
  ["in_progress", "Step 2 of 3: Add tags.", { status: "in_progress", progress: atTags }],
  [
    "in_progress",
    "Step 2 of 3: Add tags, 18 of 40. Its script is being stopped.",
    { status: "in_progress", progress: { ...atTags, message: "18 of 40" }, cancelRequestedAt: soon }
  ],
  [
    "in_progress",
    "Its worker stopped answering; another one takes the job over.",
    { status: "in_progress", waitingFor: [{ code: "lease_lost" }] }
  ],
  [
    "needs_input",
    "Step 2 of 3: Add tags. Needs an answer: Which menu?",
    { status: "in_progress", progress: atTags, prompt: aPrompt("Which menu?") }
  ],
  ["needs_input", "Needs an answer: The code.", { status: "in_progress", prompt: aPrompt("The code") }],
  [
    "scheduled",
    "Other jobs wait for answers already, so it asks later. It starts when one of them is answered, or in 40 s.",
    { runAt: soon, attempts: 1, waitingFor: [{ code: "prompts_full", until: soon }] }
  ],
  ["completed", "Finished and checked in 1 m 20 s.", { status: "completed", durationMs: 80_000 }],
  [
    "failed",
    "Failed at step 2 of 3 after 4 tries: The portal did not answer.",
    { status: "failed", attempts: 4, progress: atTags, error: timeout }
  ],
  ["failed", "Failed: The portal did not answer.", { status: "failed", attempts: 1, error: timeout }],
  ["cancelled", "Cancelled before it did anything.", { status: "cancelled" }],
  ["cancelled", "Cancelled at step 2 of 3: Add tags.", { status: "cancelled", attempts: 1, progress: atTags }]
]

test.each(cases)("says of a %s job: %s", (status, sentence, fields) => {
  const job = shown(fields)

  expect(job.status).toBe(status)
  expect(jobSentenceText(job)).toBe(sentence)
})

test("has a sentence for every shown status", () => {
  const sentences = ShownStatus.literals.map((status) => jobSentenceText({ ...shown(), status }))

  expect(sentences.every((sentence) => /^[A-Z].*\.$/u.test(sentence))).toBe(true)
})
