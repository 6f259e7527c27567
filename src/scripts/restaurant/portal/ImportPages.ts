/** The portal's three pages of an import: upload, columns, preview. */
import { Effect } from "effect"
import { button, field } from "./Controls.ts"
import { sendForm } from "./Form.ts"
import type { Control, Portal } from "./Portal.ts"

export interface CsvFile {
  readonly name: string
  readonly content: string
}

/** Titles of the file's columns. */
export interface ImportColumns {
  readonly category: string
  readonly name: string
  readonly description: string | undefined
  readonly price: string
}

const uploadHeading: Control = {
  name: "the heading “Import”",
  locate: (page) => page.getByRole("heading", { name: "Import", exact: true })
}
const fileField = field("CSV file")
const previewHeading: Control = {
  name: "the heading “Preview”",
  locate: (page) => page.getByRole("heading", { name: "Preview", exact: true })
}
const done: Control = {
  name: "the words “This file was imported.”",
  locate: (page) => page.getByText("This file was imported.", { exact: true })
}
const column = (name: string): Control => ({
  name: `the choice “${name}”`,
  locate: (page) => page.getByLabel(name, { exact: true })
})

export const makeImportPages = (portal: Portal) => ({
  /** Opens the list of files and gives the newest one of this name that nobody has imported yet. */
  findFile: Effect.fn("ImportPages.findFile")(function* (name: string) {
    yield* portal.open("import")
    yield* portal.find(uploadHeading)
    const files = yield* portal.use((page) =>
      page
        .getByRole("row")
        .filter({ has: page.getByRole("rowheader") })
        .evaluateAll((rows: ReadonlyArray<Element>) =>
          rows.map((row) => ({
            name: (row.querySelector("a")?.textContent ?? "").trim(),
            path: row.querySelector("a")?.pathname ?? "",
            state: (row.querySelector("td")?.textContent ?? "").trim()
          }))
        )
    )
    return files.find((file) => file.name === name && file.state !== "Imported")?.path
  }),

  /** Uploads a file on the open list. Gives the path of its page, or what the portal said against it. */
  upload: Effect.fn("ImportPages.upload")(function* ({ content, name }: CsvFile) {
    yield* portal.find(fileField)
    const file = { name, mimeType: "text/csv", buffer: Buffer.from(content) }
    yield* portal.use((page) => fileField.locate(page).setInputFiles(file))
    const words = yield* sendForm(portal, button("Upload file"))
    if (words !== undefined) return { words }
    return { path: yield* portal.use((page) => Promise.resolve(new URL(page.url()).pathname)) }
  }),

  /** Opens the page of a file and says which column is which. Gives what the portal said against it, if it did. */
  chooseColumns: Effect.fn("ImportPages.chooseColumns")(function* (path: string, columns: ImportColumns) {
    yield* portal.open(path)
    yield* portal.choose(column("Category"), columns.category)
    yield* portal.choose(column("Name"), columns.name)
    yield* portal.choose(column("Description"), columns.description ?? "Not in this file")
    yield* portal.choose(column("Price"), columns.price)
    return yield* sendForm(portal, button("Show preview"))
  }),

  /** Opens the preview and reads which rows the portal does not accept, and whether it imported the file before. */
  readPreview: Effect.fn("ImportPages.readPreview")(function* (path: string) {
    yield* portal.open(`${path}/preview`)
    yield* portal.find(previewHeading)
    const rows = yield* portal.use((page) =>
      page
        .getByRole("row")
        .filter({ has: page.getByRole("rowheader") })
        .evaluateAll((shown: ReadonlyArray<Element>) =>
          shown.map((row) => ({
            row: Number(row.querySelector("td")?.textContent),
            outcome: (row.querySelector("td:last-child")?.textContent ?? "").trim()
          }))
        )
    )
    const isImported = yield* portal.has(done)
    const refused = rows
      .filter(({ outcome }) => outcome.startsWith("Error"))
      .map(({ outcome, row }) => ({ row, problem: outcome.replace(/^Error: /u, "") }))
    return { isImported, refused }
  }),

  /** Imports the file of the open preview. Gives what the portal said against it, if it did. */
  run: sendForm(portal, button("Import rows"))
})
