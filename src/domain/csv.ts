/** Reads the records of a file piece by piece: CSV as RFC 4180 has it and spreadsheets write it. Pasted tables are read by it, too. */

export interface FileRecord {
  /** Where it begins, as editors count: the first line is 1. */
  readonly line: number
  readonly cells: ReadonlyArray<string>
}

/** What is wrong with a row that says more than there are columns for. */
export const tooManyCells = (cells: ReadonlyArray<unknown>, columns: ReadonlyArray<unknown>): string | undefined =>
  cells.length > columns.length ? `The row has ${cells.length} cells, the first line ${columns.length}.` : undefined

/** Characters of one record; more is no table, but a quotation mark that is never closed. */
export const LONGEST_RECORD = 1_000_000

export interface RecordReader {
  readonly push: (text: string) => ReadonlyArray<FileRecord>
  /** What is left at the end of the file. */
  readonly end: () => ReadonlyArray<FileRecord>
  /** Why reading cannot go on. */
  readonly problem: () => string | undefined
  /** What separates the cells; known with the first record. */
  readonly delimiter: () => string
}

/** Of Windows, of old Macs (Excel still writes them), and of everybody else. */
const LINE_END = /\r\n?|\n/gu

const DELIMITERS = [",", ";", "\t"]

/** A first line by which Excel is told what separates the cells. */
const SEPARATOR_LINE = /^sep=([^\w"\s]|\t)$/iu

/** A quotation mark at the begin of a cell, whatever separates the cells, up to the one that closes it. */
const QUOTED = /(?<=^|[,;\t\r\n]) *"[^"]*(?:""[^"]*)*"/gu

/** The same where that one may still come. */
const QUOTED_SO_FAR = /(?<=^|[,;\t\r\n]) *"[^"]*(?:""[^"]*)*(?:"|$)/gu

/** Spreadsheets of some countries write semicolons, and copy with tabs. The first line shows which it is. */
const delimiterOf = (line: string): string => {
  const count = (delimiter: string) => line.split(delimiter).length
  return DELIMITERS.reduce((best, each) => (count(each) > count(best) ? each : best))
}

export const makeCsvReader = (): RecordReader => {
  let text = ""
  /** How far `text` is read. */
  let at = 0
  let line = 1
  let delimiter: string | undefined
  let isSeparatorNext = false
  let broken: string | undefined

  /** Undefined where the text may go on with the other half of a line end. */
  const endsLine = (stop: number, isEnd: boolean): boolean | undefined => {
    if (text[stop] === "\n") return true
    if (text[stop] !== "\r") return false
    return isEnd || stop + 1 < text.length ? true : undefined
  }

  /** The record at `at`, or undefined when its end is not there yet. */
  const next = (isEnd: boolean): FileRecord | undefined => {
    const cells: Array<string> = []
    let [from, lines] = [at, 0]
    for (;;) {
      const openLine = line + lines
      let cell = ""
      let isQuoted = false
      // Some programs write a blank between a separator and a quotation mark.
      let open = from
      while (text[open] === " ") open++
      if (open >= text.length && !isEnd) return undefined
      if (text[open] === '"') {
        from = open
        isQuoted = true
        let close = from + 1
        for (;;) {
          close = text.indexOf('"', close)
          if (close < 0) {
            if (isEnd) broken = `The quotation mark that opens a cell in line ${openLine} is not closed.`
            return undefined
          }
          if (text[close + 1] !== '"') break
          close += 2
        }
        // The character behind the quotation mark tells whether it closes.
        if (!isEnd && close + 1 >= text.length) return undefined
        cell = text.slice(from + 1, close).replaceAll('""', '"')
        lines += cell.match(LINE_END)?.length ?? 0
        from = Math.min(text.length, close + 1)
      }
      let stop = from
      while (stop < text.length && text[stop] !== delimiter && text[stop] !== "\n" && text[stop] !== "\r") stop++
      if (stop >= text.length && !isEnd) return undefined
      const plain = text.slice(from, stop).trim()
      if (isQuoted && plain !== "") {
        broken = `A quotation mark opens a cell in line ${openLine}, and the next one, in line ${line + lines}, is not at the cell’s end. Inside of a cell, write each of them twice.`
        return undefined
      }
      cells.push(isQuoted ? cell : plain)
      const isLast = stop >= text.length || endsLine(stop, isEnd)
      if (isLast === undefined) return undefined
      from = stop + (text.startsWith("\r\n", stop) ? 2 : 1)
      if (isLast) {
        at = Math.min(from, text.length)
        const startLine = line
        line += lines + 1
        return { line: startLine, cells }
      }
    }
  }

  const read = (isEnd: boolean): ReadonlyArray<FileRecord> => {
    const records: Array<FileRecord> = []
    if (delimiter === undefined) {
      text = text.replace(/^\uFEFF/u, "")
      // What is quoted, line ends too, says nothing of the first line but that there is a cell.
      const lines = text.replaceAll(isEnd ? QUOTED : QUOTED_SO_FAR, '""').split(LINE_END)
      const first = (isEnd ? lines : lines.slice(0, -1)).find((each) => each.trim() !== "")
      if (first === undefined && !isEnd) return records
      const told = SEPARATOR_LINE.exec(first ?? "")?.[1]
      isSeparatorNext = told !== undefined
      delimiter = told ?? delimiterOf(first ?? "")
    }
    while (at < text.length && broken === undefined) {
      const record = next(isEnd)
      if (record === undefined) break
      if (record.cells.every((cell) => cell === "")) continue
      if (!isSeparatorNext) records.push(record)
      isSeparatorNext = false
    }
    text = text.slice(at)
    at = 0
    return records
  }

  return {
    push: (more) => {
      text += more
      // Until the first line ends there is nothing to find, and each look goes over all of it.
      return delimiter === undefined && !/[\r\n]/u.test(more) ? [] : read(false)
    },
    end: () => read(true),
    problem: () =>
      broken ??
      (text.length > LONGEST_RECORD
        ? `The record at line ${line} is longer than a million characters: a quotation mark is not closed.`
        : undefined),
    delimiter: () => delimiter ?? ","
  }
}
