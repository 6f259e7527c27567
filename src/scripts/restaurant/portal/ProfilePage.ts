import { Effect } from "effect"
import type { Control, Portal } from "./Portal.ts"

const heading: Control = {
  name: "the heading “Restaurant”",
  locate: (page) => page.getByRole("heading", { name: "Restaurant", exact: true })
}

export const makeProfilePage = (portal: Portal) => ({
  /** What the portal knows about the restaurant, by the words it uses: `City` -> `Roma`. */
  read: portal.open("profile").pipe(
    Effect.andThen(portal.find(heading)),
    Effect.andThen(
      portal.use((page) =>
        page
          .getByRole("row")
          .evaluateAll((rows: ReadonlyArray<Element>) =>
            rows.map((row): [string, string] => [
              (row.querySelector("th")?.textContent ?? "").trim(),
              (row.querySelector("td")?.textContent ?? "").trim()
            ])
          )
      )
    ),
    Effect.map((rows): ReadonlyMap<string, string> => new Map(rows))
  )
})
