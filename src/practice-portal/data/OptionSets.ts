/** Sets of options such as "Size": priced choices, how many of them a guest takes, and the items that offer them. */
import type { Database } from "bun:sqlite"
import { compared } from "./Menus.ts"

export interface OptionChoice {
  readonly id: number
  readonly name: string
  readonly priceCents: number
}

export interface OptionSet {
  readonly id: number
  readonly name: string
  /** How many choices a guest has to take, and may take. */
  readonly min: number
  readonly max: number
  readonly choices: ReadonlyArray<OptionChoice>
  readonly itemIds: ReadonlyArray<string>
}

export const optionSetTables = `
  CREATE TABLE IF NOT EXISTS option_sets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    restaurant TEXT NOT NULL REFERENCES restaurants (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    min INTEGER NOT NULL,
    max INTEGER NOT NULL CHECK (max >= min),
    UNIQUE (restaurant, name_key)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS option_choices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    set_id INTEGER NOT NULL REFERENCES option_sets (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    price_cents INTEGER NOT NULL,
    UNIQUE (set_id, name_key)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS option_set_items (
    set_id INTEGER NOT NULL REFERENCES option_sets (id) ON DELETE CASCADE,
    restaurant TEXT NOT NULL,
    item_id TEXT NOT NULL,
    PRIMARY KEY (set_id, item_id),
    FOREIGN KEY (restaurant, item_id) REFERENCES items (restaurant, id) ON DELETE CASCADE
  ) STRICT;
`

type SetRow = Pick<OptionSet, "id" | "name" | "min" | "max">

export const makeOptionSets = (database: Database) => {
  const rowsOfSets = database.query<SetRow, [string]>(
    "SELECT id, name, min, max FROM option_sets WHERE restaurant = ? ORDER BY id"
  )
  const rowsOfChoices = database.query<OptionChoice, [number]>(
    "SELECT id, name, price_cents AS priceCents FROM option_choices WHERE set_id = ? ORDER BY id"
  )
  const rowsOfItems = database.query<{ id: string }, [number]>(
    "SELECT item_id AS id FROM option_set_items WHERE set_id = ? ORDER BY item_id"
  )
  const add = database.query<{ id: number }, [string, string, string, number, number]>(`
    INSERT OR IGNORE INTO option_sets (restaurant, name, name_key, min, max) VALUES (?, ?, ?, ?, ?) RETURNING id`)
  const saveRules = database.query("UPDATE option_sets SET min = ?, max = ? WHERE id = ?")
  const addChoice = database.query(
    "INSERT OR IGNORE INTO option_choices (set_id, name, name_key, price_cents) VALUES (?, ?, ?, ?) RETURNING id"
  )
  const savePrice = database.query("UPDATE option_choices SET price_cents = ? WHERE set_id = ? AND id = ?")
  const clearItems = database.query("DELETE FROM option_set_items WHERE set_id = ?")
  // Ids of other restaurants' items are ignored.
  const addItem = database.query(`
    INSERT OR IGNORE INTO option_set_items (set_id, restaurant, item_id)
    SELECT ?1, restaurant, id FROM items WHERE restaurant = ?2 AND id = ?3`)

  const sets = (restaurant: string): ReadonlyArray<OptionSet> =>
    rowsOfSets.all(restaurant).map((row) => ({
      ...row,
      choices: rowsOfChoices.all(row.id),
      itemIds: rowsOfItems.all(row.id).map(({ id }) => id)
    }))

  return {
    sets,
    set: (restaurant: string, id: number): OptionSet | undefined => sets(restaurant).find((set) => set.id === id),
    /** The id; none when the restaurant has a set of that name, in whatever case, already. */
    create: (restaurant: string, { max, min, name }: Pick<OptionSet, "name" | "min" | "max">): number | undefined =>
      add.get(restaurant, name, compared(name), min, max)?.id,
    saveRules: (setId: number, { max, min }: Pick<OptionSet, "min" | "max">): void => {
      saveRules.run(min, max, setId)
    },
    /** False when the set has a choice of that name already. */
    addChoice: (setId: number, { name, priceCents }: Omit<OptionChoice, "id">): boolean =>
      addChoice.get(setId, name, compared(name), priceCents) !== null,
    savePrices: database.transaction(
      (setId: number, prices: ReadonlyArray<Pick<OptionChoice, "id" | "priceCents">>) => {
        for (const { id, priceCents } of prices) savePrice.run(priceCents, setId, id)
      }
    ),
    /** Exactly these items offer the set. */
    saveItems: database.transaction((restaurant: string, setId: number, itemIds: ReadonlyArray<string>) => {
      clearItems.run(setId)
      for (const itemId of itemIds) addItem.run(setId, restaurant, itemId)
    })
  }
}
