import { expect, test } from "bun:test"
import type { Job } from "../../src/domain/Job.ts"
import { jobName, showJob, triesText } from "../../src/views/ShownJob.ts"
import { summaryText } from "../../src/views/SummaryText.ts"
import { NOW_MS } from "../support/FakeJobs.ts"
import { shown } from "./shown.ts"

const cases: ReadonlyArray<readonly [string, Partial<Job>]> = [
  ["none", {}],
  ["1 of 4", { status: "in_progress", attempts: 1 }],
  ["1 of 4", { attempts: 1, retryCount: 1 }],
  ["2 of 4", { status: "in_progress", attempts: 2, retryCount: 1 }],
  ["4", { status: "failed", attempts: 4, retryCount: 3 }],
  ["1", { status: "failed", attempts: 1, retryCount: 0 }],
  // Retried by a person after four tries.
  ["5 of 8", { status: "in_progress", attempts: 5, retryCount: 0 }],
  // Handed back twice, which costs none of the four.
  ["3 of 6", { status: "in_progress", attempts: 3, retryCount: 0 }],
  ["none", { status: "cancelled" }]
]

test.each(cases)("counts %s tries", (text, fields) => {
  expect(triesText(shown(fields).job)).toBe(text)
})

test("names a job by its type and restaurant, or by what is stored where the type is unknown", () => {
  const { job } = shown({ restaurantId: "Bao House", jobType: "gone" })

  expect(jobName(shown({ restaurantId: "Bao House" }))).toBe("Add item tags · Bao House")
  expect(jobName(showJob(job, undefined, NOW_MS))).toBe("gone · Bao House")
})

test("sums up how jobs ended, and nothing else", () => {
  expect(summaryText(["completed", "failed", "completed", "in_progress"])).toBe("2 jobs done, 1 failed.")
  expect(summaryText(["pending"])).toBeUndefined()
})
