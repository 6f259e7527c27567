/**
 * What a page of the board looks at costs the same however many jobs there are. A filter is split: what an index finds in order is
 * walked from the newest on, and only so many jobs of it are held against the rest of the filter.
 */
import type { SqlClient, Statement } from "effect/sql"
import type { JobFilter } from "../../domain/JobFilter.ts"
import type { JobId } from "../../domain/JobId.ts"
import type { ShownStatus } from "../../domain/JobStatus.ts"
import { OWN_LANE } from "../../domain/Lane.ts"
import { conditions, type Sources, shown, waitsAs } from "./jobFilters.ts"

/** How many jobs a walk meets at most. */
export interface Reach {
  /** Of one restaurant or type: these lie scattered, each in a page of the table of its own. 2,000 of them take about 3 ms. */
  readonly scattered: number
  /** Of all kinds: these lie in the order of their ids, eight in a page. */
  readonly inOrder: number
  /** Of those that wait: each is looked up by its id. */
  readonly waiting: number
}

export const LISTED: Reach = { scattered: 2_000, inOrder: 4_000, waiting: 2_000 }

/** Counting stops at a thousand, so that a little more is enough where nearly all have completed. */
export const COUNTED: Reach = { scattered: 1_200, inOrder: 2_000, waiting: 500 }

/** Ids are made by the clock of whoever creates a job, which the policies let be an hour off. */
const CLOCKS_DIFFER_MS = 3_600_000

export const RUNS: ReadonlyArray<ShownStatus> = ["needs_input", "in_progress"]
export const WAITS: ReadonlyArray<ShownStatus> = ["pending", "scheduled", "retry_wait"]

/** Small tables hold those that run and those that wait. */
const LIVE = [...RUNS, ...WAITS]

export interface Walk {
  /** Rows of `script_jobs`, newest first, at most so many. */
  readonly rows: Statement.Fragment
  readonly most: number
  /** The id of the last of these rows where there may be more. Nothing, when the walk meets all there are. */
  readonly end: Statement.Fragment
  /** What is still to hold of each row. */
  readonly rest: ReadonlyArray<Statement.Fragment>
}

/** A number that the planner sees: it thinks better of a short walk when it knows that it is short. */
export const literal = (sql: SqlClient.SqlClient, number: number) => sql.literal(String(number))

/** The first id of a moment (UUID version 7). */
const firstIdAt = (ms: number): string => {
  const hex = Math.max(0, ms).toString(16).padStart(12, "0")
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

const isAmong = (status: ReadonlyArray<ShownStatus>, all: ReadonlyArray<ShownStatus>) =>
  status.length > 0 && status.every((each) => all.includes(each))

/** They have indexes of their own. */
const isTrouble = ([status, ...others]: ReadonlyArray<ShownStatus>) =>
  others.length === 0 && (status === "failed" || status === "cancelled")

/** The parts of a filter that an index finds in the order of ids. */
const keysOf = ({ status = [], ...filter }: JobFilter): ReadonlyArray<keyof JobFilter> => {
  const withStatus = isTrouble(status) ? (["status"] as const) : []
  if (filter.ids !== undefined) return ["ids"]
  if (filter.batchId !== undefined) return ["batchId"]
  if (filter.fingerprint !== undefined) return ["fingerprint"]
  if (isAmong(status, LIVE)) return ["status"]
  if (filter.restaurantId !== undefined) return ["restaurantId", ...withStatus]
  if (filter.createdBy !== undefined) return ["createdBy"]
  return filter.jobType === undefined ? withStatus : ["jobType", ...withStatus]
}

const parts = (filter: JobFilter, keys: ReadonlyArray<string>, wanted: boolean): JobFilter =>
  Object.fromEntries(Object.entries(filter).filter(([key]) => keys.includes(key) === wanted))

/** In any of these, said of each row; `inStatus` would first look for all jobs that are. */
const isShownAs = (sources: Sources, status: ReadonlyArray<ShownStatus>) =>
  sources.sql.or(status.map((each) => shown(sources, each)))

/** The newest that run or wait, by the small tables that hold them. */
const liveIds = (
  { prompts, sql }: Sources,
  { before, most, status }: { before: JobId | undefined; most: number; status: ReadonlyArray<ShownStatus> }
) => {
  const waiting = status.flatMap((each) => waitsAs(sql, each) ?? [])
  const sets = [
    ...(status.includes("needs_input") ? [sql`SELECT o.job_id FROM ${prompts} o`] : []),
    ...(status.includes("in_progress") ? [sql`SELECT l.id FROM job_leases l`] : []),
    ...(waiting.length === 0
      ? []
      : [
          sql`(SELECT q.id FROM job_queue q WHERE q.lane <> ${OWN_LANE} AND ${sql.or(waiting)} AND
            (${before ?? null}::uuid IS NULL OR q.id < ${before ?? null}::uuid)
            ORDER BY q.id DESC LIMIT ${literal(sql, most)})`
        ])
  ]
  return sql`id = ANY (ARRAY(${sets.reduce((left, right) => sql`${left} UNION ALL ${right}`)}))`
}

/** Created within these times: by id, so that an index ends the walk, and exactly. */
const times = ({ sql }: Sources, { createdAfter, createdBefore }: JobFilter) => [
  ...(createdAfter === undefined
    ? []
    : [sql`id >= ${firstIdAt(createdAfter.getTime() - CLOCKS_DIFFER_MS)}::uuid AND created_at >= ${createdAfter}`]),
  ...(createdBefore === undefined
    ? []
    : [sql`id < ${firstIdAt(createdBefore.getTime() + CLOCKS_DIFFER_MS)}::uuid AND created_at < ${createdBefore}`])
]

const timeKeys = ["createdAfter", "createdBefore"]

/** What holds of all jobs that may be shown at all: no page shows older ones than its cursor. */
export const within = (sources: Sources, filter: JobFilter, before: JobId | undefined) => [
  ...(before === undefined ? [] : [sources.sql`id < ${before}::uuid`]),
  ...times(sources, filter)
]

/** What is still to hold where those keys were found by an index. */
export const restOf = (sources: Sources, filter: JobFilter, keys: ReadonlyArray<keyof JobFilter>) => {
  const { status = [], ...others } = parts(filter, [...keys, ...timeKeys], false)
  return [
    ...(Object.keys(others).length === 0 ? [] : conditions(sources, others)),
    ...(status.length === 0 ? [] : [isShownAs(sources, status)])
  ]
}

export const walkOf = (sources: Sources, filter: JobFilter, reach: Reach, before?: JobId): Walk => {
  const { sql } = sources
  const keys = keysOf(filter)
  const { status = [], ...found } = parts(filter, keys, true)
  const isLive = isAmong(status, LIVE)
  const most = isLive ? reach.waiting : keys.length === 0 ? reach.inOrder : reach.scattered
  const driving = sql.and([
    ...conditions(sources, found),
    ...within(sources, filter, before),
    ...(isLive ? [liveIds(sources, { before, most, status })] : []),
    ...(status.length === 0 ? [] : [isShownAs(sources, status)])
  ])
  return {
    rows: sql`SELECT * FROM script_jobs WHERE ${driving} ORDER BY id DESC LIMIT ${literal(sql, most)}`,
    end: sql`SELECT id FROM script_jobs WHERE ${driving} ORDER BY id DESC OFFSET ${literal(sql, most - 1)} LIMIT 1`,
    most,
    rest: restOf(sources, filter, keys)
  }
}
