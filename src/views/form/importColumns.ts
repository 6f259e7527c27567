/** What a file for a job type has in it: the columns that its fields make, and its example as a row of each format. */
import type { JobType } from "../../domain/JobType.ts"
import { type FormField, formFields } from "./FormFields.ts"

export interface ImportColumns {
  readonly required: ReadonlyArray<string>
  readonly optional: ReadonlyArray<string>
  /** The first line and one row, of the columns that the example fills. */
  readonly csv: string
  readonly ndjson: string
}

interface Column {
  readonly path: string
  readonly required: boolean
  readonly value: unknown
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null

/** Secrets are no columns: files are mailed and kept. */
const columnsOf = (
  fields: ReadonlyArray<FormField>,
  example: unknown,
  parent = { path: "", required: true }
): ReadonlyArray<Column> =>
  fields.flatMap((field): ReadonlyArray<Column> => {
    if (field.kind === "secret") return []
    const path = `${parent.path}${field.key}`
    const required = parent.required && field.required
    const value = isRecord(example) ? example[field.key] : undefined
    if (field.kind === "group") return columnsOf(field.fields, value, { path: `${path}.`, required })
    return [{ path, required, value }]
  })

/** Lists of texts are written with semicolons, everything else that has parts as JSON. */
const cellText = (value: unknown): string => {
  if (typeof value === "string") return value
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value.join(";")
  return JSON.stringify(value)
}

const quoted = (cell: string): string => (/[",;\n]/u.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

const withoutSecrets = (fields: ReadonlyArray<FormField>, example: unknown): unknown => {
  if (!isRecord(example) || Array.isArray(example)) return example
  const secrets = new Set(fields.flatMap(({ key, kind }) => (kind === "secret" ? [key] : [])))
  const groups = new Map(
    fields.flatMap((field) => (field.kind === "group" ? [[field.key, field.fields] as const] : []))
  )
  return Object.fromEntries(
    Object.entries(example)
      .filter(([key]) => !secrets.has(key))
      .map(([key, value]) => [key, withoutSecrets(groups.get(key) ?? [], value)])
  )
}

/** Undefined where the input is no object with fields. */
export const importColumns = ({
  example,
  inputSchema
}: Pick<JobType, "inputSchema" | "example">): ImportColumns | undefined => {
  const fields = formFields(inputSchema)
  if (fields === undefined) return undefined
  const given = example()
  const columns = columnsOf(fields, given)
  const filled = columns.filter(({ value }) => value !== undefined)
  const pathsOf = (all: ReadonlyArray<Column>) => all.map(({ path }) => path)
  return {
    required: pathsOf(columns.filter(({ required }) => required)),
    optional: pathsOf(columns.filter(({ required }) => !required)),
    csv: [pathsOf(filled), filled.map(({ value }) => quoted(cellText(value)))].map((row) => row.join(",")).join("\n"),
    ndjson: JSON.stringify(withoutSecrets(fields, given))
  }
}
