import { Effect } from "effect"
import type { Control, Portal } from "./Portal.ts"

/** The colours that the portal offers. */
export const tagColours = ["grey", "red", "orange", "yellow", "green", "blue", "purple"] as const
export type TagColour = (typeof tagColours)[number]

export interface NewTag {
  readonly name: string
  readonly colour?: TagColour | undefined
}

const heading: Control = {
  name: "the heading “Tags”",
  locate: (page) => page.getByRole("heading", { name: "Tags", exact: true })
}
const nameField: Control = {
  name: "the field “Name”",
  locate: (page) => page.getByLabel("Name", { exact: true })
}
const colourChoice: Control = {
  name: "the choice “Colour”",
  locate: (page) => page.getByLabel("Colour", { exact: true })
}
const createButton: Control = {
  name: "the button “Create tag”",
  locate: (page) => page.getByRole("button", { name: "Create tag", exact: true })
}

export const makeTagsPage = (portal: Portal) => ({
  /** Names of all tags of the restaurant. */
  read: portal.open("tags").pipe(
    Effect.andThen(portal.find(heading)),
    Effect.andThen(
      portal.use((page) => page.getByRole("list", { name: "All tags" }).getByRole("listitem").allTextContents())
    ),
    Effect.map((names) => names.map((name) => name.trim()))
  ),

  /** Creates a tag while its page is open. False when the portal refused it: mostly, there is one of that name. */
  create: Effect.fn("TagsPage.create")(function* ({ colour, name }: NewTag) {
    yield* portal.fill(nameField, name)
    yield* portal.find(colourChoice)
    yield* portal.use((page) => colourChoice.locate(page).selectOption(colour ?? "grey"))
    const answer = yield* portal.submit(createButton)
    return answer.status < 400
  })
})
