import { expect, test } from "bun:test"
import { readableJobId } from "../../src/domain/JobId.ts"
import type { Lane } from "../../src/domain/Lane.ts"
import { WaitingCode, type WaitingReason } from "../../src/domain/Waiting.ts"
import { sentenceText } from "../../src/views/Sentence.ts"
import { type WaitingJob, waitingLink, waitingSentence } from "../../src/views/WaitingSentence.ts"
import { at, NOW_MS } from "../support/FakeJobs.ts"

const until = at(NOW_MS + 5_000)

const say = (reason: WaitingReason, lane: Lane, attempts: number, fields: Partial<WaitingJob> = {}) =>
  sentenceText(waitingSentence(reason, { lane, attempts, ...fields }), NOW_MS)

const idOf = (number: number) => readableJobId(at(NOW_MS), Uint8Array.from([0, 0, 0, number]))
const [first, second] = [idOf(1), idOf(2)]

test("says when a job that waits for a time goes on", () => {
  expect(say({ code: "scheduled", until }, "default", 0)).toBe("Starts by itself in 5 s.")
  expect(say({ code: "backoff", until }, "browser", 2)).toBe("Try 2 failed; the next one starts in 5 s.")
  expect(say({ code: "lease_lost", until }, "browser", 1)).toBe(
    "Its worker stopped answering. Another one takes it over in 5 s."
  )
})

test("says since when a person is asked, and that a job asks later", () => {
  const since = at(NOW_MS - 300_000)

  expect(say({ code: "needs_input", since, until }, "browser", 1)).toBe(
    "Waits for an answer from a person, asked 5 min ago."
  )
  expect(say({ code: "prompts_full", until }, "browser", 1)).toBe(
    "Other jobs wait for answers already, so it asks later. It starts when one of them is answered, or in 5 s."
  )
})

test("says what is in use, by the words of the lane", () => {
  expect(say({ code: "pool_full", limit: 1 }, "browser", 0)).toStartWith("The only browser is in use.")
  expect(say({ code: "pool_full", limit: 8 }, "default", 0)).toStartWith("All 8 places are in use.")
  expect(say({ code: "pool_full", limit: 1 }, "quick", 0)).toStartWith("The only place for quick jobs is in use.")
  expect(say({ code: "no_worker" }, "browser", 0)).toContain("No worker takes browser jobs.")
})

test("says who paused it, when and why, as far as that is known", () => {
  const since = at(NOW_MS - 300_000)

  expect(say({ code: "paused_lane", since, by: "Ada", note: "The portal is down" }, "browser", 0)).toBe(
    "Ada paused browser jobs 5 min ago: “The portal is down.” It starts when they are resumed."
  )
  expect(say({ code: "paused_type", since }, "default", 0)).toBe(
    "Somebody paused jobs of this type 5 min ago. It starts when they are resumed."
  )
})

test("names the jobs that it waits for, and links them", () => {
  const reason = (count: number): WaitingReason => ({
    code: "dependency",
    jobs: Array.from({ length: count }, (_, index) => idOf(index + 1))
  })

  expect(say(reason(1), "default", 0)).toBe(`Waits for ${first} to finish.`)
  expect(say(reason(2), "default", 0)).toBe(`Waits for ${first} and ${second} to finish.`)
  expect(say(reason(4), "default", 0)).toBe(`Waits for ${first} and 3 other jobs to finish.`)
  expect(say(reason(10), "default", 0)).toBe(`Waits for ${first} and at least 9 other jobs to finish.`)
  expect(waitingSentence(reason(1), { lane: "default", attempts: 0 })).toContainEqual({ job: first })
})

test("says for what only one job runs at a time, and which one goes first", () => {
  expect(say({ code: "concurrency_key", jobs: [first] }, "browser", 0, { concurrencyKey: "trattoria-roma" })).toBe(
    `Only one job for “trattoria-roma” runs at a time. It starts after ${first}.`
  )
})

test("has a sentence for every reason, with and without a time", () => {
  const sentences = WaitingCode.literals.flatMap((code) => [
    say({ code }, "default", 0),
    say({ code, until }, "default", 1)
  ])

  expect(sentences.every((sentence) => sentence.endsWith("."))).toBe(true)
})

test("leads to where something can be done about a reason", () => {
  const leads = WaitingCode.literals.map((code) => [code, waitingLink({ code }, { jobType: "import-menu" })?.href])

  expect(Object.fromEntries(leads.filter(([, href]) => href !== undefined))).toEqual({
    paused_lane: "/fleet",
    paused_type: "/types/import-menu",
    no_worker: "/fleet",
    pool_full: "/fleet",
    prompts_full: "/inbox"
  })
})
