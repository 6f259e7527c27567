import { Effect } from "effect"
import type { Page } from "playwright"
import { button } from "./Controls.ts"
import type { Control, Portal } from "./Portal.ts"

export interface TagChoice {
  readonly name: string
  readonly isTicked: boolean
}

const tagGroup: Control = {
  name: "the group “Tags”",
  locate: (page) => page.getByRole("group", { name: "Tags", exact: true })
}
const saveButton = button("Save item")
const boxes = (page: Page) => tagGroup.locate(page).getByRole("checkbox")

export const makeItemPage = (portal: Portal) => ({
  /** Opens the item's page and reads which tags it offers. */
  read: Effect.fn("ItemPage.read")(function* (path: string) {
    yield* portal.open(path)
    yield* portal.find(tagGroup)
    return yield* portal.use((page) =>
      boxes(page).evaluateAll(
        (inputs: ReadonlyArray<Element>): ReadonlyArray<TagChoice> =>
          inputs
            .filter((element) => element instanceof HTMLInputElement)
            .map((input) => ({ name: (input.labels?.[0]?.textContent ?? "").trim(), isTicked: input.checked }))
      )
    )
  }),

  /** Ticks tags by their places on the open page, and saves it. False when the portal refused to save. */
  addTags: Effect.fn("ItemPage.addTags")(function* (places: ReadonlyArray<number>) {
    yield* Effect.forEach(places, (place) => portal.use((page) => boxes(page).nth(place).check()))
    const answer = yield* portal.submit(saveButton)
    return answer.status < 400
  })
})
