/** Rows of a CSV text (RFC 4180): quoted fields may hold commas, line breaks and doubled quotes. */
export interface CsvTable {
  readonly columns: ReadonlyArray<string>
  /** Cells in the order of the columns; `line` is where a row begins, counted from 1. */
  readonly rows: ReadonlyArray<{ readonly line: number; readonly cells: ReadonlyArray<string> }>
}

/** Sheets of some countries write semicolons. */
const separatorOf = (text: string): string => {
  const [first = ""] = text.split("\n")
  return first.split(";").length > first.split(",").length ? ";" : ","
}

export const parseCsv = (source: string): CsvTable => {
  const text = source.replace(/^\uFEFF/u, "").replaceAll("\r\n", "\n")
  const separator = separatorOf(text)
  const cell = separator === "," ? /"((?:[^"]|"")*)"[^,\n]*|([^,\n]*)/uy : /"((?:[^"]|"")*)"[^;\n]*|([^;\n]*)/uy
  const rows: Array<{ line: number; cells: Array<string> }> = []
  let at = 0
  let line = 1
  let row = { line, cells: [] as Array<string> }
  while (at <= text.length) {
    cell.lastIndex = at
    const [whole = "", quoted, plain = ""] = cell.exec(text) ?? []
    row.cells.push((quoted?.replaceAll('""', '"') ?? plain).trim())
    line += whole.split("\n").length - 1
    at += whole.length
    if (text[at] !== separator) {
      rows.push(row)
      line += 1
      row = { line, cells: [] }
    }
    at += 1
  }
  const [head, ...rest] = rows
  return { columns: head?.cells ?? [], rows: rest.filter(({ cells }) => cells.some((each) => each !== "")) }
}
