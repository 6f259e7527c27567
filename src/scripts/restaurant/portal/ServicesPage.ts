import { Effect } from "effect"
import { button, field, heading } from "./Controls.ts"
import { makeForm } from "./Form.ts"
import type { Portal } from "./Portal.ts"

export const makeServicesPage = (portal: Portal) => {
  const form = makeForm(portal, { closedDays: field("Closed days") }, button("Save closed days"))
  return {
    /** The closed days as dates like 2030-12-25, in order. */
    readClosedDays: portal.open("services").pipe(
      Effect.andThen(portal.find(heading("Services"))),
      Effect.andThen(form.read),
      Effect.map(({ closedDays }) => String(closedDays).split(/\s+/u).filter(Boolean))
    ),
    /** Saves them while the page is open. Gives what the portal said against it, if it did. */
    saveClosedDays: (dates: ReadonlyArray<string>) => form.save({ closedDays: dates.join("\n") })
  }
}
