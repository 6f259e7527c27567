import { expect, test } from "bun:test"
import { JobErrorCode } from "../../src/domain/JobError.ts"
import { failureSentence } from "../../src/views/FailureSentence.ts"
import { shown } from "./shown.ts"

const error = { code: "TIMEOUT", message: "The portal did not answer", retryable: true, step: "add-tags" } as const

test("says what happened, where, what we did and what people can do", () => {
  const failed = shown({ status: "failed", attempts: 4, error })

  expect(failureSentence(failed, error)).toEqual({
    what: "The portal did not answer.",
    where: "At step 2 of 3, “Add tags”.",
    did: "It was tried 4 times; no tries are left.",
    can: "Retry when the site is faster, or give the job more time."
  })
})

test("prefers the hint of the script and says why it stopped at once", () => {
  const fatal = {
    ...error,
    code: "INVALID_CREDENTIALS",
    retryable: false,
    hint: "Ask the owner for the password"
  } as const
  const sentence = failureSentence(shown({ status: "failed", attempts: 1 }), fatal)

  expect(sentence.did).toBe("It was not tried again by itself, because that would most likely end in the same way.")
  expect(sentence.can).toBe("Ask the owner for the password.")
})

test.each([
  ["EXPIRED", "It had not finished when its time was over."],
  ["WORKER_CRASHED", "It took its worker down three times."]
] as const)("says why %s ended the job, though trying again may help", (code, did) => {
  const ended = { ...error, code, retryable: false }

  expect(failureSentence(shown({ status: "failed", attempts: 3 }), ended).did).toBe(did)
})

test("sends people to the job that it needed", () => {
  const needed = { ...error, code: "DEPENDENCY_FAILED", retryable: false } as const

  expect(failureSentence(shown({ status: "failed" }), needed)).toMatchObject({
    did: "It did not start, because it needs what that job would have done.",
    can: "Retry the job that it needs first, then this one."
  })
})

test("asks nothing of people while the job goes on by itself", () => {
  const waiting = shown({ attempts: 1, retryCount: 1, nextRetryAt: shown().job.expiresAt })
  const running = shown({ status: "in_progress", attempts: 2 })

  expect(failureSentence(waiting, error)).toMatchObject({
    did: "It was tried once; the next try starts by itself."
  })
  expect(failureSentence(waiting, error)).not.toHaveProperty("can")
  expect(failureSentence(running, error).did).toBe("It is being tried again.")
})

test("has advice for every code", () => {
  const advice = JobErrorCode.literals.map(
    (code) => failureSentence(shown({ status: "failed" }), { ...error, code }).can ?? ""
  )

  expect(new Set(advice).size).toBe(JobErrorCode.literals.length)
  expect(advice.every((text) => text.endsWith("."))).toBe(true)
})
