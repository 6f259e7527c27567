/**
 * Event streams in the OpenAPI document. Its version 3.1 has no words for the events of a stream, so each operation lists
 * them with their schemas under `x-events`, and the schemas are components.
 */
import { Schema } from "effect"

type Events = Readonly<Record<string, Schema.Top>>
type Json = Record<string, unknown>

const PREFIX = "#/components/schemas/"

/** `#/$defs/Job` of a schema on its own is `#/components/schemas/Job` in the document. */
const inDocument = (value: unknown) =>
  JSON.parse(JSON.stringify(value), (key, inner: unknown) =>
    key === "$ref" && typeof inner === "string" ? PREFIX + inner.slice(inner.lastIndexOf("/") + 1) : inner
  ) as Json

/** The schema of each, with everything that they refer to by name. */
const documentOf = (schema: Schema.Top) => inDocument(Schema.toJsonSchemaDocument(Schema.toEncoded(schema)))

/** How the document refers to a schema. */
export const schemaIn = (schema: Schema.Top) => documentOf(schema).schema

/** Adds those that no request or answer names. */
export const withComponents = (schemas: ReadonlyArray<Schema.Top>, document: Json): Json => {
  const components = document.components as { readonly schemas: Json }
  const added: Json = Object.assign({}, ...schemas.map((schema) => documentOf(schema).definitions))
  const missing = Object.fromEntries(Object.entries(added).filter(([name]) => !(name in components.schemas)))
  return { ...document, components: { ...components, schemas: { ...components.schemas, ...missing } } }
}

/** Names the events of the operation's stream, with their schemas, and shows what one looks like. */
export const withEvents = (events: Events, example: string) => (operation: Json) => {
  const listed = Object.entries(events).map(([event, schema]) => [event, schemaIn(schema)])
  const responses = operation.responses as Json
  const ok = responses["200"] as Json
  const content = { "text/event-stream": { schema: { type: "string" }, example } }
  return {
    ...operation,
    responses: { ...responses, "200": { ...ok, content } },
    "x-events": Object.fromEntries(listed)
  }
}
