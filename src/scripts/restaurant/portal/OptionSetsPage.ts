import { Effect } from "effect"
import { button, field, heading } from "./Controls.ts"
import type { Control, Portal } from "./Portal.ts"

export interface OptionRules {
  /** How many choices a guest has to take, and may take. */
  readonly min: number
  readonly max: number
}

const title = heading("Options")
const nameField = field("Name")
export const minField: Control = {
  name: "the field “At least”",
  locate: (page) => page.getByRole("spinbutton", { name: "At least", exact: true })
}
export const maxField: Control = {
  name: "the field “At most”",
  locate: (page) => page.getByRole("spinbutton", { name: "At most", exact: true })
}
const createButton = button("Create set")

/** The two fields are the same on the list and on the page of a set. */
export const fillRules = Effect.fn("fillRules")(function* (portal: Portal, { max, min }: OptionRules) {
  yield* portal.fill(minField, String(min))
  yield* portal.fill(maxField, String(max))
})

export const makeOptionSetsPage = (portal: Portal) => ({
  /** Names of all sets with the paths of their pages. */
  read: portal.open("options").pipe(
    Effect.andThen(portal.find(title)),
    Effect.andThen(
      portal.use((page) =>
        page
          .getByRole("rowheader")
          .getByRole("link")
          .evaluateAll((links: ReadonlyArray<Element>) =>
            links
              .filter((link) => link instanceof HTMLAnchorElement)
              .map((link) => ({ name: (link.textContent ?? "").trim(), path: link.pathname }))
          )
      )
    )
  ),

  /** Creates a set while the list is open, which opens its page. False when the portal refused it. */
  create: Effect.fn("OptionSetsPage.create")(function* (name: string, rules: OptionRules) {
    yield* portal.fill(nameField, name)
    yield* fillRules(portal, rules)
    const answer = yield* portal.submit(createButton)
    return answer.status < 400
  })
})
