/** What a CSV file wants of a menu: which items are new, which change, which rows are no items. Pure. */
import { Schema } from "effect"
import { readCsv } from "./csv.ts"
import { isSameName } from "./Names.ts"
import type { PricedItem } from "./portal/MenuPage.ts"

export interface ColumnNames {
  readonly category: string
  readonly name: string
  readonly description: string
  readonly price: string
}

/** A row of the file that is an item. Without a description, an item keeps the one that it has. */
export interface MenuRow {
  readonly row: number
  readonly category: string
  readonly name: string
  readonly description: string | undefined
  readonly priceCents: number
}

export const RefusedRow = Schema.Struct({
  row: Schema.Int.annotate({ title: "Row", description: "As spreadsheets count: the header is row 1." }),
  problem: Schema.String.annotate({ title: "Problem" })
})
export type RefusedRow = typeof RefusedRow.Type

export interface MenuPlan {
  readonly rows: ReadonlyArray<MenuRow>
  readonly refused: ReadonlyArray<RefusedRow>
}

const LONGEST_NAME = 80
const HIGHEST_CENTS = 1_000_000

/** Cents of `12.5`, `12,50` or `12.50 €`; none when it is no price. */
export const parsePrice = (text: string): number | undefined => {
  const parts = /^(?:€\s*)?(\d{1,6})(?:[.,](\d{1,2}))?(?:\s*(?:€|EUR))?$/u.exec(text.trim())
  if (parts === null) return undefined
  const cents = Number(parts[1]) * 100 + Number((parts[2] ?? "").padEnd(2, "0"))
  return cents <= HIGHEST_CENTS ? cents : undefined
}

const isSameItem = (one: Pick<MenuRow, "category" | "name">, other: Pick<MenuRow, "category" | "name">): boolean =>
  isSameName(one.name, other.name) && isSameName(one.category, other.category)

/** Inner blanks count once, as on a page. */
const text = (cell: string | undefined) => (cell ?? "").trim().replace(/\s+/gu, " ")

const problemWith = (row: Omit<MenuRow, "priceCents">, price: string, before: ReadonlyArray<MenuRow>) => {
  if (row.category === "") return "The category is missing."
  if (row.name === "") return "The name is missing."
  if (row.name.length > LONGEST_NAME) return `The name has more than ${LONGEST_NAME} characters.`
  if (parsePrice(price) === undefined) return price === "" ? "The price is missing." : `“${price}” is no price.`
  return before.some((other) => isSameItem(row, other)) ? "This item is in the file twice." : undefined
}

/** The plan, or a sentence about what is wrong with the file as a whole. */
export const planMenu = (csv: string, names: ColumnNames): MenuPlan | string => {
  const [header, ...body] = readCsv(csv) ?? []
  if (header === undefined) return "The CSV cannot be read: it is empty, or a quotation mark is missing."
  const placeOf = (name: string) => header.cells.findIndex((title) => isSameName(title, name))
  const missing = [names.category, names.name, names.price].filter((name) => placeOf(name) < 0)
  if (missing.length > 0) {
    const [lacks, has] = [missing, header.cells].map((titles) => titles.map((title) => `“${title}”`).join(", "))
    return `The CSV has no column ${lacks}. Its columns are ${has}.`
  }
  if (body.length === 0) return "The CSV has no rows below its header."
  const rows: Array<MenuRow> = []
  const refused: Array<RefusedRow> = []
  for (const { cells, row } of body) {
    const cell = (name: string) => text(cells[placeOf(name)])
    const description = placeOf(names.description) < 0 ? undefined : (cells[placeOf(names.description)] ?? "")
    const item = { row, category: cell(names.category), name: cell(names.name), description }
    const price = cell(names.price)
    const problem = problemWith(item, price, rows)
    if (problem === undefined) rows.push({ ...item, priceCents: parsePrice(price) ?? 0 })
    else refused.push({ row, problem })
  }
  return { rows, refused }
}

/** Titles of the columns that `csvOf` writes. */
export const columnsOf = ({ rows }: MenuPlan) => ({
  category: "category",
  name: "name",
  price: "price",
  description: rows[0]?.description === undefined ? undefined : "description"
})

const quoted = (cell: string) => (/[",;\t\r\n]/u.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

/**
 * The file that the portal gets: the accepted rows alone, as the plan reads them. A portal reads blanks and doubles in
 * ways of its own, and would import from the raw file what the job reports as left out. Items that are there are called
 * as the portal calls them, for the same reason.
 */
export const csvOf = (plan: MenuPlan, menu: ReadonlyArray<PricedItem>): string => {
  const { description: hasDescriptions } = columnsOf(plan)
  const line = ({ category, description, name, price }: Omit<MenuRow, "row" | "priceCents"> & { price: string }) =>
    [category, name, price, ...(hasDescriptions ? [description ?? ""] : [])].map(quoted).join(",")
  return [
    line({ category: "category", name: "name", price: "price", description: "description" }),
    ...plan.rows.map((row) => {
      const { category, name } = menu.find((item) => isSameItem(item, row)) ?? row
      return line({ ...row, category, name, price: (row.priceCents / 100).toFixed(2) })
    })
  ].join("\n")
}

/** Rows of the uploaded file, as the portal counts them, with the places that they have in the input's file. */
export const inInput = (plan: MenuPlan, refused: ReadonlyArray<RefusedRow>): ReadonlyArray<RefusedRow> =>
  refused.map(({ problem, row }) => ({ problem, row: plan.rows[row - 2]?.row ?? row }))

/** Rows of items that the menu lacks, and of items that it shows with another price or description. */
export const differences = (menu: ReadonlyArray<PricedItem>, rows: ReadonlyArray<MenuRow>) => {
  const thereOf = (row: MenuRow) => menu.find((item) => isSameItem(item, row))
  // Both sides keep blanks and line ends as somebody wrote them.
  const isChanged = (row: MenuRow, item: PricedItem) =>
    item.priceCents !== row.priceCents ||
    (row.description !== undefined && text(row.description) !== text(item.description))
  return {
    created: rows.filter((row) => thereOf(row) === undefined),
    changed: rows.filter((row) => {
      const item = thereOf(row)
      return item !== undefined && isChanged(row, item)
    })
  }
}
