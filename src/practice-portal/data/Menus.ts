/** Menus and tags of all restaurants. A restaurant exists, with a seeded menu, from its first use. */
import type { Database } from "bun:sqlite"
import { seedMenu } from "./seedMenu.ts"

export const colours = ["grey", "red", "orange", "yellow", "green", "blue", "purple"] as const
export type Colour = (typeof colours)[number]

export interface Tag {
  readonly id: number
  readonly name: string
  readonly colour: Colour
}

export interface Item {
  readonly id: string
  readonly category: string
  readonly name: string
  readonly description: string
  readonly priceCents: number
  readonly tags: ReadonlyArray<Tag>
}

/** An item of a file. No description leaves that of an item as it is. */
export type NewItem = Pick<Item, "category" | "name" | "priceCents"> & { readonly description: string | undefined }

type ItemRow = Omit<Item, "tags">
type ItemTagRow = Tag & { readonly itemId: string }

/** Names are unique without regard to case, so `name_key` holds them in their compared form. */
export const menuTables = `
  CREATE TABLE IF NOT EXISTS restaurants (
    id TEXT PRIMARY KEY
  ) STRICT;
  CREATE TABLE IF NOT EXISTS items (
    restaurant TEXT NOT NULL REFERENCES restaurants (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    category TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    price_cents INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (restaurant, id)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    restaurant TEXT NOT NULL REFERENCES restaurants (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    colour TEXT NOT NULL,
    UNIQUE (restaurant, name_key)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS item_tags (
    restaurant TEXT NOT NULL,
    item_id TEXT NOT NULL,
    tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (restaurant, item_id, tag_id),
    FOREIGN KEY (restaurant, item_id) REFERENCES items (restaurant, id) ON DELETE CASCADE
  ) STRICT;
`

export const compared = (name: string) => name.normalize("NFC").toLowerCase()

export const makeMenus = (database: Database) => {
  const rowsOfItems = database.query<ItemRow, [string]>(
    "SELECT id, category, name, description, price_cents AS priceCents FROM items WHERE restaurant = ? ORDER BY position"
  )
  const rowsOfItemTags = database.query<ItemTagRow, [string]>(`
    SELECT item_tags.item_id AS itemId, tags.id, tags.name, tags.colour
    FROM item_tags JOIN tags ON tags.id = item_tags.tag_id
    WHERE item_tags.restaurant = ? ORDER BY tags.id`)
  const rowsOfTags = database.query<Tag, [string]>("SELECT id, name, colour FROM tags WHERE restaurant = ? ORDER BY id")
  const addRestaurant = database.query("INSERT OR IGNORE INTO restaurants (id) VALUES (?)")
  const addItem = database.query(`
    INSERT INTO items (restaurant, id, category, name, description, price_cents, position)
    VALUES (?, ?, ?, ?, ?, ?, ?)`)
  const addTag = database.query(
    "INSERT OR IGNORE INTO tags (restaurant, name, name_key, colour) VALUES (?, ?, ?, ?) RETURNING id"
  )
  const changeItem = database.query<{ id: string }, [number, string | null, string, string]>(`
    UPDATE items SET price_cents = ?, description = coalesce(?, description) WHERE restaurant = ? AND id = ? RETURNING id`)
  const clearItemTags = database.query("DELETE FROM item_tags WHERE restaurant = ? AND item_id = ?")
  // The tag has to be this restaurant's own: ids of others are ignored.
  const addItemTag = database.query(`
    INSERT OR IGNORE INTO item_tags (restaurant, item_id, tag_id)
    SELECT restaurant, ?2, id FROM tags WHERE restaurant = ?1 AND id = ?3`)
  const ids = database.query<{ id: string }, []>("SELECT id FROM restaurants ORDER BY id LIMIT 200")
  const removeRestaurant = database.query("DELETE FROM restaurants WHERE id = ?")

  const ensure = database.transaction((restaurant: string) => {
    if (addRestaurant.run(restaurant).changes === 0) return
    for (const [position, item] of seedMenu.entries()) {
      addItem.run(restaurant, item.id, item.category, item.name, item.description, item.priceCents, position)
    }
  })

  const items = (restaurant: string): ReadonlyArray<Item> => {
    const tagsByItem = Map.groupBy(rowsOfItemTags.all(restaurant), (row) => row.itemId)
    return rowsOfItems.all(restaurant).map((item) => ({ ...item, tags: tagsByItem.get(item.id) ?? [] }))
  }

  const putItem = (restaurant: string, { category, description, name, priceCents }: NewItem) => {
    const all = items(restaurant)
    const isSame = (item: Item) =>
      compared(item.name) === compared(name) && compared(item.category) === compared(category)
    const there = all.find(isSame)
    if (there) return changeItem.get(priceCents, description ?? null, restaurant, there.id)
    // Letters without their accents, as in the seeded ids.
    const slug = compared(name)
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .replace(/[^a-z0-9]+/gu, "-")
    const taken = new Set(all.map((item) => item.id))
    let id = slug
    for (let number = all.length + 1; id === "" || taken.has(id); number++) id = `${slug}-${number}`
    return addItem.run(restaurant, id, category, name, description ?? "", priceCents, all.length)
  }

  return {
    ensure,
    /** Changes the item of this name in this category, or adds it. */
    putItem,
    /** Ids of those that were used, at most 200. */
    restaurants: (): ReadonlyArray<string> => ids.all().map((row) => row.id),
    items,
    item: (restaurant: string, id: string): Item | undefined => items(restaurant).find((item) => item.id === id),
    tags: (restaurant: string): ReadonlyArray<Tag> => rowsOfTags.all(restaurant),
    /** False when the restaurant has a tag of that name, in whatever case, already. */
    createTag: (restaurant: string, name: string, colour: Colour): boolean =>
      addTag.get(restaurant, name, compared(name), colour) !== null,
    /** Gives the item exactly these tags. */
    saveItemTags: database.transaction((restaurant: string, itemId: string, tagIds: ReadonlyArray<number>) => {
      clearItemTags.run(restaurant, itemId)
      for (const tagId of tagIds) addItemTag.run(restaurant, itemId, tagId)
    }),
    /** Back to the seeded menu, without tags. */
    reset: database.transaction((restaurant: string) => {
      removeRestaurant.run(restaurant)
      ensure(restaurant)
    })
  }
}
export type Menus = ReturnType<typeof makeMenus>
