/**
 * The jobs that a filter means, found by walks that end in time. Where a walk ends before it has met all there are, older jobs may
 * be missing: `floor` says from which id on nothing is.
 *
 * Words are looked for where they can stand: in the newest jobs, and where these are not enough, in the jobs of restaurants and
 * types whose names have them, and in errors. No index holds words: it would make each job dearer to create.
 */
import type { Statement } from "effect/sql"
import type { JobFilter } from "../../domain/JobFilter.ts"
import type { JobId } from "../../domain/JobId.ts"
import { firstIdAt } from "../../domain/JobId.ts"
import { idsWithin, LISTED, literal, nearestOf, restOf, type Walk, walkOf, within } from "./boundedWalk.ts"
import { containing } from "./containing.ts"
import { couldBeId, type Sources } from "./jobFilters.ts"
import type { FoundNames } from "./knownNames.ts"

/** Jobs of all these names together that are held against the rest of the filter. */
const MOST_OF_NAMES = 3_000

/** Newest failures and cancelled jobs whose errors are read. */
const MOST_ENDED = 2_000

/** Jobs that wait for their next try, or make it, and say what went wrong with the one before. */
const MOST_LIVE = 500

/** Parts of readable ids are found among the newest jobs only. Without a digit it is rather a word, such as "add". */
const isPartOfId = (text: string): boolean => couldBeId(text) && /\d/u.test(text)

/** These filters leave so few jobs that the words are looked for in each. */
const narrow: ReadonlyArray<keyof JobFilter> = ["batchId", "createdBy", "fingerprint", "ids", "restaurantId"]

const isOpen = (filter: JobFilter) => narrow.every((key) => filter[key] === undefined)

export interface Look {
  readonly filter: JobFilter
  readonly before?: JobId | undefined
  /** Jobs that are enough. */
  readonly wanted: number
  /** Those that the words of the filter stand in. */
  readonly names: FoundNames
}

/** `found (id)` and `floor (id)`, to stand behind WITH. */
type Tables = Statement.Fragment

const union = (sql: Sources["sql"], all: ReadonlyArray<Statement.Fragment>) =>
  all.reduce((left, right) => sql`${left} UNION ${right}`)

/** Where a page is full early, the walk ends there. */
const plain = ({ sql }: Sources, { end, rest, rows }: Walk, wanted: number): Tables => sql`
  found AS MATERIALIZED (
    SELECT w.id FROM (${rows}) w ${rest.length === 0 ? sql`` : sql`WHERE ${sql.and(rest)}`} LIMIT ${literal(sql, wanted)}
  ),
  floor AS MATERIALIZED (SELECT f.id FROM (${end}) f WHERE (SELECT count(*) FROM found) < ${literal(sql, wanted)})`

/** The newest jobs of each of these names, and where each of these walks ended. */
const ofNames = (sources: Sources, look: Look, column: "restaurant_id" | "job_type") => {
  const { sql } = sources
  const { filter, names, wanted } = look
  const known = column === "restaurant_id" ? names.restaurants : names.types
  if (known.length === 0 || (column === "job_type" && filter.jobType !== undefined)) return []
  const { q: _, status = [], ...others } = filter
  // An index has the failed and the cancelled jobs of each name.
  const [only] = status.length === 1 ? status : []
  const isTrouble = only === "failed" || only === "cancelled"
  const rest = restOf(sources, { ...others, ...(status.length > 0 && { status }) }, [])
  const most = rest.length === 0 ? wanted : Math.max(wanted, Math.floor(MOST_OF_NAMES / known.length))
  const rows = sql`FROM script_jobs WHERE ${sql.and([
    sql`${sql.literal(column)} = n.name`,
    ...(isTrouble ? [sql`${sql.literal(only === "failed" ? "failed_at" : "cancelled_at")} IS NOT NULL`] : []),
    ...within(sources, filter, look.before)
  ])} ORDER BY id DESC`
  const each = (body: Statement.Fragment) =>
    sql`SELECT s.id FROM unnest(${known}::text[]) n (name) CROSS JOIN LATERAL (${body}) s WHERE EXISTS (SELECT FROM sparse)`
  return [
    {
      found: each(sql`SELECT r.id FROM (SELECT * ${rows} LIMIT ${literal(sql, most)}) r
        ${rest.length === 0 ? sql`` : sql`WHERE ${sql.and(rest)}`} LIMIT ${literal(sql, wanted)}`),
      end: each(sql`SELECT id ${rows} OFFSET ${literal(sql, most - 1)} LIMIT 1`)
    }
  ]
}

/**
 * Jobs that say an error: those that failed, and those that were cancelled, wait or run after a try that did. Each walk is
 * made once.
 */
