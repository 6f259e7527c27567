/**
 * Makes the derived OpenAPI document better to read: descriptions stand where readers look for them, numbers in query
 * strings are numbers, and components have the names of the things.
 */
import { Predicate } from "effect"

type Json = Record<string, unknown>

/** How a number is written in a query string; only integers are taken there. */
const isNumberText = (schema: Json) =>
  schema.type === "string" && typeof schema.pattern === "string" && schema.pattern.startsWith("^[+-]?(?:\\d+")

/** `{ allOf: [{ description }] }` says no more than `{ description }`. */
const withoutWrapper = ({ allOf, ...schema }: Json): Json => {
  if (allOf === undefined) return schema
  const plain =
    Array.isArray(allOf) &&
    allOf.every((part) => Predicate.isObject(part) && Object.keys(part).join() === "description")
  return plain ? Object.assign(schema, ...allOf) : { ...schema, allOf }
}

/** Every integer says these bounds; they are those of the number type and tell a reader nothing. */
const isBoundOfNumbers = ([key, value]: [string, unknown]) =>
  (key === "maximum" && value === Number.MAX_SAFE_INTEGER) || (key === "minimum" && value === Number.MIN_SAFE_INTEGER)

const tidySchema = (schema: Json): Json => {
  if (!isNumberText(schema)) return Object.fromEntries(Object.entries(schema).filter((each) => !isBoundOfNumbers(each)))
  const { pattern, ...rest } = schema
  return { ...rest, type: "integer" }
}

/** The description of a parameter belongs to the parameter. */
const tidyParameter = (parameter: Json): Json => {
  if (!Predicate.isObject(parameter.schema) || typeof parameter.in !== "string") return parameter
  const { description, ...schema } = parameter.schema
  return { ...parameter, ...(description !== undefined && { description }), schema }
}

const tidyNode = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(tidyNode)
  if (!Predicate.isObject(node)) return node
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, tidyNode(value)]))
  return tidyParameter(tidySchema(withoutWrapper(inner)))
}

/** The library names the JSON side of an error class `...Encoded`. */
const plainName = (name: string) => name.replace(/(?:Problem)?Encoded$/u, "Problem")

const PREFIX = "#/components/schemas/"

const renameReferences = (_key: string, value: unknown) =>
  typeof value === "string" && value.startsWith(PREFIX) ? PREFIX + plainName(value.slice(PREFIX.length)) : value

export const tidyOpenApi = (document: Json): Json => {
  const tidy = JSON.parse(JSON.stringify(tidyNode(document), renameReferences)) as Json
  const components = tidy.components as { readonly schemas: Json }
  const schemas = Object.fromEntries(
    Object.entries(components.schemas).map(([name, schema]) => [plainName(name), schema])
  )
  return { ...tidy, components: { ...components, schemas } }
}
