/**
 * Secret fields of a job's input. A schema marks them with `Secret`; everything else (sealing before the database,
 * masking in API and board, the password box of a form) follows from the two standard JSON Schema keywords that the
 * mark leaves: `format: password` and `writeOnly: true`.
 */
import { Equal, Predicate, Schema } from "effect"

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
  readonly patternProperties?: Readonly<Record<string, JsonSchemaNode>>
  readonly items?: JsonSchemaNode
  /** The places of a tuple. */
  readonly prefixItems?: ReadonlyArray<JsonSchemaNode>
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

export const isSecretNode = (node: JsonSchemaNode): boolean => node.writeOnly === true && node.format === "password"

/** Follows a `$ref` into the document's definitions. */
export const resolveNode = (node: JsonSchemaNode, document: JsonSchemaDocument): JsonSchemaNode => {
  if (node.$ref === undefined) return node
  return document.definitions[decodeURIComponent(node.$ref.split("/").at(-1) ?? "")] ?? {}
}

/** The schema of one key of an object: its own, that of the first pattern it fits, or that of all other keys. */
const schemaOfKey = (schema: JsonSchemaNode, key: string): JsonSchemaNode | undefined => {
  const own = schema.properties?.[key]
  if (own !== undefined) return own
  const pattern = Object.entries(schema.patternProperties ?? {}).find(([text]) => new RegExp(text, "u").test(key))
  const rest = schema.additionalProperties
  return pattern?.[1] ?? (typeof rest === "object" ? rest : undefined)
}

const withSecrets = new WeakMap<JsonSchemaDocument, boolean>()

/** Whether any part of the document is marked. Most types have no secret, and their inputs need no walk. */
export const hasSecrets = (document: JsonSchemaDocument): boolean => {
  const known = withSecrets.get(document)
  if (known !== undefined) return known
  let found = false
  JSON.stringify(document, (_, part: unknown) => {
    if (Predicate.isObject(part) && isSecretNode(part)) found = true
    return part
  })
  withSecrets.set(document, found)
  return found
}

type SecretMapper = (secret: unknown, path: ReadonlyArray<string | number>) => unknown

/** Applies `f` to each value whose schema is marked secret, and leaves the rest as it is. */
export const mapSecrets = (document: JsonSchemaDocument, value: unknown, f: SecretMapper): unknown =>
  hasSecrets(document) ? mapNode(document, value, f, document.schema, []) : value

const mapNode = (
  document: JsonSchemaDocument,
  value: unknown,
  f: SecretMapper,
  node: JsonSchemaNode,
  path: ReadonlyArray<string | number>
): unknown => {
  const schema = resolveNode(node, document)
  if (value === null || value === undefined) return value
  if (isSecretNode(schema)) return f(value, path)
  const walk = (child: JsonSchemaNode, inner: unknown, ...key: ReadonlyArray<string | number>) =>
    mapNode(document, inner, f, child, [...path, ...key])
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
  const branched = branches.reduce<unknown>((seen, branch) => walk(branch, seen), value)
  if (Array.isArray(branched)) {
    return branched.map((item, index) => {
      const child = schema.prefixItems?.[index] ?? schema.items
      return child ? walk(child, item, index) : item
    })
  }
  if (!Predicate.isObject(branched)) return branched
  return Object.fromEntries(
    Object.entries(branched).map(([key, inner]) => {
      const child = schemaOfKey(schema, key)
      return [key, child ? walk(child, inner, key) : inner]
    })
  )
}

/** Schemas that `mapSecrets` walks into from this one. */
const childrenOf = (node: JsonSchemaNode): ReadonlyArray<JsonSchemaNode> => [
  ...Object.values(node.properties ?? {}),
  ...Object.values(node.patternProperties ?? {}),
  ...(typeof node.additionalProperties === "object" ? [node.additionalProperties] : []),
  ...(node.items ? [node.items] : []),
  ...(node.prefixItems ?? []),
  ...(node.anyOf ?? []),
  ...(node.oneOf ?? []),
  ...(node.allOf ?? [])
]

const allSecrets = (value: unknown): ReadonlyArray<unknown> => {
  if (typeof value !== "object" || value === null) return []
  return [...(isSecretNode(value) ? [value] : []), ...Object.values(value).flatMap(allSecrets)]
}

/** Whether a schema or anything in it is marked secret. */
const holdsSecret = (
  document: JsonSchemaDocument,
  node: JsonSchemaNode,
  seen: Set<JsonSchemaNode> = new Set()
): boolean => {
  const schema = resolveNode(node, document)
  if (seen.has(schema)) return false
  seen.add(schema)
  return isSecretNode(schema) || childrenOf(schema).some((child) => holdsSecret(document, child, seen))
}

/** What the document says about `login.password`: whether there is such a place, and a secret at or below it. */
export const placeInSchema = (document: JsonSchemaDocument, path: string) => {
  const spread = (node: JsonSchemaNode): ReadonlyArray<JsonSchemaNode> => {
    const schema = resolveNode(node, document)
    const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
    return [schema, ...branches.flatMap(spread)]
  }
  const nodes = path
    .split(".")
    .reduce<ReadonlyArray<JsonSchemaNode>>(
      (at, key) => at.flatMap(spread).flatMap((schema) => schemaOfKey(schema, key) ?? []),
      [document.schema]
    )
  return { isThere: nodes.length > 0, holdsSecret: nodes.some((node) => holdsSecret(document, node)) }
}

/** Whether the document marks a secret at a place that `mapSecrets` does not reach, where it would stay readable. */
export const hasUnreachableSecret = (document: JsonSchemaDocument): boolean => {
  const reached = new Set<unknown>()
  const visit = (node: JsonSchemaNode): void => {
    const schema = resolveNode(node, document)
    if (reached.has(schema)) return
    reached.add(schema)
    if (!isSecretNode(schema)) for (const child of childrenOf(schema)) visit(child)
  }
  visit(document.schema)
  return allSecrets([document.schema, document.definitions]).some((secret) => !reached.has(secret))
}

const at = (value: unknown, path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      (Predicate.isObject(inner) || Array.isArray(inner)) && Object.hasOwn(inner, key)
        ? Reflect.get(inner, key)
        : undefined,
    value
  )

/**
 * Puts stored (sealed) secrets back into an input that was shown with masks: a secret that still is the mask takes the
 * stored value of the same place. `seal` is applied to all others, also to a mask for which there is nothing: in a list,
 * an item keeps its secrets only while the rest of it is what it was, because another one may have its place now.
 */
export const keepMasked = (
  document: JsonSchemaDocument,
  input: unknown,
  stored: unknown,
  seal: (secret: unknown, path: ReadonlyArray<string | number>) => unknown
): unknown => {
  const before = mapSecrets(document, stored, () => MASK)
  const masked = mapSecrets(document, input, () => MASK)
  const isSameItem = (path: ReadonlyArray<string | number>) =>
    path.every((key, index) => {
      const item = path.slice(0, index + 1)
      return typeof key !== "number" || Equal.equals(at(before, item), at(masked, item))
    })
  return mapSecrets(document, input, (secret, path) => {
    const kept = secret === MASK && isSameItem(path) ? at(stored, path) : undefined
    return kept ?? seal(secret, path)
  })
}
