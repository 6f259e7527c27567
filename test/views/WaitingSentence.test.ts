import { expect, test } from "bun:test"
import { WaitingCode } from "../../src/domain/Waiting.ts"
import { sentenceText } from "../../src/views/Sentence.ts"
import { waitingSentence } from "../../src/views/WaitingSentence.ts"
import { at, NOW_MS } from "../support/FakeJobs.ts"

const until = at(NOW_MS + 5_000)

const say = (...[reason, lane, attempts]: Parameters<typeof waitingSentence>) =>
  sentenceText(waitingSentence(reason, lane, attempts), NOW_MS)

test("says when a job that waits for a time goes on", () => {
  expect(say({ code: "scheduled", until }, "default", 0)).toBe("Starts by itself in 5 s.")
  expect(say({ code: "backoff", until }, "browser", 2)).toBe("Try 2 failed; the next one starts in 5 s.")
  expect(say({ code: "lease_lost", until }, "browser", 1)).toBe(
    "Its worker stopped answering. Another one takes it over in 5 s."
  )
})

test("says what is in use, by the words of the lane", () => {
  expect(say({ code: "pool_full", limit: 1 }, "browser", 0)).toStartWith("The only browser session is in use.")
  expect(say({ code: "pool_full", limit: 8 }, "default", 0)).toStartWith("All 8 places are in use.")
  expect(say({ code: "no_worker" }, "browser", 0)).toContain("No worker is taking “browser” jobs.")
})

test("has a sentence for every reason, with and without a time", () => {
  const sentences = WaitingCode.literals.flatMap((code) => [
    say({ code }, "default", 0),
    say({ code, until }, "default", 1)
  ])

  expect(sentences.every((sentence) => sentence.endsWith("."))).toBe(true)
})