const ofErrors = (sources: Sources, { before, filter }: Look, text: string) => {
  const { sql } = sources
  const { q: _, ...others } = filter
  const holds = sql.and([sql`error_message ILIKE ${containing(text)}`, ...restOf(sources, others, [])])
  const bounds = within(sources, filter, before)
  const walk = (table: string, rows: Statement.Fragment) => ({
    table: sql`${sql.literal(table)} AS MATERIALIZED (
      SELECT e.id, ${holds} AS fits FROM (${rows}) e WHERE EXISTS (SELECT FROM sparse)
    )`,
    found: sql`SELECT t.id FROM ${sql.literal(table)} t WHERE t.fits`
  })
  const endOf = (table: string, most: number) =>
    sql`(SELECT t.id FROM ${sql.literal(table)} t ORDER BY t.id DESC OFFSET ${literal(sql, most - 1)} LIMIT 1)`
  const ended = (table: string, column: "failed_at" | "cancelled_at") => {
    const holding = sql.and([sql`${sql.literal(column)} IS NOT NULL`, ...bounds])
    const rows = sql`SELECT * FROM script_jobs WHERE ${holding} ORDER BY id DESC LIMIT ${literal(sql, MOST_ENDED)}`
    return { ...walk(table, rows), end: endOf(table, MOST_ENDED) }
  }
  // Where the table of ids has more, it is its ids that say so: of their jobs some may be too old.
  const live = (table: string, source: Statement.Fragment) => {
    const ids = `${table}_ids`
    const holding = sql.and([
      sql`EXISTS (SELECT FROM sparse)`,
      ...idsWithin(sources, filter, { before, id: sql`q.id` })
    ])
    const rows = sql`SELECT * FROM script_jobs WHERE ${sql.and([
      sql`id = ANY (ARRAY(SELECT i.id FROM ${sql.literal(ids)} i))`,
      ...bounds
    ])}`
    const { found, table: looked } = walk(table, rows)
    return {
      table: sql`${sql.literal(ids)} AS MATERIALIZED (
        SELECT q.id FROM (${source}) q WHERE ${holding} ORDER BY q.id DESC LIMIT ${literal(sql, MOST_LIVE)}
      ), ${looked}`,
      found,
      end: endOf(ids, MOST_LIVE)
    }
  }
  return [
    ended("failures", "failed_at"),
    ended("cancellations", "cancelled_at"),
    live("retrying", sql`SELECT r.id FROM job_queue r WHERE r.retrying`),
    live("running", sql`SELECT l.id FROM job_leases l`)
  ]
}

/** The newest jobs, and of each whether it has the words and fits the rest. */
const nearest = (sources: Sources, { before, filter }: Look): Tables => {
  const { sql } = sources
  const { cut, most, rest, rows } = walkOf(sources, filter, LISTED, before)
  const last = sql`SELECT n.id FROM near n ORDER BY n.id DESC OFFSET ${literal(sql, most - 1)} LIMIT 1`
  return sql`
    near AS MATERIALIZED (SELECT w.id, ${sql.and(rest)} AS fits FROM (${rows}) w),
    near_end AS MATERIALIZED (${nearestOf(sql, [last, ...(cut === undefined ? [] : [cut])])})`
}

const withWords = (sources: Sources, look: Look, text: string): Tables => {
  const { sql } = sources
  const near = nearest(sources, look)
  if (look.names.hasMore || isPartOfId(text)) {
    return sql`${near}, found AS (SELECT n.id FROM near n WHERE n.fits), floor AS (SELECT n.id FROM near_end n)`
  }
  const errors = ofErrors(sources, look, text)
  const streams = [...ofNames(sources, look, "restaurant_id"), ...ofNames(sources, look, "job_type"), ...errors]
  return sql`${near},
    sparse AS MATERIALIZED (
      SELECT FROM near_end WHERE (SELECT count(*) FROM near n WHERE n.fits) < ${literal(sql, look.wanted)}
    ),
    ${sql.csv(errors.map(({ table }) => table))},
    found AS MATERIALIZED (${union(sql, [sql`SELECT n.id FROM near n WHERE n.fits`, ...streams.map((each) => each.found)])}),
    floor AS MATERIALIZED (
      SELECT n.id FROM near_end n WHERE NOT EXISTS (SELECT FROM sparse)
      UNION ALL
      -- A name that is newer than those that are known may have jobs from here on.
      SELECT n.id FROM near_end n WHERE n.id > ${firstIdAt(look.names.readAtMs)}::uuid
      UNION ALL
      -- The newest jobs were all looked at, so a stream that ends among them takes nothing away.
      SELECT least(n.id, e.id) FROM near_end n, (
        SELECT o.id FROM (${union(
          sql,
          streams.map(({ end }) => end)
        )}) o ORDER BY o.id DESC LIMIT 1
      ) e
    )`
}

/** Words that names and errors may have as well; the others are looked for in each job of a walk. */
export const wordsOf = (filter: JobFilter): string | undefined => (isOpen(filter) ? filter.q : undefined)

/** Ids of the newest jobs where an index finds them by all that the filter says. */
export const idsInOrder = (sources: Sources, { before, filter, wanted }: Omit<Look, "names">): Tables | undefined => {
  const { isInOrder, rows } = walkOf(sources, filter, LISTED, before)
  return !isInOrder ? undefined : sources.sql`SELECT w.id FROM (${rows}) w LIMIT ${literal(sources.sql, wanted)}`
}

/** Ids of the newest jobs, as many as are wanted, and the floor where these are fewer. */
export const idsOf = (sources: Sources, look: Look): Statement.Fragment => {
  const { sql } = sources
  const words = wordsOf(look.filter)
  const wanted = literal(sql, look.wanted)
  const tables =
    words === undefined
      ? plain(sources, walkOf(sources, look.filter, LISTED, look.before), look.wanted)
      : withWords(sources, look, words)
  return sql`
    WITH ${tables}, page AS MATERIALIZED (
      SELECT f.id FROM found f WHERE NOT EXISTS (SELECT FROM floor o WHERE o.id > f.id) ORDER BY f.id DESC LIMIT ${wanted}
    )
    SELECT ARRAY(SELECT p.id FROM page p ORDER BY p.id DESC) AS ids,
      (SELECT o.id FROM floor o WHERE (SELECT count(*) FROM page) < ${wanted} ORDER BY o.id DESC LIMIT 1) AS floor`
}
