/** CSV as spreadsheets write it. The scripts have a reader of their own: the portal stands for somebody else's system. */

export interface CsvRow {
  /** As spreadsheets count: the first row is 1. */
  readonly row: number
  readonly cells: ReadonlyArray<string>
}

const delimiters = [",", ";", "\t"]

/** Spreadsheets of some countries write semicolons. The first row shows which it is. */
const delimiterOf = (text: string): string => {
  const [first = ""] = text.split(/\r?\n/u, 1)
  const count = (delimiter: string) => first.split(delimiter).length
  return delimiters.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best))
}

/** The rows that hold anything; none when quotes do not fit together. */
export const readCsv = (source: string): ReadonlyArray<CsvRow> | undefined => {
  const text = source.replace(/^\uFEFF/u, "").replace(/(?:\r?\n)+$/u, "")
  const delimiter = delimiterOf(text)
  const cell = new RegExp(
    `(?:"((?:[^"]|"")*)"|([^"${delimiter}\r\n][^${delimiter}\r\n]*|))(${delimiter}|\r?\n|$)`,
    "guy"
  )
  const rows: Array<Array<string>> = [[]]
  let end = 0
  for (const match of text.matchAll(cell)) {
    const [whole, quoted, plain = "", separator] = match
    rows.at(-1)?.push(quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"').trim())
    end = match.index + whole.length
    if (separator === "") break
    if (separator !== delimiter) rows.push([])
  }
  if (end < text.length) return undefined
  return rows.map((cells, index) => ({ row: index + 1, cells })).filter(({ cells }) => cells.some(Boolean))
}
