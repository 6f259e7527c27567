/**
 * What a page of the board looks at costs the same however many jobs there are. A filter is split: what an index finds in order is
 * walked from the newest on, and only so many jobs of it are held against the rest of the filter.
 */
import type { SqlClient, Statement } from "effect/sql"
import type { JobFilter } from "../../domain/JobFilter.ts"
import { firstIdAt, type JobId } from "../../domain/JobId.ts"
import type { ShownStatus } from "../../domain/JobStatus.ts"
import { OWN_LANE } from "../../domain/Lane.ts"
import { besidesLane, inLane, type Sources, shown, waitsAs } from "./jobFilters.ts"

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
  /** The same of what the rows were looked up by: they may be fewer, and older ones be missing all the same. */
  readonly cut?: Statement.Fragment
  /** The first of these rows are the first of all jobs of the filter. */
  readonly isInOrder: boolean
  /** What is still to hold of each row. */
  readonly rest: ReadonlyArray<Statement.Fragment>
}

/** A number that the planner sees: it thinks better of a short walk when it knows that it is short. */
export const literal = (sql: SqlClient.SqlClient, number: number) => sql.literal(String(number))

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

/** What of these holds for ids: an index of them ends the walk. */
export const idsWithin = (
  { sql }: Sources,
  { createdAfter, createdBefore }: JobFilter,
  { before, id }: { readonly before: JobId | undefined; readonly id: Statement.Fragment }
) => [
  ...(before === undefined ? [] : [sql`${id} < ${before}::uuid`]),
  ...(createdAfter === undefined ? [] : [sql`${id} >= ${firstIdAt(createdAfter.getTime() - CLOCKS_DIFFER_MS)}::uuid`]),
  ...(createdBefore === undefined ? [] : [sql`${id} < ${firstIdAt(createdBefore.getTime() + CLOCKS_DIFFER_MS)}::uuid`])
]

const timeKeys = ["createdAfter", "createdBefore"] as const

const hasTimes = (filter: JobFilter): boolean => timeKeys.some((key) => filter[key] !== undefined)

/**
 * What holds of all jobs that may be shown at all: no page shows older ones than its cursor. A lane that is asked for is
 * held against each, because few may be in it.
 */
export const within = (sources: Sources, filter: JobFilter, before: JobId | undefined) => {
  const { sql } = sources
  const { createdAfter, createdBefore, lane } = filter
  return [
    ...(lane === undefined ? [inLane(sql, lane)] : []),
    ...idsWithin(sources, filter, { before, id: sql`id` }),
    ...(createdAfter === undefined ? [] : [sql`created_at >= ${createdAfter}`]),
    ...(createdBefore === undefined ? [] : [sql`created_at < ${createdBefore}`])
  ]
}

/** Ids of those that wait, newest first. When a job was made is known of its id only. */
const waitingIds = (
  sources: Sources,
  filter: JobFilter,
  { before, status }: { readonly before: JobId | undefined; readonly status: ReadonlyArray<ShownStatus> }
) => {
  const { sql } = sources
  const waiting = status.flatMap((each) => waitsAs(sql, each) ?? [])
  if (waiting.length === 0) return undefined
  const holding = sql.and([
    sql.or(waiting),
    ...(filter.lane === undefined ? [sql`q.lane <> ${OWN_LANE}`] : []),
    ...idsWithin(sources, filter, { before, id: sql`q.id` })
  ])
  return sql`SELECT q.id FROM job_queue q WHERE ${holding} ORDER BY q.id DESC`
}

/** The newest that run or wait, by the small tables that hold them. */
const liveIds = (
  { prompts, sql }: Sources,
  { status, waiting }: { readonly status: ReadonlyArray<ShownStatus>; readonly waiting: Statement.Fragment | undefined }
) => {
  const sets = [
    ...(status.includes("needs_input") ? [sql`SELECT o.job_id FROM ${prompts} o`] : []),
    ...(status.includes("in_progress") ? [sql`SELECT l.id FROM job_leases l`] : []),
    ...(waiting === undefined ? [] : [sql`(${waiting})`])
  ]
  return sql`id = ANY (ARRAY(${sets.reduce((left, right) => sql`${left} UNION ALL ${right}`)}))`
}

/** Of several ends the nearest: beyond it one of the walks has not looked. */
export const nearestOf = (sql: SqlClient.SqlClient, ends: ReadonlyArray<Statement.Fragment>) => {
  const all = ends.map((end) => sql`(${end})`).reduce((left, right) => sql`${left} UNION ALL ${right}`)
  return sql`SELECT o.id FROM (${all}) o ORDER BY o.id DESC LIMIT 1`
}

/** What is still to hold where those keys were found by an index. */
export const restOf = (sources: Sources, filter: JobFilter, keys: ReadonlyArray<keyof JobFilter>) => {
  const { lane, status = [], ...others } = parts(filter, [...keys, ...timeKeys], false)
  return [
    ...besidesLane(sources, others),
    ...(lane === undefined ? [] : [inLane(sources.sql, lane)]),
    ...(status.length === 0 ? [] : [isShownAs(sources, status)])
  ]
}

export const walkOf = (sources: Sources, filter: JobFilter, reach: Reach, before?: JobId): Walk => {
  const { sql } = sources
  const keys = keysOf(filter)
  const { status = [], ...found } = parts(filter, keys, true)
  const isLive = isAmong(status, LIVE)
  const most = isLive ? reach.waiting : keys.length === 0 ? reach.inOrder : reach.scattered
  const waiting = isLive ? waitingIds(sources, filter, { before, status }) : undefined
  const newest = waiting && sql`${waiting} LIMIT ${literal(sql, most)}`
  const cut = waiting && sql`${waiting} OFFSET ${literal(sql, most - 1)} LIMIT 1`
  const driving = sql.and([
    ...besidesLane(sources, found),
    ...within(sources, filter, before),
    ...(isLive ? [liveIds(sources, { status, waiting: newest })] : []),
    ...(status.length === 0 ? [] : [isShownAs(sources, status)])
  ])
  const rest = restOf(sources, filter, keys)
  const end = sql`SELECT id FROM script_jobs WHERE ${driving} ORDER BY id DESC OFFSET ${literal(sql, most - 1)} LIMIT 1`
  return {
    rows: sql`SELECT * FROM script_jobs WHERE ${driving} ORDER BY id DESC LIMIT ${literal(sql, most)}`,
    end: nearestOf(sql, [end, ...(cut === undefined ? [] : [cut])]),
    ...(cut !== undefined && { cut }),
    // What waits is found by times of ids, which are not quite those of the jobs.
    isInOrder: rest.length === 0 && (cut === undefined || !hasTimes(filter)),
    most,
    rest
  }
}
