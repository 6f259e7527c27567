/** Keys of the restaurant's programming interface. Only their hash is kept, so a key is shown once and never again. */
import type { Database } from "bun:sqlite"
import { createHash, randomBytes } from "node:crypto"

export const permissions = ["Read the menu", "Change the menu", "Read orders", "Change orders"] as const

export const apiKeyTables = `
  CREATE TABLE IF NOT EXISTS api_keys (
    id TEXT PRIMARY KEY,
    restaurant TEXT NOT NULL REFERENCES restaurants (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    note TEXT NOT NULL,
    permissions TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    UNIQUE (restaurant, name_key)
  ) STRICT;
`

export interface ApiKey {
  /** The public part, which the key starts with. */
  readonly id: string
  readonly name: string
  readonly note: string
  readonly permissions: string
}

export type NewApiKey = Omit<ApiKey, "id">

const hashOf = (key: string) => createHash("sha256").update(key).digest("hex")

export const makeApiKeys = (database: Database) => {
  const all = database.query<ApiKey, [string]>(
    "SELECT id, name, note, permissions FROM api_keys WHERE restaurant = ? ORDER BY name_key"
  )
  const add = database.query(`
    INSERT OR IGNORE INTO api_keys (id, restaurant, name, name_key, note, permissions, hash) VALUES (?, ?, ?, ?, ?, ?, ?)`)
  const remove = database.query("DELETE FROM api_keys WHERE restaurant = ? AND id = ?")
  const find = database.query<{ restaurant: string; permissions: string }, [string]>(
    "SELECT restaurant, permissions FROM api_keys WHERE hash = ?"
  )

  return {
    all: (restaurant: string): ReadonlyArray<ApiKey> => all.all(restaurant),
    /** The key in the clear; none when there is one of that name. */
    create: (restaurant: string, { name, note, permissions }: NewApiKey): string | undefined => {
      const id = `pk_${randomBytes(4).toString("hex")}`
      const key = `${id}_${randomBytes(24).toString("base64url")}`
      const added = add.run(id, restaurant, name, name.normalize("NFC").toLowerCase(), note, permissions, hashOf(key))
      return added.changes === 0 ? undefined : key
    },
    revoke: (restaurant: string, id: string): boolean => remove.run(restaurant, id).changes > 0,
    /** The restaurant that a key may do this for. */
    restaurantFor: (key: string, permission: (typeof permissions)[number]): string | undefined => {
      const row = find.get(hashOf(key))
      return row?.permissions.split(", ").includes(permission) ? row.restaurant : undefined
    }
  }
}
