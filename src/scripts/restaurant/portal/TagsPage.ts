import { Effect } from "effect"
import { button, field, heading } from "./Controls.ts"
import { sendForm } from "./Form.ts"
import type { Control, Portal } from "./Portal.ts"

/** The colours that the portal offers. */
export const tagColours = ["grey", "red", "orange", "yellow", "green", "blue", "purple"] as const
export type TagColour = (typeof tagColours)[number]

export interface NewTag {
  readonly name: string
  readonly colour?: TagColour | undefined
}

const title = heading("Tags")
const nameField = field("Name")
const colourChoice: Control = {
  name: "the choice “Colour”",
  locate: (page) => page.getByLabel("Colour", { exact: true })
}
const createButton = button("Create tag")

export const makeTagsPage = (portal: Portal) => ({
  /** Names of all tags of the restaurant. */
  read: portal.open("tags").pipe(
    Effect.andThen(portal.find(title)),
    Effect.andThen(
      portal.use((page) => page.getByRole("list", { name: "All tags" }).getByRole("listitem").allTextContents())
    ),
    Effect.map((names) => names.map((name) => name.trim()))
  ),

  /** Creates a tag while its page is open. Gives what the portal said against it: mostly, there is one of that name. */
  create: Effect.fn("TagsPage.create")(function* ({ colour, name }: NewTag) {
    yield* portal.fill(nameField, name)
    yield* portal.find(colourChoice)
    yield* portal.use((page) => colourChoice.locate(page).selectOption(colour ?? "grey"))
    return yield* sendForm(portal, createButton)
  })
})
