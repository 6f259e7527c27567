import { expect, test } from "bun:test"
import { Arbitrary, Effect, Schema } from "effect"
import {
  canCancel,
  canRetry,
  isTerminal,
  JobStatus,
  type JobTransition,
  jobStatuses,
  shownStatus,
  statusAfter
} from "../../src/domain/JobStatus.ts"
import { it } from "../support/effect.ts"

const transitions: ReadonlyArray<JobTransition> = [
  "claim",
  "complete",
  "fail",
  "cancel",
  "retryLater",
  "release",
  "retry"
]

test("only leaves a terminal status by a retry, and never leaves completed", () => {
  for (const status of jobStatuses.filter(isTerminal)) {
    const leaving = transitions.filter((transition) => statusAfter(status, transition) !== undefined)

    expect(leaving).toEqual(status === "completed" ? [] : ["retry"])
  }
})

test("offers cancel exactly where the machine has it, and retry likewise", () => {
  for (const status of jobStatuses) {
    expect(canCancel(status)).toBe(statusAfter(status, "cancel") !== undefined)
    expect(canRetry(status)).toBe(statusAfter(status, "retry") === "pending")
  }
})

const now = 1_000_000
const pending = { status: "pending", runAtMs: now, retryCount: 0, openPrompts: 0 } as const

test("shows a future start as scheduled, and after a failed try as a retry", () => {
  expect(shownStatus(pending, now)).toBe("pending")
  expect(shownStatus({ ...pending, runAtMs: now + 1 }, now)).toBe("scheduled")
  expect(shownStatus({ ...pending, runAtMs: now + 1, retryCount: 1 }, now)).toBe("retry_wait")
  expect(shownStatus({ ...pending, retryCount: 1 }, now)).toBe("pending")
})

test("shows an open question before anything but an end", () => {
  expect(shownStatus({ ...pending, status: "in_progress", openPrompts: 1 }, now)).toBe("needs_input")
  expect(shownStatus({ ...pending, status: "failed", openPrompts: 1 }, now)).toBe("failed")
})

it.effect("shows the stored status of every job that does not wait for a time or a person", () =>
  Effect.gen(function* () {
    const facts = Schema.Struct({
      status: JobStatus,
      retryCount: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 50 }))
    })
    const result = yield* Arbitrary.checkEffect(
      Arbitrary.schema(facts),
      ({ retryCount, status }) => shownStatus({ status, retryCount, runAtMs: now, openPrompts: 0 }, now) === status
    )

    expect(Arbitrary.formatCheckFailure(result)).toBeUndefined()
  })
)
