import { Effect } from "effect"
import { button, field, heading, rowsOf } from "./Controls.ts"
import { makeForm } from "./Form.ts"
import type { Portal } from "./Portal.ts"

export interface ListedZone {
  readonly name: string
  /** Path of the page where it is edited. */
  readonly path: string
  /** Separated by comma and blank. */
  readonly postcodes: string
  readonly fee: string
  readonly minimumOrder: string
}

const fields = {
  name: field("Name"),
  postcodes: field("Postcodes"),
  fee: field("Delivery fee"),
  minimumOrder: field("Minimum order")
}

export const makeZonesPage = (portal: Portal) => ({
  /** All delivery zones. */
  read: portal.open("delivery-zones").pipe(
    Effect.andThen(portal.find(heading("Delivery zones"))),
    Effect.andThen(portal.use((page) => rowsOf(page, "Zones"))),
    Effect.map((rows) =>
      rows.map(({ cells, path }): ListedZone => {
        const [name = "", postcodes = "", fee = "", minimumOrder = ""] = cells
        return { name, path, postcodes, fee, minimumOrder }
      })
    )
  ),
  /** Opens the form of a zone, or that of a new one. */
  open: (zone: ListedZone | undefined) => portal.open(zone?.path ?? "delivery-zones/new"),
  form: makeForm(portal, fields, button("Save zone"))
})
