import { expect, test } from "bun:test"
import { PromptId, type PromptRecord } from "../../src/domain/JobPrompt.ts"
import { emptyInboxSentence, settledSentence } from "../../src/views/QuestionText.ts"
import { sentenceText } from "../../src/views/Sentence.ts"
import { at, NOW } from "./overview.ts"

const prompt = (fields: Partial<PromptRecord>): PromptRecord => ({
  id: PromptId.make("01912d68-783e-7a3a-8c1e-4f0f2f6b9a10"),
  kind: "otp",
  label: "Code",
  attempt: 1,
  timesAsked: 1,
  askedAt: at(NOW - 60_000),
  deadline: at(NOW + 60_000),
  state: "open",
  ...fields
})

const settledText = (...of: Parameters<typeof settledSentence>) => {
  const sentence = settledSentence(...of)
  return sentence && sentenceText(sentence, NOW)
}

test("says who answered when, and what becomes of the job", () => {
  const answered = prompt({ state: "answered", answeredAt: at(NOW), answeredBy: "op-2" })

  expect(settledText(answered, false)).toBe("Answered by op-2 at 06:00 UTC. The job goes on.")
  expect(settledText(answered, true)).toBe("Answered by op-2 at 06:00 UTC. The job has ended.")
  expect(settledText(prompt({ state: "answered", answeredAt: at(NOW) }), false)).toBe(
    "Answered at 06:00 UTC. The job goes on."
  )
})

test("says why a question is gone, and nothing of one that can be answered", () => {
  expect(settledText(prompt({}), false)).toBeUndefined()
  expect(settledText(prompt({ state: "timed_out" }), false)).toBe(
    "Nobody answered in time: the job stopped waiting at 06:01 UTC."
  )
  expect(settledText(prompt({ state: "closed", closedAt: at(NOW) }), true)).toBe(
    "The job asks this no longer, since 06:00 UTC."
  )
  expect(settledText(prompt({ state: "postponed" }), false)).toBe("The job asks this no longer.")
})

test("tells an empty Inbox who answered last", () => {
  const text = (...last: Parameters<typeof emptyInboxSentence>) => sentenceText(emptyInboxSentence(...last), NOW)

  expect(text({ at: at(NOW - 2 * 3_600_000), by: "op-2" })).toBe("Last question answered by op-2 2 h ago.")
  expect(text({ at: at(NOW - 120_000) })).toBe("Last question answered 2 min ago.")
  expect(text(undefined)).toBe("Jobs that need a code, a choice or an approval ask here.")
})
