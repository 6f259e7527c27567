import { Effect, Schema } from "effect"
import { heading } from "./Controls.ts"
import type { Portal } from "./Portal.ts"

export const MenuItem = Schema.Struct({
  name: Schema.String,
  /** Path of the page where it is edited. */
  path: Schema.String,
  /** Names of the tags that it has. */
  tags: Schema.Array(Schema.String)
})
export type MenuItem = typeof MenuItem.Type

/** An item as guests read it. */
export const PricedItem = Schema.Struct({
  category: Schema.String,
  name: Schema.String,
  description: Schema.String,
  priceCents: Schema.Int
})
export type PricedItem = typeof PricedItem.Type

/** `€1,234.50` -> 123450. */
const cents = (price: string): number => Math.round(Number(price.replace(/[^\d.]/gu, "")) * 100)

const title = heading("Menu")

/** The items of the menu, read in the browser. */
const itemsOf =
  <Item>(read: (rows: ReadonlyArray<Element>) => ReadonlyArray<Item>) =>
  (portal: Portal) =>
    portal.open("menu").pipe(
      Effect.andThen(portal.find(title)),
      Effect.andThen(
        portal.use((page) =>
          page
            .getByRole("row")
            .filter({ has: page.getByRole("rowheader") })
            .evaluateAll(read)
        )
      )
    )

const tagged = itemsOf((rows) =>
  rows.map((row) => ({
    name: (row.querySelector("a")?.textContent ?? "").trim(),
    path: row.querySelector("a")?.pathname ?? "",
    tags: [...row.querySelectorAll("li")].map((tag) => (tag.textContent ?? "").trim())
  }))
)

const priced = itemsOf((rows) =>
  rows.map((row) => ({
    category: (row.closest("table")?.querySelector("caption")?.textContent ?? "").trim(),
    name: (row.querySelector("a")?.textContent ?? "").trim(),
    description: (row.querySelector("th p")?.textContent ?? "").trim(),
    price: row.querySelector("td")?.textContent ?? ""
  }))
)

export const makeMenuPage = (portal: Portal) => ({
  /** All items of the menu with their tags. */
  read: tagged(portal),

  /** All items of the menu with what guests read about them. */
  readPriced: Effect.map(priced(portal), (items) =>
    items.map(({ price, ...item }): PricedItem => ({ ...item, priceCents: cents(price) }))
  )
})
