import { Effect, Schema } from "effect"
import type { Control, Portal } from "./Portal.ts"

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

const heading: Control = {
  name: "the heading “Menu”",
  locate: (page) => page.getByRole("heading", { name: "Menu", exact: true })
}

export const makeMenuPage = (portal: Portal) => ({
  /** All items of the menu with their tags. */
  read: portal.open("menu").pipe(
    Effect.andThen(portal.find(heading)),
    Effect.andThen(
      portal.use((page) =>
        page
          .getByRole("row")
          .filter({ has: page.getByRole("rowheader") })
          .evaluateAll((rows: ReadonlyArray<Element>) =>
            rows.map((row) => ({
              name: (row.querySelector("a")?.textContent ?? "").trim(),
              path: row.querySelector("a")?.pathname ?? "",
              tags: [...row.querySelectorAll("li")].map((tag) => (tag.textContent ?? "").trim())
            }))
          )
      )
    )
  ),

  /** All items of the menu with what guests read about them. */
  readPriced: portal.open("menu").pipe(
    Effect.andThen(portal.find(heading)),
    Effect.andThen(
      portal.use((page) =>
        page
          .getByRole("row")
          .filter({ has: page.getByRole("rowheader") })
          .evaluateAll((rows: ReadonlyArray<Element>) =>
            rows.map((row) => ({
              category: (row.closest("table")?.querySelector("caption")?.textContent ?? "").trim(),
              name: (row.querySelector("a")?.textContent ?? "").trim(),
              description: (row.querySelector("th p")?.textContent ?? "").trim(),
              price: row.querySelector("td")?.textContent ?? ""
            }))
          )
      )
    ),
    Effect.map((items) => items.map(({ price, ...item }): PricedItem => ({ ...item, priceCents: cents(price) })))
  )
})
