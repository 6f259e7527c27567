/** Reads the records of a file piece by piece: CSV as RFC 4180 has it and spreadsheets write it, or a JSON document a line. */

export interface FileRecord {
  /** Where it begins, as editors count: the first line is 1. */
  readonly line: number
  readonly cells: ReadonlyArray<string>
}

/** Characters of one record; more is no table, but a quotation mark that is never closed. */
const LONGEST_RECORD = 1_000_000

export interface RecordReader {
  readonly push: (text: string) => ReadonlyArray<FileRecord>
  /** What is left at the end of the file. */
  readonly end: () => ReadonlyArray<FileRecord>
  /** Why reading cannot go on. */
  readonly problem: () => string | undefined
}

const DELIMITERS = [",", ";", "\t"]

/** Spreadsheets of some countries write semicolons. The first line shows which it is. */
const delimiterOf = (line: string): string => {
  const count = (delimiter: string) => line.replaceAll(/"[^"]*"/gu, "").split(delimiter).length
  return DELIMITERS.reduce((best, each) => (count(each) > count(best) ? each : best))
}

/** Every line is one record with one cell. */
export const makeLineReader = (): RecordReader => {
  let [rest, line] = ["", 1]
  const taken = (lines: ReadonlyArray<string>) =>
    lines.map((text) => ({ line: line++, cells: [text.replace(/\r$/u, "")] }))
  const filled = (records: ReadonlyArray<FileRecord>) => records.filter(({ cells }) => cells[0]?.trim() !== "")
  return {
    push: (text) => {
      const lines = (rest + text).split("\n")
      rest = lines.pop() ?? ""
      return filled(taken(lines))
    },
    end: () => filled(taken([rest])),
    problem: () => (rest.length > LONGEST_RECORD ? `Line ${line} is longer than a million characters.` : undefined)
  }
}

export const makeCsvReader = (): RecordReader => {
  let text = ""
  /** How far `text` is read. */
  let at = 0
  let line = 1
  let delimiter: string | undefined

  /** The record at `at`, or undefined when its end is not there yet. */
  const next = (isEnd: boolean): FileRecord | undefined => {
    const cells: Array<string> = []
    const startLine = line
    let [from, lines] = [at, 0]
    for (;;) {
      let cell = ""
      let isQuoted = false
      if (text[from] === '"') {
        isQuoted = true
        let close = from + 1
        for (;;) {
          close = text.indexOf('"', close)
          if (close < 0) {
            if (!isEnd) return undefined
            close = text.length
            break
          }
          if (text[close + 1] !== '"') break
          close += 2
        }
        // The character behind the quotation mark tells whether it closes.
        if (!isEnd && close + 1 >= text.length) return undefined
        cell = text.slice(from + 1, close).replaceAll('""', '"')
        lines += cell.split("\n").length - 1
        from = Math.min(text.length, close + 1)
      }
      let stop = from
      while (stop < text.length && text[stop] !== delimiter && text[stop] !== "\n") stop++
      if (stop >= text.length && !isEnd) return undefined
      const plain = text.slice(from, stop).replace(/\r$/u, "")
      cells.push(isQuoted ? cell + plain.trim() : plain.trim())
      from = stop + 1
      if (stop >= text.length || text[stop] === "\n") {
        at = Math.min(from, text.length)
        line += lines + 1
        return { line: startLine, cells }
      }
    }
  }

  const read = (isEnd: boolean): ReadonlyArray<FileRecord> => {
    const records: Array<FileRecord> = []
    if (delimiter === undefined) {
      text = text.replace(/^\uFEFF/u, "")
      const first = text.indexOf("\n")
      if (first < 0 && !isEnd) return records
      delimiter = delimiterOf(first < 0 ? text : text.slice(0, first))
    }
    while (at < text.length) {
      const record = next(isEnd)
      if (record === undefined) break
      if (record.cells.some((cell) => cell !== "")) records.push(record)
    }
    text = text.slice(at)
    at = 0
    return records
  }

  return {
    push: (more) => {
      text += more
      return read(false)
    },
    end: () => read(true),
    problem: () =>
      text.length > LONGEST_RECORD
        ? `The record at line ${line} is longer than a million characters: a quotation mark is not closed.`
        : undefined
  }
}
