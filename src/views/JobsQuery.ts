/** The filter of the job list as it stands in the URL. */
import type { JobFilter } from "../domain/JobFilter.ts"
import { ShownStatus } from "../domain/JobStatus.ts"

export interface JobsQuery {
  readonly status: ReadonlyArray<ShownStatus>
  readonly type?: string
  readonly restaurant?: string
  readonly batch?: string
  readonly q?: string
  /** Created within this time. */
  readonly since?: Since
  /** Cursor of an older page. */
  readonly after?: string
}

const HOUR_MS = 3_600_000

/** How far back a list may be told to look. */
export const sinces = { "1h": HOUR_MS, "24h": 24 * HOUR_MS, "7d": 7 * 24 * HOUR_MS } as const
export type Since = keyof typeof sinces

const isSince = (text: string | null): text is Since => text !== null && Object.hasOwn(sinces, text)

const LONGEST_TEXT = 200

/** What a batch is named by; other texts cannot be one. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu

const isShownStatus = (text: string): text is ShownStatus =>
  (ShownStatus.literals as ReadonlyArray<string>).includes(text)

/** Unknown keys and values are ignored, so that an old link still shows something. */
export const parseJobsQuery = (params: URLSearchParams): JobsQuery => {
  const text = (key: string) => params.get(key)?.replaceAll("\0", "").trim().slice(0, LONGEST_TEXT) || undefined
  const [type, restaurant, batch, q] = [text("type"), text("restaurant"), text("batch"), text("q")]
  const [after, since] = [params.get("after") || undefined, params.get("since")]
  const status = params
    .getAll("status")
    .flatMap((value) => value.split(","))
    .filter(isShownStatus)
  return {
    status: [...new Set(status)],
    ...(type && { type }),
    ...(restaurant && { restaurant }),
    ...(batch && UUID.test(batch) && { batch }),
    ...(q && { q }),
    ...(isSince(since) && { since }),
    ...(after && { after })
  }
}

/** The canonical text of a query: fixed order, nothing empty. */
export const jobsSearch = ({ status, type, restaurant, batch, q, since, after }: JobsQuery): string => {
  const params = new URLSearchParams()
  if (status.length > 0) params.set("status", status.join(","))
  if (type) params.set("type", type)
  if (restaurant) params.set("restaurant", restaurant)
  if (batch) params.set("batch", batch)
  if (q) params.set("q", q)
  if (since) params.set("since", since)
  if (after) params.set("after", after)
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

export const isFiltered = ({ status, type, restaurant, batch, q, since }: JobsQuery): boolean =>
  status.length > 0 || Boolean(type || restaurant || batch || q || since)

export const toJobFilter = ({ status, type, restaurant, batch, q, since }: JobsQuery, nowMs: number): JobFilter => ({
  ...(status.length > 0 && { status }),
  ...(type && { jobType: type }),
  ...(restaurant && { restaurantId: restaurant }),
  ...(batch && { batchId: batch }),
  ...(q && { q }),
  ...(since && { createdAfter: new Date(nowMs - sinces[since]) })
})
