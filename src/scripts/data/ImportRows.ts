/** The rows of an import as inputs of its job type, in the order of the file, each with what is wrong with it. */
import { Effect, Option, Predicate, Schema, Stream } from "effect"
import { type FileRecord, tooManyCells } from "../../domain/csv.ts"
import type { FatalError } from "../../domain/JobError.ts"
import type { InputIssue, JobType } from "../../domain/JobType.ts"
import { isTooDeep, MOST_LEVELS } from "../../domain/jsonDepth.ts"
import {
  type ColumnMapping,
  fieldsOf,
  hasField,
  makeRowReader,
  noColumnKnown,
  placeOf,
  placeProblem,
  type ReadRow,
  shortName
} from "../../domain/RowMapping.ts"
import { hasRoundedInteger } from "../../domain/roundedInteger.ts"
import { secretAmong, secretIn, secretRefusal } from "../../domain/secretFields.ts"
import { type ImportFormat, readerOf, recordsOf, refuse } from "./records.ts"

export interface ImportedRow {
  readonly line: number
  readonly input: unknown
  /** Everything that is wrong, in one line; absent for a good row. */
  readonly reason?: string
}

export interface ImportSource {
  readonly format: ImportFormat
  readonly type: JobType
  readonly mapping: ReadonlyArray<ColumnMapping>
  /** Fields that all rows have, at any depth; a row's own win. */
  readonly common: Readonly<Record<string, unknown>>
}

const SECRETS_HINT = "Take it out of the file and of what all rows have."

const parseLine = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json)))

/** Names of columns that are told. */
const MOST_NAMES = 50

const namesText = (names: ReadonlyArray<string>): string =>
  [...names.slice(0, MOST_NAMES).map(shortName), ...(names.length > MOST_NAMES ? ["…"] : [])].join(", ")

/** A column, and the field that it fills; none where it is left out, or no field is called so. */
export interface FileColumn {
  readonly column: string
  readonly field: string | undefined
}

