/** Reads the records of a file piece by piece where each line is a JSON document. */
import { type FileRecord, LONGEST_RECORD, type RecordReader } from "../../domain/csv.ts"

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
    problem: () => (rest.length > LONGEST_RECORD ? `Line ${line} is longer than a million characters.` : undefined),
    delimiter: () => "\n"
  }
}
