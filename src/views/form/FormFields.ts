/**
 * What a form must ask, read from a job type's JSON Schema. A field's path is written as issues write it
 * (`tags[0].name`), so that an error finds its field. What the generator cannot draw becomes a JSON box.
 */
import { isSecretNode, type JsonSchemaDocument, type JsonSchemaNode, resolveNode } from "../../domain/Secret.ts"

interface FieldWords {
  /** Key within its object. */
  readonly key: string
  readonly label: string
  readonly hint?: string
  readonly required: boolean
}

export interface TextField extends FieldWords {
  /** `textarea`: a text that may have several lines. */
  readonly kind: "text" | "textarea" | "secret" | "lines" | "json"
  readonly inputType: "text" | "email" | "url" | "datetime-local"
  readonly maxLength?: number
}

export interface NumberField extends FieldWords {
  readonly kind: "number"
  readonly whole: boolean
  readonly minimum?: number
  readonly maximum?: number
}

export interface SwitchField extends FieldWords {
  readonly kind: "switch"
}

export interface ChoiceField extends FieldWords {
  readonly kind: "choice"
  readonly options: ReadonlyArray<string | number | boolean>
}

export interface GroupField extends FieldWords {
  readonly kind: "group"
  readonly fields: ReadonlyArray<FormField>
}

/** A list of objects: one fieldset for each. */
export interface ListField extends FieldWords {
  readonly kind: "list"
  readonly fields: ReadonlyArray<FormField>
}

export type FormField = TextField | NumberField | SwitchField | ChoiceField | GroupField | ListField

/** "restaurantId" -> "Restaurant id", "api-key" -> "Api key" */
export const labelOf = (key: string): string => {
  const words = key
    .replace(/([a-z0-9])([A-Z])/gu, "$1 $2")
    .replace(/[-_]+/gu, " ")
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Schemas of checks and annotations are merged into the type that they narrow. */
const merged = (node: JsonSchemaNode, document: JsonSchemaDocument): JsonSchemaNode => {
  const { allOf = [], ...own } = resolveNode(node, document)
  return Object.assign({}, own, ...allOf.map((part) => merged(part, document)))
}

/** `null` and the spellings of infinity are branches that no form offers; what is left may be one plain type. */
const onlyBranch = (node: JsonSchemaNode, document: JsonSchemaDocument): JsonSchemaNode => {
  const branches = (node.anyOf ?? node.oneOf)?.map((branch) => merged(branch, document))
  if (branches === undefined) return node
  const left = branches.filter(
    (branch, _, all) => branch.type !== "null" && !(branch.enum?.includes("Infinity") && all.length > 1)
  )
  const { anyOf: _, oneOf: __, ...words } = node
  return left.length === 1 ? { ...left[0], ...words } : node
}

const isPlain = (value: unknown): value is string | number => typeof value === "string" || typeof value === "number"

const inputTypeOf = (format: string | undefined): TextField["inputType"] => {
  if (format === "email") return "email"
  return format === "uri" || format === "url" ? "url" : "text"
}

const stringKind = (node: JsonSchemaNode): TextField["kind"] => {
  if (isSecretNode(node)) return "secret"
  return node.format === "textarea" ? "textarea" : "text"
}

const stringField = (words: FieldWords, node: JsonSchemaNode): FormField => ({
  ...words,
  kind: stringKind(node),
  inputType: inputTypeOf(node.format),
  ...(node.maxLength !== undefined && { maxLength: node.maxLength })
})

const numberField = (words: FieldWords, node: JsonSchemaNode): FormField => ({
  ...words,
  kind: "number",
  whole: node.type === "integer",
  ...(node.minimum !== undefined && { minimum: node.minimum }),
  ...(node.maximum !== undefined && { maximum: node.maximum })
})

const plain = (words: FieldWords, kind: "json" | "lines"): FormField => ({ ...words, kind, inputType: "text" })

interface Place {
  readonly document: JsonSchemaDocument
  readonly depth: number
}

const deeper = ({ document, depth }: Place): Place => ({ document, depth: depth + 1 })

const arrayField = (words: FieldWords, node: JsonSchemaNode, place: Place): FormField => {
  const item = onlyBranch(merged(node.items ?? {}, place.document), place.document)
  if (item.properties !== undefined) return { ...words, kind: "list", fields: fieldsOf(item, deeper(place)) }
  return plain(words, item.type === "string" && item.enum === undefined && !isSecretNode(item) ? "lines" : "json")
}

/** A definition that contains itself has no end; below this depth a JSON box takes over. */
const DEEPEST = 5

const wordsOf = (key: string, node: JsonSchemaNode, required: boolean): FieldWords => ({
  key,
  label: node.title ?? labelOf(key),
  ...(node.description && { hint: node.description }),
  required
})

const fieldOf = (words: FieldWords, node: JsonSchemaNode, place: Place): FormField => {
  if (node.enum?.every(isPlain)) return { ...words, kind: "choice", options: node.enum.filter(isPlain) }
  if (node.type === "string") return stringField(words, node)
  if (node.type === "number" || node.type === "integer") return numberField(words, node)
  // A switch cannot say "as it is": one that nobody touched would be sent as false.
  if (node.type === "boolean" && !words.required) return { ...words, kind: "choice", options: [true, false] }
  if (node.type === "boolean") return { ...words, kind: "switch" }
  if (place.depth >= DEEPEST) return plain(words, "json")
  if (node.type === "array") return arrayField(words, node, place)
  if (node.properties === undefined) return plain(words, "json")
  return { ...words, kind: "group", fields: fieldsOf(node, deeper(place)) }
}

const fieldsOf = (parent: JsonSchemaNode, place: Place): ReadonlyArray<FormField> =>
  Object.entries(parent.properties ?? {}).map(([key, child]) => {
    const node = onlyBranch(merged(child, place.document), place.document)
    return fieldOf(wordsOf(key, node, parent.required?.includes(key) ?? false), node, place)
  })

/** Whether the input, or one of the forms that it may take, has the property. */
export const mayHave = (key: string, document: JsonSchemaDocument, schema = document.schema): boolean => {
  const { anyOf = [], oneOf = [], properties = {} } = merged(schema, document)
  return Object.hasOwn(properties, key) || [...anyOf, ...oneOf].some((branch) => mayHave(key, document, branch))
}

/** The fields of a whole input, or undefined when it is not an object that a form could ask for. */
export const formFields = (document: JsonSchemaDocument): ReadonlyArray<FormField> | undefined => {
  const node = onlyBranch(merged(document.schema, document), document)
  return node.properties === undefined ? undefined : fieldsOf(node, { document, depth: 0 })
}
