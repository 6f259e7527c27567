import { expect, test } from "bun:test"
import { frameFactsOf, tabTitle } from "../../src/views/FrameFacts.tsx"
import {
  bannerText,
  browsersText,
  countLinks,
  databaseText,
  isIdle,
  questionNews,
  quietSentence,
  throughputOf,
  throughputText,
  workersText
} from "../../src/views/OverviewText.ts"
import { sentenceText } from "../../src/views/Sentence.ts"
import { anOverview, at, NOW } from "./overview.ts"

test("says each number with the list that it counts, and none that is nothing", () => {
  const overview = anOverview({ newFailureKinds: 3 }, { needs_input: 2, in_progress: 9, pending: 14, failed: 1_000 })

  expect(countLinks(overview).map(({ href, text }) => `${text} ${href}`)).toEqual([
    "2 jobs need you /inbox",
    "9 running /jobs?status=in_progress",
    "14 waiting /jobs?status=pending",
    "1,000+ jobs failed /jobs?status=failed",
    "3 new kinds of failure since yesterday /failures?only=new"
  ])
  expect(countLinks(anOverview({ newFailureKinds: 1 }, { needs_input: 1 })).map(({ text }) => text)).toEqual([
    "1 job needs you",
    "1 new kind of failure since yesterday"
  ])
})

test("says that all is quiet only where nobody has to do anything", () => {
  const quiet = (running: number, since?: number) => {
    const sentence = quietSentence(anOverview({}, { in_progress: running }), since)
    return sentence && sentenceText(sentence, NOW)
  }

  expect(quiet(0)).toBe("Nothing needs you, and nothing runs.")
  expect(quiet(3, NOW - 240_000)).toBe("Nothing needs you. 3 jobs run, the longest for 4 m 00 s.")
  expect(quiet(1, NOW - 5_000)).toBe("Nothing needs you. 1 job runs, for 5 s.")
  expect(quietSentence(anOverview({}, { needs_input: 1 }))).toBeUndefined()
  expect(quietSentence(anOverview({ failureKinds: 1 }))).toBeUndefined()
})

test("calls a board idle on which nothing happens and nothing ended lately", () => {
  const ended = { minute: at(NOW), completed: 1, failed: 0 }

  expect(isIdle(anOverview())).toBe(true)
  expect(isIdle(anOverview({}, { pending: 1 }))).toBe(false)
  expect(isIdle(anOverview({ minutes: [ended] }))).toBe(false)
})

test("warns of full browsers only while jobs wait for them, and of missing workers first", () => {
  const full = { lane: "browser", running: 6, capacity: 6, ready: 14 } as const
  const idle = { lane: "default", running: 0, capacity: 0, ready: 1 } as const

  expect(bannerText({ lanes: [full] })).toBe("All browsers are in use (6 of 6), and 14 jobs wait.")
  expect(bannerText({ lanes: [{ ...full, ready: 0 }] })).toBeUndefined()
  expect(bannerText({ lanes: [{ ...full, running: 5 }] })).toBeUndefined()
  expect(bannerText({ lanes: [{ ...full, lane: "default" }] })).toBeUndefined()
  expect(bannerText({ lanes: [full, idle] })).toBe("No worker takes jobs without a browser: 1 job waits.")
})

test("fills the minutes in which nothing ended, and sums the hour", () => {
  const throughput = throughputOf(
    [
      { minute: at(Date.parse("2026-11-24T05:59:00Z")), completed: 4, failed: 1 },
      { minute: at(Date.parse("2026-11-24T05:01:00Z")), completed: 2, failed: 0 },
      { minute: at(Date.parse("2026-11-24T05:00:00Z")), completed: 50, failed: 9 }
    ],
    NOW
  )

  expect(throughput.minutes).toHaveLength(60)
  expect(throughput.minutes[0]).toEqual({ at: Date.parse("2026-11-24T05:01:00Z"), completed: 2, failed: 0 })
  expect(throughput.minutes.at(-2)).toMatchObject({ completed: 4, failed: 1 })
  expect(throughputText(throughput)).toBe("6 jobs done in the last hour, 1 failed.")
  expect(throughputText({ minutes: [], completed: 1, failed: 0 })).toBe("1 job done in the last hour, none failed.")
  expect(throughputText({ minutes: [], completed: 2251, failed: 1000 })).toBe(
    "2,251 jobs done in the last hour, 1,000 failed."
  )
  expect(throughputText({ minutes: [], completed: 0, failed: 0 })).toBe("Nothing ended in the last hour.")
})

test("says how healthy the machine is", () => {
  expect(workersText({ alive: 4, known: 4 })).toBe("4 of 4")
  expect(workersText({ alive: 1, known: 2 })).toBe("1 of 2 answer")
  expect(workersText({ alive: 0, known: 0 })).toBe("No worker")
  expect(browsersText([{ lane: "browser", running: 6, capacity: 6, ready: 0 }])).toBe("6 of 6 (full)")
  expect(browsersText([{ lane: "browser", running: 1, capacity: 2, ready: 0 }])).toBe("1 of 2")
  expect(browsersText([])).toBe("None")
  expect([3, 34, 1_240].map(databaseText)).toEqual(["answers in under 10 ms", "answers in 30 ms", "answers in 1240 ms"])
})

test("begins the title of a tab with the questions that wait", () => {
  const facts = frameFactsOf(anOverview({}, { needs_input: 2 }))

  expect(tabTitle("Now", facts)).toBe("(2) Now · Callboard")
  expect(tabTitle("Now", { ...facts, questions: 0 })).toBe("Now · Callboard")
  expect(tabTitle("Now", undefined)).toBe("Now · Callboard")
})

test("says aloud that more questions wait than before, and nothing else", () => {
  expect(questionNews(undefined, 2)).toBeUndefined()
  expect(questionNews(2, 2)).toBeUndefined()
  expect(questionNews(2, 1)).toBeUndefined()
  expect(questionNews(0, 1)).toBe("1 job needs you now.")
  expect(questionNews(1, 3)).toBe("3 jobs need you now.")
})
