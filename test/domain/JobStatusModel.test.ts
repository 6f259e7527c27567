/** Random lives of a job, against a model that knows no table of transitions: only what each word means. */
import { expect, test } from "bun:test"
import fc from "fast-check"
import {
  canCancel,
  canRetry,
  isTerminal,
  type JobStatus,
  type JobTransition,
  jobStatuses,
  shownStatus,
  statusAfter
} from "../../src/domain/JobStatus.ts"

const RUNS = 5_000

/** A job as a person would describe it. */
interface Life {
  readonly isRunning: boolean
  /** How it ended; undefined while it may still run. */
  readonly end: "completed" | "failed" | "cancelled" | undefined
}

const born: Life = { isRunning: false, end: undefined }

/** What each transition does to a life, or undefined where it makes no sense. */
const meanings: Record<JobTransition, (life: Life) => Life | undefined> = {
  claim: ({ end, isRunning }) => (end === undefined && !isRunning ? { isRunning: true, end } : undefined),
  complete: ({ isRunning }) => (isRunning ? { isRunning: false, end: "completed" } : undefined),
  fail: ({ end }) => (end === undefined ? { isRunning: false, end: "failed" } : undefined),
  cancel: ({ end }) => (end === undefined ? { isRunning: false, end: "cancelled" } : undefined),
  retryLater: ({ isRunning }) => (isRunning ? born : undefined),
  release: ({ isRunning }) => (isRunning ? born : undefined),
  retry: ({ end }) => (end === "failed" || end === "cancelled" ? born : undefined)
}

const statusOf = ({ end, isRunning }: Life): JobStatus => end ?? (isRunning ? "in_progress" : "pending")

const transition = fc.constantFrom(...(Object.keys(meanings) as ReadonlyArray<JobTransition>))

test("leads every life to where its events lead it, and refuses what makes no sense", () => {
  fc.assert(
    fc.property(fc.array(transition, { maxLength: 60, size: "max" }), (events) => {
      let life = born
      let status: JobStatus = "pending"
      for (const event of events) {
        const next = meanings[event](life)
        expect(statusAfter(status, event)).toBe(next && statusOf(next))
        life = next ?? life
        status = statusAfter(status, event) ?? status

        expect(status).toBe(statusOf(life))
        expect(isTerminal(status)).toBe(life.end !== undefined)
        expect(canCancel(status)).toBe(meanings.cancel(life) !== undefined)
        expect(canRetry(status)).toBe(meanings.retry(life) !== undefined)
      }
    }),
    { numRuns: RUNS }
  )
})

test("never lets a job complete that no claim started since it was last pending", () => {
  fc.assert(
    fc.property(fc.array(transition, { maxLength: 60, size: "max" }), (events) => {
      let status: JobStatus = "pending"
      let claims = 0
      for (const event of events) {
        const next = statusAfter(status, event)
        if (next === "in_progress") claims++
        if (next === "completed") expect(claims).toBeGreaterThan(0)
        if (next === "pending") claims = 0
        // Once completed, always completed.
        if (status === "completed") expect(next).toBeUndefined()
        status = next ?? status
      }
    }),
    { numRuns: RUNS }
  )
})

test("shows one word for every job, in the order of what matters most", () => {
  const facts = fc.record({
    status: fc.constantFrom(...jobStatuses),
    runAtMs: fc.integer({ min: -5, max: 5 }),
    retryCount: fc.nat({ max: 3 }),
    openPrompts: fc.nat({ max: 2 })
  })
  fc.assert(
    fc.property(facts, fc.integer({ min: -5, max: 5 }), (job, nowMs) => {
      const waits = job.status === "pending" && job.runAtMs > nowMs
      const words = [
        [isTerminal(job.status), job.status],
        [job.openPrompts > 0, "needs_input"],
        [waits && job.retryCount > 0, "retry_wait"],
        [waits, "scheduled"],
        [true, job.status]
      ] as const

      expect(shownStatus(job, nowMs)).toBe(words.find(([applies]) => applies)![1])
    }),
    { numRuns: RUNS }
  )
})
