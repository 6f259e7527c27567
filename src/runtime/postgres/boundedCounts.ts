/** How many jobs of a filter have each status, at a bounded price: what was not counted to the end is at least so many. */
import type { Statement } from "effect/sql"
import type { JobFilter } from "../../domain/JobFilter.ts"
import { COUNT_LIMIT, type JobCounts, type StatusCounts } from "../../domain/JobReports.ts"
import { ShownStatus } from "../../domain/JobStatus.ts"
import { COUNTED, type Reach, RUNS, WAITS, walkOf } from "./boundedWalk.ts"
import { type Sources, shown } from "./jobFilters.ts"

export interface CountsRow {
  readonly counts: Partial<Record<ShownStatus, number>>
  /** No job was left out. */
  readonly whole: boolean
}

/**
 * Statuses whose jobs have a table or an index of their own: these walks meet all of them, where the first one met too many
 * others.
 */
const apart: ReadonlyArray<ReadonlyArray<ShownStatus>> = [["failed"], ["cancelled"], RUNS, WAITS]

const columns = "id, status, run_at, retry_count, failed_at, cancelled_at"

/** Rows of `CountsRow`. The walks apart are only made where the first one has not met all there are. */
export const countsOf = (sources: Sources, filter: JobFilter, reach: Reach = COUNTED): Statement.Fragment => {
  const { sql } = sources
  const each = (statuses: ReadonlyArray<ShownStatus>) =>
    sql.csv(statuses.map((status) => sql`${status}::text, count(*) FILTER (WHERE ${shown(sources, status)} AND fits)`))
  const walk = (status: ReadonlyArray<ShownStatus>) => {
    const { cut, most, rest, rows } = walkOf(sources, status.length === 0 ? filter : { ...filter, status }, reach)
    const fits = rest.length === 0 ? sql`true` : sql.and(rest)
    return {
      rows: sql`SELECT ${sql.literal(columns)}, ${fits} AS fits FROM (${rows}) w`,
      isWhole: sql`count(*) < ${sql.literal(String(most))}${cut === undefined ? sql`` : sql` AND NOT EXISTS (${cut})`}`
    }
  }
  const first = walk([])
  // Words are held against each job, which takes longer than to find it: the newest have to do.
  const others = (filter.q === undefined ? apart : []).map((status) => {
    const { isWhole, rows } = walk(status)
    return sql`
      UNION ALL
      SELECT jsonb_build_object(${each(status)}), EXISTS (SELECT FROM over) AND ${isWhole}
      FROM (${rows}) met WHERE EXISTS (SELECT FROM over)`
  })
  return sql`
    WITH met AS MATERIALIZED (${first.rows}),
    over AS MATERIALIZED (SELECT FROM (SELECT ${first.isWhole} AS is_whole FROM met) m WHERE NOT m.is_whole)
    SELECT jsonb_build_object(${each(ShownStatus.literals)}) AS counts, NOT EXISTS (SELECT FROM over) AS whole FROM met
    ${others.reduce((left, right) => sql`${left} ${right}`, sql``)}`
}

/** Of what several walks counted the one that met all; otherwise as many as one of them met. */
export const merged = (rows: ReadonlyArray<CountsRow>): JobCounts => {
  const [first] = rows
  // The walks apart were not made.
  const made = first?.whole === true ? [first] : rows
  const each = ShownStatus.literals.map((status) => {
    const found = made.flatMap(({ counts, whole }) => {
      const jobs = counts[status]
      return jobs === undefined ? [] : [{ jobs, whole }]
    })
    const most = Math.max(0, ...found.map(({ jobs }) => jobs))
    const jobs = found.find(({ whole }) => whole)?.jobs ?? most
    return { status, jobs: Math.min(jobs, COUNT_LIMIT), isAtLeast: !found.some(({ whole }) => whole) }
  })
  const atLeast = each.filter(({ isAtLeast }) => isAtLeast).map(({ status }) => status)
  const counts = Object.fromEntries(each.map(({ jobs, status }) => [status, jobs])) as StatusCounts
  return atLeast.length === 0 ? counts : { ...counts, atLeast }
}
