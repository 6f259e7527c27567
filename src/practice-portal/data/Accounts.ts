/** Restaurants that were registered, with their owners, and the forms of those who are registering just now. */
import type { Database } from "bun:sqlite"

export const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const
export type Weekday = (typeof weekdays)[number]

export const countries = ["Austria", "Belgium", "France", "Germany", "Italy", "Netherlands", "Switzerland"] as const
export type Country = (typeof countries)[number]

export interface Owner {
  readonly restaurant: string
  readonly name: string
  readonly email: string
  readonly passwordHash: string
}

export interface Address {
  readonly street: string
  readonly postalCode: string
  readonly city: string
  readonly country: Country
  readonly phone: string
}

export interface Opening {
  readonly days: ReadonlyArray<Weekday>
  /** `11:30`. */
  readonly from: string
  readonly to: string
}

/** What somebody has filled in so far. */
export interface Registration {
  readonly owner: Owner
  readonly address?: Address
  readonly opening?: Opening
  /** The code that has to be entered before it can be confirmed. */
  readonly codeId?: string
}

export type Account = Pick<Owner, "name" | "email"> & { readonly address: Address; readonly opening: Opening }

export const accountTables = `
  CREATE TABLE IF NOT EXISTS accounts (
    restaurant TEXT PRIMARY KEY REFERENCES restaurants (id) ON DELETE CASCADE,
    email_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    json TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS registrations (
    id TEXT PRIMARY KEY,
    json TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
  ) STRICT;
`

/** Cheap on purpose: these passwords protect nothing. */
export const hashPassword = (password: string): string =>
  Bun.password.hashSync(password, { algorithm: "bcrypt", cost: 4 })

export const makeAccounts = (database: Database) => {
  const find = database.query<{ email: string; hash: string; json: string }, [string]>(
    "SELECT email_key AS email, password_hash AS hash, json FROM accounts WHERE restaurant = ?"
  )
  const byEmail = database.query<{ restaurant: string }, [string]>(
    "SELECT restaurant FROM accounts WHERE email_key = ?"
  )
  const addRestaurant = database.query("INSERT OR IGNORE INTO restaurants (id) VALUES (?)")
  const add = database.query("INSERT INTO accounts (restaurant, email_key, password_hash, json) VALUES (?, ?, ?, ?)")
  return {
    find: (restaurant: string): Account | undefined => {
      const row = find.get(restaurant)
      return row === null ? undefined : (JSON.parse(row.json) as Account)
    },
    hasEmail: (email: string): boolean => byEmail.get(email.toLowerCase()) !== null,
    accepts: (restaurant: string, email: string, password: string): boolean => {
      const row = find.get(restaurant)
      return row?.email === email.toLowerCase() && Bun.password.verifySync(password, row.hash)
    },
    /** Opens the restaurant, with an empty menu. False when it or the e-mail has an account already. */
    register: database.transaction((owner: Owner, address: Address, opening: Opening): boolean => {
      const { email, name, passwordHash, restaurant } = owner
      if (find.get(restaurant) !== null || byEmail.get(email.toLowerCase()) !== null) return false
      const account: Account = { name, email, address, opening }
      addRestaurant.run(restaurant)
      add.run(restaurant, email.toLowerCase(), passwordHash, JSON.stringify(account))
      return true
    })
  }
}

export const makeRegistrations = (database: Database) => {
  const removeOld = database.query("DELETE FROM registrations WHERE created_at < datetime('now', '-1 day')")
  const add = database.query("INSERT INTO registrations (id, json) VALUES (?, ?)")
  const find = database.query<{ json: string }, [string]>("SELECT json FROM registrations WHERE id = ?")
  const save = database.query("UPDATE registrations SET json = ? WHERE id = ?")
  const remove = database.query("DELETE FROM registrations WHERE id = ?")
  return {
    /** The id is the secret of the browser that may go on with it. */
    start: (owner: Owner): string => {
      const id = crypto.randomUUID()
      removeOld.run()
      add.run(id, JSON.stringify({ owner } satisfies Registration))
      return id
    },
    find: (id: string): Registration | undefined => {
      const row = find.get(id)
      return row === null ? undefined : (JSON.parse(row.json) as Registration)
    },
    save: (id: string, registration: Registration): void => {
      save.run(JSON.stringify(registration), id)
    },
    end: (id: string): void => {
      remove.run(id)
    }
  }
}
