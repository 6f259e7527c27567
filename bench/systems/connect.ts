/** A connection of the measurement's own, through Bun's client: no system's pool is used to look at that system. */
import { SQL } from "bun"
import type { PostgresAddress } from "./System.ts"

/** Connects with the first query. */
export const connect = ({ database, host, port, username }: PostgresAddress): SQL =>
  new SQL({ adapter: "postgres", path: `${host}/.s.PGSQL.${port}`, database, username, max: 1 })

/** A query that answers with one row `{ settled: boolean }`. */
export const settledBy = (sql: SQL, query: string) => async (): Promise<boolean> => {
  const [row] = await sql.unsafe<ReadonlyArray<{ settled: boolean }>>(query)
  return row?.settled === true
}

/** Rows that one statement of a history writes. */
export const HISTORY_CHUNK = 50_000

/** Runs `write(size, from)` for chunks of `count`. */
export const inChunks = async (
  count: number,
  chunk: number,
  write: (size: number, from: number) => PromiseLike<unknown>
): Promise<void> => {
  for (let from = 0; from < count; from += chunk) await write(Math.min(chunk, count - from), from)
}

/** The numbers `from` to `from + size - 1`. */
export const numbers = (size: number, from: number): ReadonlyArray<number> =>
  Array.from({ length: size }, (_, index) => from + index)
