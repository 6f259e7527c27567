/** The usual controls of a portal page, found and named by their labels. */
import type { Locator, Page } from "playwright"
import type { Control } from "./Portal.ts"

export const heading = (text: string): Control => ({
  name: `the heading “${text}”`,
  locate: (page) => page.getByRole("heading", { name: text, exact: true, level: 1 })
})

export const button = (label: string): Control => ({
  name: `the button “${label}”`,
  locate: (page) => page.getByRole("button", { name: label, exact: true })
})

/** The page says that something is wrong. */
export const anyProblem: Control = {
  name: "a message about a problem",
  locate: (page) => page.getByRole("alert").first()
}

export const link = (label: string): Control => ({
  name: `the link “${label}”`,
  locate: (page) => page.getByRole("link", { name: label, exact: true })
})

/** A field, list or box. `group` is the legend of the fields that it stands among. */
export const field = (label: string, group?: string): Control => ({
  name: group === undefined ? `the field “${label}”` : `the field “${label}” of “${group}”`,
  locate: (page) => {
    const place: Page | Locator = group === undefined ? page : page.getByRole("group", { name: group, exact: true })
    return place.getByLabel(label, { exact: true })
  }
})

/** The rows of a table that have a head: the text of each cell, and where the head's link goes. */
export const rowsOf = (page: Page, caption: string) =>
  page
    .getByRole("table", { name: caption, exact: true })
    .getByRole("row")
    .filter({ has: page.getByRole("rowheader") })
    .evaluateAll((rows: ReadonlyArray<Element>) =>
      rows.map((row) => ({
        path: row.querySelector("th a")?.getAttribute("href") ?? "",
        cells: [...row.children].map((cell) => (cell.textContent ?? "").trim())
      }))
    )
