/** From the columns of a file to the input of a job type: names find their fields, texts become what the schema asks for. */
import { Option, Schema } from "effect"
import { isAmbiguous, numberOf } from "./cellNumber.ts"
import { isTooDeep } from "./jsonDepth.ts"
import { hasRoundedInteger } from "./roundedInteger.ts"
import type { JsonSchemaDocument, JsonSchemaNode } from "./Secret.ts"
import { isSecretNode, resolveNode } from "./Secret.ts"

export interface ColumnMapping {
  readonly column: string
  /** A path in the input: `address.city`, `tags[0].name`. Empty: the column is left out. */
  readonly field: string
}

type Json = Schema.Json

/** Items of a list that columns can name. */
const MOST_ITEMS = 1_000

/** Levels of an input that columns reach; schemas may hold themselves. */
const DEEPEST = 12

/** Characters of a name that is told. */
const LONGEST_NAME = 100

const isPlace = (part: string): boolean => /^\d+$/u.test(part)

/** `tags[007]` and `tags.7` are one place. */
const partsOf = (path: string): ReadonlyArray<string> =>
  path
    .split(/[.[\]]+/u)
    .filter((part) => part !== "")
    .map((part) => (isPlace(part) ? String(Number(part)) : part))

const branchesOf = (node: JsonSchemaNode, document: JsonSchemaDocument): ReadonlyArray<JsonSchemaNode> => {
  const whole = resolveNode(node, document)
  const inner = [...(whole.anyOf ?? []), ...(whole.oneOf ?? []), ...(whole.allOf ?? [])]
  return [whole, ...inner.flatMap((each) => branchesOf(each, document))]
}

/** The schemas that may stand at a place of the input; none where there is no such place. */
const nodesAt = (document: JsonSchemaDocument, path: ReadonlyArray<string>): ReadonlyArray<JsonSchemaNode> => {
  if (path.length > DEEPEST) return []
  const below = (node: JsonSchemaNode, part: string): ReadonlyArray<JsonSchemaNode> => {
    // All objects have a "constructor", and that is no field.
    const named = Object.hasOwn(node.properties ?? {}, part) ? node.properties?.[part] : undefined
    const child = isPlace(part) ? node.items : named
    return child === undefined ? [] : branchesOf(child, document)
  }
  // Each schema once, or those that hold themselves in two ways are twice as many at each level.
  return path.reduce<ReadonlyArray<JsonSchemaNode>>(
    (nodes, part) => [...new Set(nodes.flatMap((node) => below(node, part)))],
    branchesOf(document.schema, document)
  )
}

export const hasField = (document: JsonSchemaDocument, path: string): boolean => {
  const parts = partsOf(path)
  return parts.length > 0 && nodesAt(document, parts).length > 0
}

/** A file may have any text for a name. */
export const shortName = (name: string): string =>
  name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name

/** What is wrong with a field that columns cannot reach. */
export const placeProblem = (field: string): string | undefined =>
  partsOf(field).some((part) => isPlace(part) && Number(part) >= MOST_ITEMS)
    ? `“${shortName(field)}”: a list has at most ${MOST_ITEMS.toLocaleString("en")} items here, counted from 0.`
    : undefined

/** The same for all ways to write a field: `tags.7.name` is `tags[7].name`. */
export const placeOf = (field: string): string =>
  partsOf(field)
    .map((part) => (isPlace(part) ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./u, "")

type Types = ReadonlySet<string | undefined>

interface Cell {
  readonly field: string
  readonly path: ReadonlyArray<string>
  readonly types: Types
  /** Of what is in it, where it is a list. */
  readonly items: Types
}

const asksForNumber = (types: Types): boolean => types.has("number") || types.has("integer")

const TRUE = /^(?:true|yes|1)$/iu
const FALSE = /^(?:false|no|0)$/iu

const parsed = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))

/** A text that cannot be what the schema asks for stays as it is: the schema then says what is wrong with it. */
const plain = (text: string, types: Types, delimiter: string): Json => {
  const number = asksForNumber(types) ? numberOf(text, delimiter) : undefined
  // Where texts will do as well, 01234 is one: of a number its zeros would be lost.
  if (number !== undefined && (!types.has("string") || String(number) === text)) return number
  if (types.has("boolean")) {
    if (TRUE.test(text)) return true
    if (FALSE.test(text)) return false
  }
  return text
}

