/** Where secrets stand in the input of a job type: rows of files may not have them, because files are kept in clear. */
import { isSecretNode, type JsonSchemaDocument, type JsonSchemaNode, mapSecrets, resolveNode } from "./Secret.ts"

/** Levels of an input; schemas may hold themselves. */
const DEEPEST = 12

const branchesOf = (node: JsonSchemaNode): ReadonlyArray<JsonSchemaNode> => [
  ...(node.anyOf ?? []),
  ...(node.oneOf ?? []),
  ...(node.allOf ?? [])
]

/** Any item of a list. */
const ITEM = "#"

/** "login.password", "keys.#", "headers.*" */
const secretPaths = (document: JsonSchemaDocument): ReadonlyArray<string> => {
  const walk = (node: JsonSchemaNode, path: string, depth: number): ReadonlyArray<string> => {
    const schema = resolveNode(node, document)
    if (isSecretNode(schema)) return [path]
    if (depth === DEEPEST) return []
    const below = (child: JsonSchemaNode, key: string) => walk(child, path === "" ? key : `${path}.${key}`, depth + 1)
    const { additionalProperties: rest } = schema
    return [
      ...branchesOf(schema).flatMap((branch) => walk(branch, path, depth + 1)),
      ...Object.entries(schema.properties ?? {}).flatMap(([key, child]) => below(child, key)),
      ...[...Object.values(schema.patternProperties ?? {}), ...(typeof rest === "object" ? [rest] : [])].flatMap(
        (child) => below(child, "*")
      ),
      ...[...(schema.items ? [schema.items] : []), ...(schema.prefixItems ?? [])].flatMap((child) => below(child, ITEM))
    ]
  }
  return walk(document.schema, "", 0)
}

/** Columns find their fields whatever their case, spaces and quotation marks, and however the parts of a path are separated. */
const squeezed = (path: string): string =>
  path
    .toLowerCase()
    .replaceAll(/[\s_'"‘’“”-]/gu, "")
    .split(/[.[\]]+/u)
    .filter((part) => part !== "")
    .map((part) => (/^\d+$/u.test(part) ? ITEM : part))
    .join(".")

/** Whether one of these fields is a secret, or holds one: the first of them. */
export const secretAmong = (document: JsonSchemaDocument, fields: ReadonlyArray<string>): string | undefined => {
  const secrets = secretPaths(document).map(squeezed)
  return fields.find((field) => {
    const asked = squeezed(field)
    return secrets.some((path) => path === asked || path.startsWith(`${asked}.`))
  })
}

/** The first secret that an input holds. */
export const secretIn = (document: JsonSchemaDocument, input: unknown): string | undefined => {
  const found: Array<string> = []
  mapSecrets(document, input, (secret, path) => {
    found.push(path.join("."))
    return secret
  })
  return found[0]
}

/** Whether no input can do without a secret. */
export const requiresSecret = (document: JsonSchemaDocument): boolean => {
  const needs = (node: JsonSchemaNode, depth: number): boolean => {
    const schema = resolveNode(node, document)
    if (isSecretNode(schema)) return true
    if (depth === DEEPEST) return false
    const inner = (child: JsonSchemaNode) => needs(child, depth + 1)
    const everyOne = (branches: ReadonlyArray<JsonSchemaNode> = []) => branches.length > 0 && branches.every(inner)
    return (
      (schema.required ?? []).some((key) => {
        const child = schema.properties?.[key]
        return child !== undefined && inner(child)
      }) ||
      everyOne(schema.anyOf) ||
      everyOne(schema.oneOf) ||
      (schema.allOf ?? []).some(inner)
    )
  }
  return needs(document.schema, 0)
}

/** For whoever tried it. */
export const secretRefusal = (field: string): string =>
  `“${field}” is a secret. Files are kept in clear, so no row can have one: start these jobs one by one.`
