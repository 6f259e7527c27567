/** From the columns of a file to the input of a job type: names find their fields, texts become what the schema asks for. */
import { Option, Schema } from "effect"
import type { JsonSchemaDocument, JsonSchemaNode } from "../../domain/Secret.ts"
import { isSecretNode, resolveNode } from "../../domain/Secret.ts"

export interface ColumnMapping {
  readonly column: string
  /** A path in the input: `address.city`, `tags[0].name`. Empty: the column is left out. */
  readonly field: string
}

type Json = Schema.Json

const partsOf = (path: string): ReadonlyArray<string> => path.split(/[.[\]]+/u).filter((part) => part !== "")

const branchesOf = (node: JsonSchemaNode, document: JsonSchemaDocument): ReadonlyArray<JsonSchemaNode> => {
  const whole = resolveNode(node, document)
  const inner = [...(whole.anyOf ?? []), ...(whole.oneOf ?? []), ...(whole.allOf ?? [])]
  return [whole, ...inner.flatMap((each) => branchesOf(each, document))]
}

/** The schemas that may stand at a place of the input; none where there is no such place. */
const nodesAt = (document: JsonSchemaDocument, path: ReadonlyArray<string>): ReadonlyArray<JsonSchemaNode> =>
  path.reduce<ReadonlyArray<JsonSchemaNode>>(
    (nodes, part) =>
      nodes.flatMap((node) => {
        const child = /^\d+$/u.test(part) ? node.items : node.properties?.[part]
        return child === undefined ? [] : branchesOf(child, document)
      }),
    branchesOf(document.schema, document)
  )

export const hasField = (document: JsonSchemaDocument, path: string): boolean =>
  nodesAt(document, partsOf(path)).length > 0

const TRUE = /^(?:true|yes|1)$/iu
const FALSE = /^(?:false|no|0)$/iu

const parsed = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))

/** A text that cannot be what the schema asks for stays as it is: the schema then says what is wrong with it. */
const typed = (text: string, nodes: ReadonlyArray<JsonSchemaNode>): Json => {
  const types = new Set(nodes.map(({ type }) => type))
  if ((types.has("number") || types.has("integer")) && text.trim() !== "" && Number.isFinite(Number(text)))
    return Number(text)
  if (types.has("boolean")) {
    if (TRUE.test(text)) return true
    if (FALSE.test(text)) return false
  }
  if ((types.has("array") || types.has("object")) && /^[[{]/u.test(text))
    return Option.getOrElse(parsed(text), () => text)
  if (types.has("array") && !types.has("string")) {
    return text
      .split(/[;|]/u)
      .map((part) => part.trim())
      .filter((part) => part !== "")
  }
  return text
}

interface Growing {
  [key: string]: Json | Growing | Array<Json | Growing>
}

const isGrowing = (value: unknown): value is Growing => typeof value === "object" && value !== null

const put = (target: Growing, [part, ...rest]: ReadonlyArray<string>, value: Json): void => {
  if (part === undefined || part === "__proto__") return
  if (rest.length === 0) {
    target[part] = value
    return
  }
  const child = target[part]
  const next = isGrowing(child) ? child : ((/^\d+$/u.test(rest[0]!) ? [] : {}) as Growing)
  target[part] = next
  put(next, rest, value)
}

const squeezed = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]+/gu, "")

/** The names that columns can have; fields within fields are reached with a dot behind them. */
export const fieldNames = (document: JsonSchemaDocument): ReadonlyArray<string> => [
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

/** Empty cells say nothing. */
export const inputOf = (
  document: JsonSchemaDocument,
  fields: ReadonlyArray<string | undefined>,
  cells: ReadonlyArray<string>
): unknown => {
  const input: Growing = {}
  for (const [index, field] of fields.entries()) {
    const cell = cells[index]
    if (field === undefined || cell === undefined || cell === "") continue
    const path = partsOf(field)
    put(input, path, typed(cell, nodesAt(document, path)))
  }
  return input
}