/** `tags` and `tags[0]` of `tags[0].name`. */
const aroundIt = (place: string): ReadonlyArray<string> =>
  [...place.matchAll(/[.[]/gu)].map(({ index }) => place.slice(0, index))

/** Two columns of one field, or one of a whole and one of its part: one of them would win without a word. */
const collisionIn = (columns: ReadonlyArray<FileColumn>): string | undefined => {
  const seen = new Map<string, string>()
  for (const { column, field } of columns) {
    if (field === undefined) continue
    const [name, before] = [shortName(column), seen.get(placeOf(field))]
    if (before !== undefined) return `The columns “${before}” and “${name}” are the same field.`
    seen.set(placeOf(field), name)
  }
  for (const [place, name] of seen) {
    const around = aroundIt(place).find((each) => seen.has(each))
    if (around !== undefined) return `The column “${name}” is a part of the column “${seen.get(around)}”.`
  }
  return undefined
}

/** Whether columns find their fields is a matter of the whole file. */
export const columnsOf = (
  { mapping, type }: ImportSource,
  header: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<FileColumn>, FatalError> =>
  Effect.gen(function* () {
    const missing = mapping.find(({ column }) => !header.includes(column))
    if (missing) {
      return yield* refuse(`The file has no column “${missing.column}”.`, `Its columns are: ${namesText(header)}.`)
    }
    const wrong = mapping.find(({ field }) => field !== "" && !hasField(type.inputSchema, field))
    if (wrong) return yield* refuse(`${type.title} has no field “${wrong.field}”.`, "Mend the mapping.")
    const found = fieldsOf(type.inputSchema, header, mapping)
    const fields = found.filter((field) => field !== undefined)
    if (fields.length === 0) {
      const { hint, message } = noColumnKnown(type.inputSchema)
      return yield* refuse(message, hint)
    }
    const problem = fields.map(placeProblem).find((each) => each !== undefined)
    if (problem !== undefined) return yield* refuse(problem, "Mend the file, then start a new import.")
    const columns = header.map((column, index) => ({ column, field: found[index] }))
    const collision = collisionIn(columns)
    if (collision !== undefined) {
      return yield* refuse(collision, "Take one of them out of the file, or leave it out by mapping it to nothing.")
    }
    const secret = secretAmong(type.inputSchema, fields)
    if (secret !== undefined) return yield* refuse(secretRefusal(secret), SECRETS_HINT)
    return columns
  })

const rowOf = (
  { cells, line }: FileRecord,
  columns: ReadonlyArray<FileColumn>,
  read: (cells: ReadonlyArray<string>) => ReadRow
) => {
  const reason = tooManyCells(cells, columns)
  if (reason !== undefined) return { line, input: undefined, reason }
  const row = read(cells)
  return "problem" in row ? { line, input: undefined, reason: row.problem } : { line, input: row.input }
}

/** A line of NDJSON. */
const documentOf = (type: JobType, { cells, line }: FileRecord): ImportedRow => {
  const [text = ""] = cells
  if (isTooDeep(text))
    return { line, input: undefined, reason: `Lists and objects are in more than ${MOST_LEVELS} levels.` }
  if (hasRoundedInteger(text))
    return { line, input: undefined, reason: "A whole number is too large to be kept exactly: write it as a text." }
  return Option.match(parseLine(text), {
    onNone: () => ({ line, input: undefined, reason: "The line is no JSON object." }),
    onSome: (input) => {
      const secret = secretIn(type.inputSchema, input)
      return secret === undefined ? { line, input } : { line, input: undefined, reason: secretRefusal(secret) }
    }
  })
}

/** Lists are one value: of two, nobody could say which items belong together. */
const merged = (common: unknown, own: unknown): unknown =>
  Predicate.isObject(common) && Predicate.isObject(own)
    ? Object.fromEntries([
        ...Object.entries(common),
        ...Object.entries(own).map(([key, value]) => [
          key,
          Object.hasOwn(common, key) ? merged(common[key], value) : value
        ])
      ])
    : own

const candidatesOf = <E>(source: ImportSource, text: Stream.Stream<string, E>) => {
  const { common, format, type } = source
  const reader = readerOf(format)
  const records = Stream.flattenIterable(recordsOf(text, reader))
  const withCommon = (row: ImportedRow): ImportedRow =>
    row.reason === undefined ? { ...row, input: merged(common, row.input) } : row
  if (format === "ndjson") {
    return Stream.map(records, (record) => withCommon(documentOf(type, record)))
  }
  let read: ((record: FileRecord) => ImportedRow) | undefined
  return records.pipe(
    Stream.mapEffect(
      (record): Effect.Effect<ReadonlyArray<ImportedRow>, FatalError> =>
        Effect.gen(function* () {
          if (read !== undefined) return [withCommon(read(record))]
          const columns = yield* columnsOf(source, record.cells)
          const fields = columns.map(({ field }) => field)
          const readCells = makeRowReader(type.inputSchema, fields, reader.delimiter())
          read = (row) => rowOf(row, columns, readCells)
          return []
        })
    ),
    Stream.flattenIterable
  )
}

const reasonOf = ({ message, path }: InputIssue): string => {
  const said = message === "Missing key" ? "is missing" : message
  return path === "" ? said : `${path}: ${said}`
}

/** Checked by the job type itself. Reasons hold no value of the file, because it may be a secret. */
const checked = ({ type }: ImportSource, row: ImportedRow): Effect.Effect<ImportedRow> =>
  row.reason !== undefined
    ? Effect.succeed(row)
    : type.parseInput(row.input).pipe(
        Effect.as(row),
        Effect.catch(({ issues }) =>
          Effect.succeed({
            ...row,
            reason: issues.map(reasonOf).join("; ")
          })
        )
      )

/** What all rows have is a matter of the whole file, too. */
export const checkCommon = ({ common, type }: ImportSource) => {
  const secret = secretIn(type.inputSchema, common)
  return secret === undefined ? Effect.void : refuse(secretRefusal(secret), SECRETS_HINT)
}

export const importedRows = <E>(source: ImportSource, text: Stream.Stream<string, E>) =>
  Stream.unwrap(Effect.as(checkCommon(source), candidatesOf(source, text))).pipe(
    Stream.mapEffect((row) => checked(source, row))
  )
