/** What the page Now and the top of every page say about the whole, in words. */
import type { MinuteCount, Overview } from "../domain/BoardOverview.ts"
import { COUNT_LIMIT } from "../domain/JobReports.ts"
import { type EndedCounts, sumOf } from "./EndedCounts.ts"
import { laneWords } from "./LaneWords.ts"
import type { Sentence } from "./Sentence.ts"

/** Counting stops at a limit; beyond it the number would be a lie. */
export const cappedText = (count: number): string => (count >= COUNT_LIMIT ? "1,000+" : String(count))

export const counted = (count: number, one: string, many: string): string =>
  `${cappedText(count)} ${count === 1 ? one : many}`

/** What is said aloud when more questions wait than before; none when there is nothing new to say. */
export const questionNews = (before: number | undefined, now: number): string | undefined =>
  before === undefined || now <= before ? undefined : `${counted(now, "job needs", "jobs need")} you now.`

/** A number in words, and the list that it counts. */
export interface CountLink {
  readonly text: string
  readonly href: string
}

/** "2 jobs need you", "9 running", and so on: what is none is left out. */
export const countLinks = ({ counts, newFailureKinds }: Overview): ReadonlyArray<CountLink> => {
  const { failed, in_progress, needs_input, pending, retry_wait, scheduled } = counts
  const all: ReadonlyArray<readonly [number, string, string]> = [
    [needs_input, counted(needs_input, "job needs you", "jobs need you"), "/inbox"],
    [in_progress, `${cappedText(in_progress)} running`, "/jobs?status=in_progress"],
    [pending, `${cappedText(pending)} waiting`, "/jobs?status=pending"],
    [retry_wait, `${cappedText(retry_wait)} will retry`, "/jobs?status=retry_wait"],
    [scheduled, `${cappedText(scheduled)} scheduled`, "/jobs?status=scheduled"],
    [failed, counted(failed, "job failed", "jobs failed"), "/jobs?status=failed"],
    [
      newFailureKinds,
      `${counted(newFailureKinds, "new kind", "new kinds")} of failure since yesterday`,
      "/failures?only=new"
    ]
  ]
  return all.flatMap(([count, text, href]) => (count === 0 ? [] : [{ text, href }]))
}

/** What is said when nobody has to do anything; none where somebody has. */
export const quietSentence = ({ counts, failureKinds }: Overview, longestSinceMs?: number): Sentence | undefined => {
  if (counts.needs_input > 0 || failureKinds > 0) return undefined
  const { in_progress: running } = counts
  if (running === 0) return ["Nothing needs you, and nothing runs."]
  const runs = `Nothing needs you. ${counted(running, "job runs", "jobs run")}`
  return longestSinceMs === undefined
    ? [`${runs}.`]
    : [`${runs}, ${running === 1 ? "" : "the longest "}for `, { at: longestSinceMs, kind: "elapsed" }, "."]
}

/** Why the number beside "Failures" is another one than that of the failed jobs. */
export const brokenText = ({ failureKinds }: Pick<Overview, "failureKinds">): string =>
  `${counted(failureKinds, "kind", "kinds")} of failure in the last 24 hours. What was retried since still counts.`

/** Nothing waits, runs, asks or ended lately: mostly a board that nobody has used yet. */
export const isIdle = ({ counts, minutes }: Overview): boolean =>
  minutes.length === 0 && Object.values(counts).every((count) => count === 0)

const waitText = (count: number): string => counted(count, "job waits", "jobs wait")

/** What stops work now: no worker for waiting jobs, or all browsers in use while others wait. None: nothing does. */
export const bannerText = ({ lanes }: Pick<Overview, "lanes">): string | undefined => {
  const idle = lanes.find(({ capacity, ready }) => capacity === 0 && ready > 0)
  if (idle !== undefined) return `No worker takes ${laneWords[idle.lane].jobs}: ${waitText(idle.ready)}.`
  const full = lanes.find(
    ({ capacity, lane, ready, running }) => lane === "browser" && capacity > 0 && running >= capacity && ready > 0
  )
  return full && `All browsers are in use (${full.running} of ${full.capacity}), and ${waitText(full.ready)}.`
}

const MINUTE_MS = 60_000

/** Minutes of the picture, and of one line of its table. */
const MINUTES = 60
export const MINUTES_IN_LINE = 5

export interface Throughput extends EndedCounts {
  /** One entry per minute, oldest first. */
  readonly minutes: ReadonlyArray<EndedCounts & { readonly at: number }>
}

/** The last 60 minutes without gaps. */
export const throughputOf = (known: ReadonlyArray<MinuteCount>, nowMs: number): Throughput => {
  const byMinute = new Map(known.map((count) => [count.minute.epochMilliseconds, count]))
  const last = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS
  const minutes = Array.from({ length: MINUTES }, (_, index) => {
    const at = last - (MINUTES - 1 - index) * MINUTE_MS
    const { completed = 0, failed = 0 } = byMinute.get(at) ?? {}
    return { at, completed, failed }
  })
  return { minutes, ...sumOf(minutes) }
}

export const throughputText = ({ completed, failed }: Throughput): string => {
  if (completed === 0 && failed === 0) return "Nothing ended in the last hour."
  const done = `${completed.toLocaleString("en")} ${completed === 1 ? "job" : "jobs"} done in the last hour`
  return failed === 0 ? `${done}, none failed.` : `${done}, ${failed.toLocaleString("en")} failed.`
}

export const workersText = ({ alive, known }: Overview["workers"]): string => {
  if (known === 0) return "No worker"
  return alive === known ? `${alive} of ${known}` : `${alive} of ${known} answer`
}

export const browsersText = (lanes: Overview["lanes"]): string => {
  const browser = lanes.find(({ lane }) => lane === "browser")
  if (browser === undefined || browser.capacity === 0) return "None"
  return `${browser.running} of ${browser.capacity}${browser.running >= browser.capacity ? " (full)" : ""}`
}

/** Rounded, so that it changes only when it says something. */
export const databaseText = (ms: number): string =>
  ms < 10 ? "answers in under 10 ms" : `answers in ${Math.round(ms / 10) * 10} ms`
