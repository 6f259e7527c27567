/** The rows of an import as inputs of its job type, in the order of the file, each with what is wrong with it. */
import { Effect, Option, Schema, Stream } from "effect"
import type { FatalError } from "../../domain/JobError.ts"
import type { InputIssue, JobType } from "../../domain/JobType.ts"
import { secretAmong, secretIn, secretRefusal } from "../../domain/secretFields.ts"
import { refuse } from "./importFile.ts"
import { type FileRecord, makeCsvReader, makeLineReader, type RecordReader } from "./lineReader.ts"
import { type ColumnMapping, fieldNames, fieldsOf, hasField, inputOf } from "./RowMapping.ts"

export type ImportFormat = "csv" | "ndjson"

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
  /** Fields that all rows have; a row's own win. */
  readonly common: Readonly<Record<string, unknown>>
}

const recordsOf = <E>(text: Stream.Stream<string, E>, reader: RecordReader) =>
  text.pipe(
    Stream.map((piece) => reader.push(piece)),
    Stream.concat(Stream.suspend(() => Stream.make(reader.end()))),
    Stream.mapEffect((records) => {
      const problem = reader.problem()
      return problem === undefined
        ? Effect.succeed(records)
        : Effect.fail(refuse(problem, "Mend the file, then start a new import."))
    }),
    Stream.flattenIterable
  )

const SECRETS_HINT = "Take it out of the file and of what all rows have."

const parseLine = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json)))

/** Whether columns find their fields is a matter of the whole file. */
const checkHeader = ({ mapping, type }: ImportSource, header: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const missing = mapping.find(({ column }) => !header.includes(column))
    if (missing) {
      return yield* refuse(`The file has no column “${missing.column}”.`, `Its columns are: ${header.join(", ")}.`)
    }
    const wrong = mapping.find(({ field }) => field !== "" && !hasField(type.inputSchema, field))
    if (wrong) return yield* refuse(`${type.title} has no field “${wrong.field}”.`, "Mend the mapping.")
    const fields = fieldsOf(type.inputSchema, header, mapping)
    if (fields.every((field) => field === undefined)) {
      return yield* refuse(
        "No column of the file is a field of the job type.",
        `Its first line has to name some of these: ${fieldNames(type.inputSchema).join(", ")}. Map columns with other names.`
      )
    }
    const secret = secretAmong(
      type.inputSchema,
      fields.filter((field) => field !== undefined)
    )
    if (secret !== undefined) return yield* refuse(secretRefusal(secret), SECRETS_HINT)
    return fields
  })

const candidatesOf = <E>(source: ImportSource, text: Stream.Stream<string, E>) => {
  const { common, format, type } = source
  const withCommon = (input: unknown) => ({ ...common, ...(input as object) })
  if (format === "ndjson") {
    return recordsOf(text, makeLineReader()).pipe(
      Stream.map(({ cells, line }: FileRecord) =>
        Option.match(parseLine(cells[0]), {
          onNone: (): ImportedRow => ({ line, input: undefined, reason: "The line is no JSON object." }),
          onSome: (input): ImportedRow => {
            const secret = secretIn(type.inputSchema, input)
            return secret === undefined
              ? { line, input: withCommon(input) }
              : { line, input: undefined, reason: secretRefusal(secret) }
          }
        })
      )
    )
  }
  let fields: ReadonlyArray<string | undefined> | undefined
  return recordsOf(text, makeCsvReader()).pipe(
    Stream.mapEffect(
      ({ cells, line }): Effect.Effect<ReadonlyArray<ImportedRow>, FatalError> =>
        Effect.gen(function* () {
          if (fields === undefined) {
            fields = yield* checkHeader(source, cells)
            return []
          }
          if (cells.length > fields.length) {
            const reason = `The row has ${cells.length} cells, the first line ${fields.length}.`
            return [{ line, input: undefined, reason }]
          }
          return [{ line, input: withCommon(inputOf(type.inputSchema, fields, cells)) }]
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
const checkCommon = ({ common, type }: ImportSource) => {
  const secret = secretIn(type.inputSchema, common)
  return secret === undefined ? Effect.void : refuse(secretRefusal(secret), SECRETS_HINT)
}

export const importedRows = <E>(source: ImportSource, text: Stream.Stream<string, E>) =>
  Stream.unwrap(Effect.as(checkCommon(source), candidatesOf(source, text))).pipe(
    Stream.mapEffect((row) => checked(source, row))
  )
