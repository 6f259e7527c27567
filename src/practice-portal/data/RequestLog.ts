/** What was asked of the portal, so that a person or a test can see that a finished step was not run again. */
import type { Database } from "bun:sqlite"

export interface RequestLogEntry {
  readonly id: number
  /** ISO 8601 in UTC. */
  readonly at: string
  /** Empty while nobody was signed in. */
  readonly restaurant: string
  readonly method: string
  /** Below the portal's base path, without the query. */
  readonly path: string
  readonly status: number
  readonly durationMs: number
}

/** Older entries are removed. */
const LONGEST_LOG = 2_000
const LONGEST_PATH = 300

export const requestTables = `
  CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    restaurant TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL
  ) STRICT;
`

export const makeRequestLog = (database: Database) => {
  const columns = "id, at, restaurant, method, path, status, duration_ms AS durationMs"
  const add = database.query<{ id: number }, [string, string, string, string, number, number]>(`
    INSERT INTO requests (at, restaurant, method, path, status, duration_ms) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`)
  const removeUpTo = database.query("DELETE FROM requests WHERE id <= ?")
  const all = database.query<RequestLogEntry, []>(`SELECT ${columns} FROM requests ORDER BY id DESC`)
  const ofRestaurant = database.query<RequestLogEntry, [string]>(
    `SELECT ${columns} FROM requests WHERE restaurant = ? ORDER BY id DESC`
  )

  return {
    add: (entry: Omit<RequestLogEntry, "id">): void => {
      const { at, durationMs, method, path, restaurant, status } = entry
      const row = add.get(at, restaurant, method, path.slice(0, LONGEST_PATH), status, durationMs)
      if (row !== null) removeUpTo.run(row.id - LONGEST_LOG)
    },
    /** Newest first. */
    entries: (restaurant?: string): ReadonlyArray<RequestLogEntry> =>
      restaurant === undefined ? all.all() : ofRestaurant.all(restaurant)
  }
}
