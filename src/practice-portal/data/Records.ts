/** JSON documents, one of each name per restaurant: what is read and written as a whole. They go with the restaurant. */
import type { Database } from "bun:sqlite"

export const recordTables = `
  CREATE TABLE IF NOT EXISTS records (
    restaurant TEXT NOT NULL REFERENCES restaurants (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (restaurant, name)
  ) STRICT;
`

export interface RecordStore<A> {
  readonly read: (restaurant: string) => A
  readonly write: (restaurant: string, value: A) => void
}

/** `initial` is what a restaurant has before anybody wrote. */
export const makeRecord = <A>(database: Database, name: string, initial: (restaurant: string) => A): RecordStore<A> => {
  const find = database.query<{ json: string }, [string, string]>(
    "SELECT json FROM records WHERE restaurant = ? AND name = ?"
  )
  const put = database.query("INSERT OR REPLACE INTO records (restaurant, name, json) VALUES (?, ?, ?)")
  return {
    read: (restaurant) => {
      const row = find.get(restaurant, name)
      return row === null ? initial(restaurant) : (JSON.parse(row.json) as A)
    },
    write: (restaurant, value) => {
      put.run(restaurant, name, JSON.stringify(value))
    }
  }
}
