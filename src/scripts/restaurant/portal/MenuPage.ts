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
  )
})
