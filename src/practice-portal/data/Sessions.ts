/** Who is signed in: one row per browser, found by the random id in its cookie. */
import type { Database } from "bun:sqlite"

export const PRACTICE_EMAIL = "practice@example.com"
export const PRACTICE_PASSWORD = "practice-password"

export const isRestaurantId = (text: string): boolean => /^[a-z0-9-]{1,64}$/u.test(text)

export const sessionTables = `
  CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    restaurant TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
  ) STRICT;
`

export const makeSessions = (database: Database) => {
  const removeOld = database.query("DELETE FROM sessions WHERE created_at < datetime('now', '-1 day')")
  const add = database.query("INSERT INTO sessions (id, restaurant) VALUES (?, ?)")
  const find = database.query<{ restaurant: string }, [string]>("SELECT restaurant FROM sessions WHERE id = ?")
  const remove = database.query("DELETE FROM sessions WHERE id = ?")

  return {
    accepts: (email: string, password: string): boolean =>
      email.toLowerCase() === PRACTICE_EMAIL && password === PRACTICE_PASSWORD,
    /** The id of a new session. */
    start: (restaurant: string): string => {
      removeOld.run()
      const id = crypto.randomUUID()
      add.run(id, restaurant)
      return id
    },
    restaurantOf: (id: string): string | undefined => find.get(id)?.restaurant,
    end: (id: string): void => {
      remove.run(id)
    }
  }
}
