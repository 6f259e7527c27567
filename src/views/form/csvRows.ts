/** The rows of a pasted table, as the reader of files has them. */
import { type FileRecord, makeCsvReader } from "../../domain/csv.ts"

export interface CsvTable {
  readonly columns: ReadonlyArray<string>
  /** Cells in the order of the columns. */
  readonly rows: ReadonlyArray<FileRecord>
  /** Why not all of it could be read. */
  readonly problem: string | undefined
}

export const parseCsv = (text: string): CsvTable => {
  const reader = makeCsvReader()
  const [head, ...rows] = [...reader.push(text), ...reader.end()]
  return { columns: head?.cells.map((cell) => cell.trim()) ?? [], rows, problem: reader.problem() }
}
