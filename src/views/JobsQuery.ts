/** The filter of the job list as it stands in the URL. */
import type { JobFilter } from "../domain/JobFilter.ts"
import { ShownStatus } from "../domain/JobStatus.ts"

export interface JobsQuery {
  readonly status: ReadonlyArray<ShownStatus>
  readonly type?: string
  readonly restaurant?: string
  readonly label?: string
  readonly queue?: string
  /** Fingerprint of a kind of failure. */
  readonly error?: string
  readonly batch?: string
  readonly q?: string
  /** Created within this time. */
  readonly since?: Since
  /** Cursor of an older page. */
  readonly after?: string
}

const HOUR_MS = 3_600_000

/** How far back a list may be told to look: "2h", "30d". */
export type Since = `${number}${keyof typeof units}`

const units = { h: HOUR_MS, d: 24 * HOUR_MS } as const

export const isSince = (text: string | null): text is Since => text !== null && /^[1-9]\d{0,2}[hd]$/u.test(text)

export const sinceMs = (since: Since): number => Number.parseInt(since, 10) * units[since.endsWith("h") ? "h" : "d"]

/** "the last hour", "the last 7 days" */
export const sinceWords = (since: Since): string => {
  const [count, unit] = [Number.parseInt(since, 10), since.endsWith("h") ? "hour" : "day"]
  return count === 1 ? `the last ${unit}` : `the last ${count} ${unit}s`
}

const LONGEST_TEXT = 200

/** What a batch is named by; other texts cannot be one. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu

const isShownStatus = (text: string): text is ShownStatus =>
  (ShownStatus.literals as ReadonlyArray<string>).includes(text)

/** Unknown keys and values are ignored, so that an old link still shows something. */
export const parseJobsQuery = (params: URLSearchParams): JobsQuery => {
  const text = (key: string) => params.get(key)?.replaceAll("\0", "").trim().slice(0, LONGEST_TEXT) || undefined
  const [type, restaurant, batch, q] = [text("type"), text("restaurant"), text("batch"), text("q")]
  const [label, queue, error] = [text("label"), text("queue"), text("error")]
  const [after, since] = [params.get("after") || undefined, params.get("since")]
  const status = params
    .getAll("status")
    .flatMap((value) => value.split(","))
    .filter(isShownStatus)
  return {
    status: [...new Set(status)],
    ...(type && { type }),
    ...(restaurant && { restaurant }),
    ...(label && { label }),
    ...(queue && { queue }),
    ...(error && { error }),
    ...(batch && UUID.test(batch) && { batch }),
    ...(q && { q }),
    ...(isSince(since) && { since }),
    ...(after && { after })
  }
}

/** In the order of the address. */
const textKeys = ["type", "restaurant", "label", "queue", "error", "batch", "q", "since", "after"] as const

/** The canonical text of a query: fixed order, nothing empty. */
export const jobsSearch = (query: JobsQuery): string => {
  const params = new URLSearchParams()
  if (query.status.length > 0) params.set("status", query.status.join(","))
  for (const key of textKeys) {
    const value = query[key]
    if (value) params.set(key, value)
  }
  return params.toString()
}

export const jobsUrl = (query: JobsQuery): string => {
  const search = jobsSearch(query)
  return search === "" ? "/jobs" : `/jobs?${search}`
}

/** The first page of the same list with other statuses. */
export const withStatus = (query: JobsQuery, status: ReadonlyArray<ShownStatus>): JobsQuery => {
  const { after: _, ...rest } = query
  return { ...rest, status }
}

export const isFiltered = ({ after: _, ...query }: JobsQuery): boolean => jobsSearch(query) !== ""

export const toJobFilter = (query: JobsQuery, nowMs: number): JobFilter => {
  const { batch, error, label, q, queue, restaurant, since, status, type } = query
  return {
    ...(status.length > 0 && { status }),
    ...(type && { jobType: type }),
    ...(restaurant && { restaurantId: restaurant }),
    ...(label && { label }),
    ...(queue && { lane: queue }),
    ...(error && { fingerprint: error }),
    ...(batch && { batchId: batch }),
    ...(q && { q }),
    ...(since && { createdAfter: new Date(nowMs - sinceMs(since)) })
  }
}
