/** Asks a Callboard for its pages, one request at a time: how long, how large, and how many statements. */
import type { SQL } from "bun"
import { median, quantile } from "./quantile.ts"

interface Page {
  readonly name: string
  readonly path: string
}

export interface Asked {
  readonly name: string
  readonly p50: number
  readonly p99: number
  readonly kilobytes: number
  readonly nodes: number
  /** That read or write something, of one request that finds nothing kept. */
  readonly statements: number
  /** Those that only begin and end transactions, and say for whom. */
  readonly control: number
  /** Of the slowest statement, in milliseconds. */
  readonly slowest: number
}

/** Requests that are not measured: the budget is that of a server that serves, and whose code is compiled. */
const WARM_UP = 20

/** Overviews are kept for two seconds, and who may come in for three. Estimates, which all pages share, are kept for ten. */
const UNTIL_FORGOTTEN_MS = 3_100

const CONTROL = /^(?:begin|commit|rollback|select set_config\()/iu

const get = async (base: URL, { path }: Page) => {
  const started = performance.now()
  const response = await fetch(new URL(path, base), { headers: { "Accept-Encoding": "gzip" } })
  const html = await response.text()
  const took = performance.now() - started
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return { took, html }
}

const statementsOf = async (sql: SQL, request: () => Promise<unknown>) => {
  await sql`SELECT pg_stat_statements_reset()`
  await request()
  const rows = await sql<ReadonlyArray<{ query: string; calls: number; slowest: number }>>`
    SELECT query, calls::int, max_exec_time AS slowest FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND query NOT LIKE '%pg_stat_statements%'`
  const calls = (isControl: boolean) =>
    rows.filter(({ query }) => CONTROL.test(query) === isControl).reduce((sum, row) => sum + row.calls, 0)
  return {
    statements: calls(false),
    control: calls(true),
    slowest: Math.max(0, ...rows.map(({ slowest }) => slowest)),
    queries: rows.map(
      ({ calls, query, slowest }) => `${calls} × ${slowest.toFixed(1)} ms ${query.replaceAll(/\s+/gu, " ")}`
    )
  }
}

interface AskOptions {
  readonly base: URL
  readonly sql: SQL
  readonly rounds: number
  readonly requests: number
  /** Prints each statement. */
  readonly explain: boolean
}

export const askFor = async (page: Page, { base, explain, requests, rounds, sql }: AskOptions): Promise<Asked> => {
  const { html } = await get(base, page)
  for (let number = 1; number < WARM_UP; number++) await get(base, page)
  const times: Array<ReadonlyArray<number>> = []
  for (let round = 0; round < rounds; round++) {
    const taken: Array<number> = []
    for (let number = 0; number < requests; number++) taken.push((await get(base, page)).took)
    times.push(taken)
  }
  await Bun.sleep(UNTIL_FORGOTTEN_MS)
  const { queries, ...counted } = await statementsOf(sql, () => get(base, page))
  if (explain) process.stderr.write(`${page.name}\n  ${queries.join("\n  ")}\n`)
  return {
    name: page.name,
    p50: median(times.map((each) => quantile(each, 0.5))),
    p99: median(times.map((each) => quantile(each, 0.99))),
    kilobytes: Bun.gzipSync(html).length / 1_024,
    nodes: html.match(/<[a-z]/giu)?.length ?? 0,
    ...counted
  }
}
