/** Menus from CSV files: a file is uploaded, its columns are named, its rows are looked at, and then it is imported. */
import type { Database } from "bun:sqlite"
import { type CsvRow, readCsv } from "./csv.ts"
import { compared, type Item, type Menus } from "./Menus.ts"
import { parsePrice } from "./prices.ts"

export const importFields = ["category", "name", "description", "price"] as const
export type ImportField = (typeof importFields)[number]

/** The place of each field's column; none for a description that the file does not have. */
export type Columns = Readonly<Record<ImportField, number | undefined>>

export interface MenuImport {
  readonly id: number
  readonly fileName: string
  readonly content: string
  readonly columns: Columns | null
  readonly isImported: boolean
}

export interface PreviewRow {
  readonly row: number
  readonly category: string
  readonly name: string
  /** None leaves the description of an item as it is. */
  readonly description: string | undefined
  readonly price: string
  readonly priceCents: number
  readonly outcome: "New" | "Changed" | "Same" | "Error"
  readonly problem?: string | undefined
}

export const importTables = `
  CREATE TABLE IF NOT EXISTS imports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    restaurant TEXT NOT NULL REFERENCES restaurants (id) ON DELETE CASCADE,
    file_name TEXT NOT NULL,
    content TEXT NOT NULL,
    columns TEXT,
    is_imported INTEGER NOT NULL DEFAULT 0
  ) STRICT;
`

const LONGEST_NAME = 80

interface ImportRow {
  readonly id: number
  readonly fileName: string
  readonly content: string
  readonly columns: string | null
  readonly isImported: number
}

const fromRow = (row: ImportRow): MenuImport => ({
  ...row,
  columns: row.columns === null ? null : (JSON.parse(row.columns) as Columns),
  isImported: row.isImported === 1
})

const problemWith = (row: Pick<PreviewRow, "category" | "name" | "price" | "priceCents">): string | undefined => {
  if (row.category === "") return "The category is missing."
  if (row.name === "") return "The name is missing."
  if (row.name.length > LONGEST_NAME) return `The name has more than ${LONGEST_NAME} characters.`
  return row.priceCents < 0 ? `“${row.price}” is no price.` : undefined
}

const keyOf = ({ category, name }: Pick<Item, "category" | "name">) => `${compared(category)}\n${compared(name)}`

/** What importing the file now would do, row by row. */
export const previewOf = (file: MenuImport, items: ReadonlyArray<Item>): ReadonlyArray<PreviewRow> => {
  const { columns } = file
  const there = new Map(items.map((item) => [keyOf(item), item]))
  const seen = new Set<string>()
  const toPreview = ({ cells, row }: CsvRow): PreviewRow => {
    const cell = (field: ImportField) => cells[columns?.[field] ?? -1]
    const [category = "", name = "", price = ""] = [cell("category"), cell("name"), cell("price")]
    const description = cell("description")
    const shown = { row, category, name, description, price, priceCents: parsePrice(price) ?? -1 }
    const problem = problemWith(shown) ?? (seen.has(keyOf(shown)) ? "This item is in the file twice." : undefined)
    if (problem !== undefined) return { ...shown, outcome: "Error", problem }
    seen.add(keyOf(shown))
    const item = there.get(keyOf(shown))
    if (item === undefined) return { ...shown, outcome: "New" }
    const isSame = item.priceCents === shown.priceCents && (description ?? item.description) === item.description
    return { ...shown, outcome: isSame ? "Same" : "Changed" }
  }
  return (readCsv(file.content) ?? []).slice(1).map(toPreview)
}

export const makeImports = (database: Database, menus: Menus) => {
  const columns = "id, file_name AS fileName, content, columns, is_imported AS isImported"
  const all = database.query<ImportRow, [string]>(
    `SELECT ${columns} FROM imports WHERE restaurant = ? ORDER BY id DESC LIMIT 50`
  )
  const find = database.query<ImportRow, [string, number]>(
    `SELECT ${columns} FROM imports WHERE restaurant = ? AND id = ?`
  )
  const add = database.query<{ id: number }, [string, string, string]>(
    "INSERT INTO imports (restaurant, file_name, content) VALUES (?, ?, ?) RETURNING id"
  )
  const saveColumns = database.query("UPDATE imports SET columns = ? WHERE id = ?")
  const markImported = database.query("UPDATE imports SET is_imported = 1 WHERE id = ?")

  return {
    /** Newest first. */
    all: (restaurant: string): ReadonlyArray<MenuImport> => all.all(restaurant).map(fromRow),
    find: (restaurant: string, id: number): MenuImport | undefined => {
      const row = find.get(restaurant, id)
      return row === null ? undefined : fromRow(row)
    },
    upload: (restaurant: string, fileName: string, content: string): number =>
      add.get(restaurant, fileName.slice(0, 200), content)?.id ?? 0,
    saveColumns: (id: number, chosen: Columns): void => {
      saveColumns.run(JSON.stringify(chosen), id)
    },
    /** Imports all rows without an error, once. */
    run: database.transaction((restaurant: string, file: MenuImport) => {
      if (file.isImported) return
      for (const row of previewOf(file, menus.items(restaurant))) {
        if (row.outcome === "New" || row.outcome === "Changed") menus.putItem(restaurant, row)
      }
      markImported.run(file.id)
    })
  }
}
