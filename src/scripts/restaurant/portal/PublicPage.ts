import { Effect } from "effect"
import type { Portal } from "./Portal.ts"

/** What guests see of a restaurant. */
export const makePublicPage = (portal: Portal) => ({
  /** How many dishes and services it shows; none of either when it is not open for orders. */
  read: (url: string) =>
    portal.visit(url).pipe(
      Effect.andThen(
        portal.use(async (page) => {
          const entriesOf = (name: string) =>
            page.getByRole("list", { name, exact: true }).getByRole("listitem").count()
          const isOpen = await page.getByText("Open for orders", { exact: true }).isVisible()
          return isOpen
            ? { dishes: await entriesOf("Menu"), services: await entriesOf("Services") }
            : { dishes: 0, services: 0 }
        })
      )
    )
})
