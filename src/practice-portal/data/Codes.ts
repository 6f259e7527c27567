/** One-time codes: each belongs to one sign-in or registration that waits for it, and works once. */
import type { Database } from "bun:sqlite"

export interface SentCode {
  readonly code: string
  /** ISO 8601 in UTC. */
  readonly at: string
}

export const codeTables = `
  CREATE TABLE IF NOT EXISTS codes (
    id TEXT PRIMARY KEY,
    restaurant TEXT NOT NULL,
    code TEXT NOT NULL,
    tries_left INTEGER NOT NULL,
    at TEXT NOT NULL
  ) STRICT;
`

/** After so many wrong codes a person has to start over. */
const TRIES = 3

export const makeCodes = (database: Database) => {
  const removeOld = database.query("DELETE FROM codes WHERE at < ?")
  const add = database.query("INSERT INTO codes (id, restaurant, code, tries_left, at) VALUES (?, ?, ?, ?, ?)")
  const find = database.query<{ code: string; restaurant: string; triesLeft: number }, [string]>(
    "SELECT code, restaurant, tries_left AS triesLeft FROM codes WHERE id = ?"
  )
  const countDown = database.query("UPDATE codes SET tries_left = tries_left - 1 WHERE id = ?")
  const remove = database.query("DELETE FROM codes WHERE id = ?")
  const newest = database.query<SentCode, [string]>(
    "SELECT code, at FROM codes WHERE restaurant = ? ORDER BY at DESC, rowid DESC LIMIT 5"
  )

  return {
    /** Sends a code of six digits. The id is the secret of the browser that may use it. */
    send: (restaurant: string): string => {
      const id = crypto.randomUUID()
      const now = Date.now()
      const code = String(crypto.getRandomValues(new Uint32Array(1))[0]! % 1_000_000).padStart(6, "0")
      removeOld.run(new Date(now - 60 * 60 * 1_000).toISOString())
      add.run(id, restaurant, code, TRIES, new Date(now).toISOString())
      return id
    },
    /** The restaurant that the code is for, when it was sent and not used. */
    restaurantOf: (id: string): string | undefined => find.get(id)?.restaurant,
    /** Uses it up when it is right. Too many wrong ones use it up as well. */
    check: database.transaction((id: string, code: string): "right" | "wrong" | "used up" => {
      const sent = find.get(id)
      if (sent === null) return "used up"
      if (sent.code === code) {
        remove.run(id)
        return "right"
      }
      countDown.run(id)
      if (sent.triesLeft > 1) return "wrong"
      remove.run(id)
      return "used up"
    }),
    /** Those that wait to be used, newest first. */
    sent: (restaurant: string): ReadonlyArray<SentCode> => newest.all(restaurant)
  }
}
