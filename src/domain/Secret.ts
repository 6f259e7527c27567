/**
 * Secret fields of a job's input. A schema marks them with `Secret`; everything else (sealing before the database,
 * masking in API and board, the password box of a form) follows from the two standard JSON Schema keywords that the
 * mark leaves: `format: password` and `writeOnly: true`.
 */
import { Schema } from "effect"

/** A text that is sealed at rest, shown as dots, and `Redacted` inside a script (`Redacted.value` opens it). */
export const Secret = Schema.RedactedFromValue(
  Schema.String.annotate({ format: "password", writeOnly: true }).check(Schema.isNonEmpty())
)

export const MASK = "••••"

/** The part of JSON Schema that the walkers and forms here read; unknown keywords are ignored. */
export interface JsonSchemaNode {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly format?: string
  readonly writeOnly?: boolean
  readonly enum?: ReadonlyArray<unknown>
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, JsonSchemaNode>>
  readonly required?: ReadonlyArray<string>
  readonly items?: JsonSchemaNode
  readonly anyOf?: ReadonlyArray<JsonSchemaNode>
  readonly oneOf?: ReadonlyArray<JsonSchemaNode>
  readonly allOf?: ReadonlyArray<JsonSchemaNode>
  readonly $ref?: string
  readonly additionalProperties?: boolean | JsonSchemaNode
}

export interface JsonSchemaDocument {
  readonly schema: JsonSchemaNode
  readonly definitions: Readonly<Record<string, JsonSchemaNode>>
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const isSecretNode = (node: JsonSchemaNode): boolean => node.writeOnly === true && node.format === "password"

/** Follows a `$ref` into the document's definitions. */
export const resolveNode = (node: JsonSchemaNode, document: JsonSchemaDocument): JsonSchemaNode => {
  if (node.$ref === undefined) return node
  return document.definitions[decodeURIComponent(node.$ref.split("/").at(-1) ?? "")] ?? {}
}

/** Applies `f` to each value whose schema is marked secret, and leaves the rest as it is. */
export const mapSecrets = (
  document: JsonSchemaDocument,
  value: unknown,
  f: (secret: unknown) => unknown,
  node: JsonSchemaNode = document.schema
): unknown => {
  const schema = resolveNode(node, document)
  if (value === null || value === undefined) return value
  if (isSecretNode(schema)) return f(value)
  const walk = (child: JsonSchemaNode, inner: unknown) => mapSecrets(document, inner, f, child)
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
  const branched = branches.reduce<unknown>((seen, branch) => walk(branch, seen), value)
  if (Array.isArray(branched)) return schema.items ? branched.map((item) => walk(schema.items!, item)) : branched
  if (!isRecord(branched)) return branched
  const rest = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined
  return Object.fromEntries(
    Object.entries(branched).map(([key, inner]) => {
      const child = schema.properties?.[key] ?? rest
      return [key, child ? walk(child, inner) : inner]
    })
  )
}
