import { Effect } from "effect"
import { heading } from "./Controls.ts"
import type { Portal } from "./Portal.ts"

const title = heading("Restaurant")

export const makeProfilePage = (portal: Portal) => ({
  /** What the portal knows about the restaurant, by the words it uses: `City` -> `Roma`. */
  read: portal.open("profile").pipe(
    Effect.andThen(portal.find(title)),
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
