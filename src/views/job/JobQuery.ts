/** Tab, try, step and filter of a job's page as they stand in its URL. */
import type { LogLevel } from "../../domain/Attempt.ts"
import type { LogFilter } from "../../domain/JobDetails.ts"

export const jobTabs = ["overview", "steps", "browser", "log", "data", "history"] as const
export type JobTab = (typeof jobTabs)[number]

export interface JobQuery {
  readonly tab: JobTab
  /** Only this try; absent for all of them. */
  readonly attempt?: number
  /** The step whose details are open: "2.upload" for the one of try 2. */
  readonly step?: string
  /** Steps: with the time between tries, and only what went wrong. */
  readonly idle: boolean
  readonly problems: boolean
  readonly level?: LogLevel
  readonly q?: string
  /** Log: lines before this one. */
  readonly before?: number
  /** Log: each line in one row, however long. */
  readonly unwrapped?: boolean
  /** History: only what people did. */
  readonly people: boolean
}

const LONGEST_TEXT = 200

const levels: ReadonlyArray<LogLevel> = ["info", "warn", "error"]

export const isJobTab = (text: string): text is JobTab => jobTabs.some((tab) => tab === text)

const numberIn = (params: URLSearchParams, key: string): number | undefined => {
  const value = Number(params.get(key))
  return Number.isSafeInteger(value) && value > 0 ? value : undefined
}

/** Unknown keys and values are ignored, so that an old link still shows something. */
export const parseJobQuery = (tab: JobTab, params: URLSearchParams): JobQuery => {
  const text = (key: string) => params.get(key)?.replaceAll("\0", "").trim().slice(0, LONGEST_TEXT) || undefined
  const [attempt, before] = [numberIn(params, "attempt"), numberIn(params, "before")]
  const level = levels.find((each) => each === params.get("level"))
  const [step, q] = [text("step"), text("q")]
  return {
    tab,
    idle: params.get("idle") === "show",
    problems: params.get("problems") === "only",
    people: params.get("who") === "people",
    ...(attempt !== undefined && { attempt }),
    ...(before !== undefined && { before }),
    ...(level && { level }),
    ...(step !== undefined && { step }),
    ...(q !== undefined && { q }),
    ...(params.get("wrap") === "off" && { unwrapped: true })
  }
}

/** Fixed order, nothing empty, and only what the tab knows. */
export const jobSearch = (query: JobQuery): string => {
  const { attempt, before, idle, level, people, problems, q, step, tab, unwrapped } = query
  const params = new URLSearchParams()
  const isOf = (...tabs: ReadonlyArray<JobTab>) => tabs.includes(tab)
  if (attempt !== undefined && isOf("steps", "browser", "log")) params.set("attempt", String(attempt))
  if (idle && isOf("steps")) params.set("idle", "show")
  if (problems && isOf("steps")) params.set("problems", "only")
  if (step !== undefined && isOf("steps")) params.set("step", step)
  if (level && isOf("log")) params.set("level", level)
  if (q !== undefined && isOf("log")) params.set("q", q)
  if (unwrapped && isOf("log")) params.set("wrap", "off")
  if (before !== undefined && isOf("log")) params.set("before", String(before))
  if (people && isOf("history")) params.set("who", "people")
  return params.toString()
}

export const jobUrl = (jobId: string, query: JobQuery): string => {
  const path = query.tab === "overview" ? `/jobs/${jobId}` : `/jobs/${jobId}/${query.tab}`
  const search = jobSearch(query)
  return search === "" ? path : `${path}?${search}`
}

/** The same place of another tab: the try stays, the filter goes. */
export const ofTab = (tab: JobTab, { attempt }: Pick<JobQuery, "attempt"> = {}): JobQuery => ({
  tab,
  idle: false,
  problems: false,
  people: false,
  ...(attempt !== undefined && { attempt })
})

export const logFilterOf = ({ attempt, level, q }: JobQuery): LogFilter => ({
  ...(attempt !== undefined && { attempt }),
  ...(level && { level }),
  ...(q !== undefined && { q })
})