const isJson = (text: string, types: Types): boolean =>
  (types.has("array") || types.has("object")) && /^[[{]/u.test(text)

/** What a cell with a list holds; none where it cannot be one, or is JSON. */
const partsOfList = (text: string, types: Types): ReadonlyArray<string> | undefined =>
  types.has("array") && !types.has("string") && !isJson(text, types)
    ? text
        .split(";")
        .map((part) => part.trim())
        .filter((part) => part !== "")
    : undefined

const typed = (text: string, { items, types }: Cell, delimiter: string): Json => {
  const value = plain(text, types, delimiter)
  if (value !== text) return value
  if (isJson(text, types))
    return isTooDeep(text) || hasRoundedInteger(text) ? text : Option.getOrElse(parsed(text), () => text)
  return partsOfList(text, types)?.map((part) => plain(part, items, delimiter)) ?? text
}

const isUnclear = (text: string, { items, types }: Cell, delimiter: string): boolean =>
  (asksForNumber(types) && !types.has("string") && isAmbiguous(text, delimiter)) ||
  (asksForNumber(items) &&
    !items.has("string") &&
    partsOfList(text, types)?.some((part) => isAmbiguous(part, delimiter)) === true)

/** A part of an input while its columns come, in any order. */
type Growing = Map<string, Growing | Json>

const grown = (value: Growing | Json | undefined): Growing => {
  if (value instanceof Map) return value
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : [])
}

const put = (target: Growing, [part = "", ...rest]: ReadonlyArray<string>, value: Json): void => {
  if (rest.length === 0) {
    target.set(part, value)
    return
  }
  const next = grown(target.get(part))
  target.set(part, next)
  put(next, rest, value)
}

/** A list has the items that columns gave it, in their order: cells are empty in the middle, too. */
const whole = (value: Growing | Json): Json => {
  if (!(value instanceof Map)) return value
  const entries = [...value]
  if (value.size > 0 && entries.every(([part]) => isPlace(part))) {
    return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, each]) => whole(each))
  }
  return Object.fromEntries(entries.map(([key, each]) => [key, whole(each)]))
}

const squeezed = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]+/gu, "")

/** The names that columns can have; fields within fields are reached with a dot behind them. */
const fieldNames = (document: JsonSchemaDocument): ReadonlyArray<string> => [
  ...new Set(
    branchesOf(document.schema, document).flatMap(({ properties = {} }) =>
      Object.keys(properties).filter((name) => !nodesAt(document, [name]).some(isSecretNode))
    )
  )
]

/** The field of each column: as it is mapped, or of the same name, whatever its case and spaces. */
export const fieldsOf = (
  document: JsonSchemaDocument,
  header: ReadonlyArray<string>,
  mapping: ReadonlyArray<ColumnMapping>
): ReadonlyArray<string | undefined> => {
  const named = branchesOf(document.schema, document).flatMap(({ properties = {} }) => Object.keys(properties))
  return header.map((column) => {
    const mapped = mapping.find((each) => each.column === column)
    if (mapped !== undefined) return mapped.field === "" ? undefined : mapped.field
    if (hasField(document, column)) return column
    return named.find((field) => squeezed(field) === squeezed(column))
  })
}

/** Said where no column found a field: the first line then is a title, or its cells are separated by something else. */
export const noColumnKnown = (document: JsonSchemaDocument) => ({
  message: "No column of the file is a field of the job type.",
  hint: `Its first line has to name some of these: ${fieldNames(document).join(", ")}. Map columns with other names.`
})

export type ReadRow =
  | { readonly input: Schema.Json }
  /** What is wrong with the row before any schema looks at it; it quotes no cell. */
  | { readonly problem: string }

/** Reads the rows of a file whose columns are these fields. Empty cells say nothing. */
export const makeRowReader = (
  document: JsonSchemaDocument,
  fields: ReadonlyArray<string | undefined>,
  delimiter: string
): ((cells: ReadonlyArray<string>) => ReadRow) => {
  const typesAt = (path: ReadonlyArray<string>): Types => new Set(nodesAt(document, path).map(({ type }) => type))
  const columns = fields.map((field): Cell | undefined => {
    if (field === undefined) return undefined
    const path = partsOf(field)
    return { field, path, types: typesAt(path), items: typesAt([...path, "0"]) }
  })
  return (cells) => {
    const input: Growing = new Map()
    for (const [index, column] of columns.entries()) {
      const cell = cells[index]
      if (column === undefined || cell === undefined || cell === "") continue
      if (isUnclear(cell, column, delimiter)) {
        return { problem: `${column.field}: A number such as 1.200 can be 1200 or 1.2. Write it in one of these ways` }
      }
      put(input, column.path, typed(cell, column, delimiter))
    }
    return { input: whole(input) }
  }
}
