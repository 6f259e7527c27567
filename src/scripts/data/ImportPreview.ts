/** What the check of an import tells besides the bad rows: how the file was understood. */
import { Schema } from "effect"
import { type ColumnMapping, shortName } from "../../domain/RowMapping.ts"
import type { FileColumn, ImportedRow } from "./ImportRows.ts"

/** Good rows that are shown as they were understood. */
const MOST_ROWS = 3

/** Characters of one of them. */
const LONGEST_ROW = 500

/** Columns that are told, of each kind. */
const MOST_COLUMNS = 50

/** Absent in the results of older versions. */
export const previewFields = {
  unused: Schema.optionalKey(
    Schema.Array(Schema.String).annotate({ title: "Columns that were not used", description: "No field is called so." })
  ),
  columns: Schema.optionalKey(
    Schema.Array(Schema.Struct({ column: Schema.String, field: Schema.String })).annotate({
      title: "What the columns became"
    })
  ),
  firstRows: Schema.optionalKey(
    Schema.Array(Schema.Struct({ line: Schema.Int, input: Schema.String })).annotate({
      title: "First good rows, as they were understood"
    })
  )
}

/** What somebody left out on purpose, and columns without a name, are not told. */
const unusedOf = (columns: ReadonlyArray<FileColumn>, mapping: ReadonlyArray<ColumnMapping>) => {
  const leftOut = new Set(mapping.map(({ column }) => column))
  return columns
    .filter(({ column, field }) => field === undefined && column !== "" && !leftOut.has(column))
    .slice(0, MOST_COLUMNS)
    .map(({ column }) => shortName(column))
}

const shortInput = (input: unknown): string => {
  const text = JSON.stringify(input)
  return text.length > LONGEST_ROW ? `${text.slice(0, LONGEST_ROW)}…` : text
}

export interface Understood {
  /** Absent where lines are documents. */
  readonly columns: ReadonlyArray<FileColumn> | undefined
  readonly mapping: ReadonlyArray<ColumnMapping>
  readonly firstRows: ReadonlyArray<ImportedRow>
}

/** Rows are quoted by a check only: an import keeps nothing of its file but the jobs. */
export const previewOf = ({ columns = [], firstRows, mapping }: Understood, dryRun: boolean) => {
  const unused = unusedOf(columns, mapping)
  const used = columns.flatMap(({ column, field }) =>
    field === undefined ? [] : [{ column: shortName(column), field }]
  )
  return {
    ...(unused.length > 0 && { unused }),
    ...(dryRun && used.length > 0 && { columns: used.slice(0, MOST_COLUMNS) }),
    ...(dryRun && { firstRows: firstRows.map(({ input, line }) => ({ line, input: shortInput(input) })) })
  }
}

/** Of the first rows that are good. */
export const firstOf = (good: ReadonlyArray<ImportedRow>): ReadonlyArray<ImportedRow> => good.slice(0, MOST_ROWS)
