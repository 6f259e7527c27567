/** Rows as lines of a file: CSV as RFC 4180 has it and spreadsheets read it, or a JSON document a line. */
import type { Row, RowValue } from "../../domain/JobRows.ts"

/** At the beginning of a file: Excel reads letters beyond ASCII as those of the system's own code page without it. */
export const BYTE_ORDER_MARK = "\uFEFF"

/** A spreadsheet takes a text that begins like this for a formula, and runs it. */
const FORMULA = /^[=+\-@\t\r]/u

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/u

const cellOf = (value: RowValue | undefined): string => {
  if (value === null || value === undefined) return ""
  if (typeof value !== "string") return String(value)
  // With an apostrophe in front it is shown as it is.
  const text = FORMULA.test(value) ? `'${value}` : value
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export const csvLine = (values: ReadonlyArray<RowValue | undefined>): string => `${values.map(cellOf).join(",")}\r\n`

export const csvRow = (columns: ReadonlyArray<string>, row: Row): string =>
  csvLine(columns.map((column) => row[column]))

export const ndjsonRow = (columns: ReadonlyArray<string>, row: Row): string =>
  `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, row[column] ?? null])))}\n`
