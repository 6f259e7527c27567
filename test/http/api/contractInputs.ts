/** Requests that are made from the OpenAPI document: as it says, and wrong in every way that comes to mind. */
import fc from "fast-check"
import type { OpenApiDocument, Operation, SchemaNode } from "../../../src/http/api/OpenApiDocument.ts"

export interface ContractRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Endpoint {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

export const endpointsOf = ({ paths }: OpenApiDocument): ReadonlyArray<Endpoint> =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      operation
    }))
  )

const LONE_SURROGATE = "\ud800"

/** Texts that have broken something somewhere. */
export const hostileTexts: ReadonlyArray<string> = [
  "",
  " ",
  "\0",
  "a\0b",
  LONE_SURROGATE,
  `a${LONE_SURROGATE}b`,
  "'; DROP TABLE script_jobs; --",
  "' OR 1=1 --",
  "$1",
  "%",
  "\\",
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "{{7*7}}",
  "../../etc/passwd",
  "%00",
  "%zz",
  "__proto__",
  "constructor",
  "toString",
  "JOB_20261121_101500_1а2b3c4d",
  "ＪＯＢ_20261121_101500_1a2b3c4d",
  "00000000-0000-0000-0000-000000000000",
  "01912D68-783E-7A3A-8C1E-4F0F2F6B9A10",
  "9999999999999999999999999999",
  "-1",
  "1e309",
  "NaN",
  "0x10",
  "1.5",
  "null",
  "true",
  "2026-02-30T00:00:00Z",
  "0000-01-01T00:00:00Z",
  "-271821-04-20T00:00:00Z",
  "+275760-09-13T00:00:00.001Z",
  "9999-12-31T23:59:60Z",
  "2026-11-21",
  "\u202egnp.exe",
  "a".repeat(300),
  "é".repeat(5_000),
  "👩‍👩‍👧".repeat(100)
]

const hostileText = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: "binary", maxLength: 40 }))

const hostileNumber = fc.constantFrom(-1, 0, 1.5, -0, 2 ** 31, 2 ** 53, 1e308, Number.MIN_SAFE_INTEGER)

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  hostileNumber,
  fc.constantFrom<unknown>(
    null,
    true,
    [],
    {},
    [[]],
    deep(150),
    deep(300),
    Array.from({ length: 2_000 }, () => 0)
  ),
  fc.constant(JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')),
  fc.json({ maxDepth: 3 }).map((text): unknown => JSON.parse(text))
)

const resolve = (document: OpenApiDocument, node: SchemaNode): SchemaNode =>
  node.$ref === undefined ? node : (document.components.schemas[node.$ref.split("/").at(-1)!] ?? {})

/** What the schema allows, more or less: what it cannot say is wrong now and then, which is as good. */
const fittingValue = (document: OpenApiDocument, schema: SchemaNode, depth = 0): fc.Arbitrary<unknown> => {
  const node = resolve(document, schema)
  const inner = (child: SchemaNode) => value(document, child, depth + 1)
  if (node.enum !== undefined) return fc.constantFrom(...node.enum)
  if (node.anyOf !== undefined) return fc.oneof(...node.anyOf.map(inner))
  if (node.format === "date-time") return fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
  if (node.format === "uuid") return fc.uuid()
  if (node.type === "string") return fc.string({ minLength: 1, maxLength: 20 })
  if (node.type === "boolean") return fc.boolean()
  if (node.type === "integer" || node.type === "number") {
    // A request may ask to be held for that many milliseconds.
    return fc.integer({ min: node.minimum ?? 0, max: Math.min(node.maximum ?? 50, 1_000) })
  }
  if (node.type === "array") return fc.array(inner(node.items ?? {}), { maxLength: 3 })
  if (node.properties === undefined || depth > 6) return hostileValue
  return fc.record(Object.fromEntries(Object.entries(node.properties).map(([key, child]) => [key, inner(child)])), {
    requiredKeys: [...(node.required ?? [])]
  })
}

const value = (document: OpenApiDocument, schema: SchemaNode, depth = 0): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 4, arbitrary: fittingValue(document, schema, depth) }, { weight: 1, arbitrary: hostileValue })

const isRecord = (node: unknown): node is Record<string, unknown> =>
  typeof node === "object" && node !== null && !Array.isArray(node)

const placesOf = (node: unknown): ReadonlyArray<ReadonlyArray<string>> =>
  typeof node !== "object" || node === null
    ? []
    : Object.entries(node).flatMap(([key, inner]) => [[key], ...placesOf(inner).map((path) => [key, ...path])])

const replaced = (node: unknown, [key, ...rest]: ReadonlyArray<string>, by: unknown): unknown => {
  if (key === undefined) return by
  if (Array.isArray(node)) return node.map((item, index) => (String(index) === key ? replaced(item, rest, by) : item))
  return isRecord(node) ? { ...node, [key]: replaced(node[key], rest, by) } : node
}

/** An example with one place wrong, or with a field that nobody knows. */
const brokenExample = (example: unknown): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom([], ...placesOf(example)), hostileValue)
      .map(([place, wrong]) => replaced(example, place, wrong)),
    hostileText.map((key) => (isRecord(example) ? { ...example, [key]: 1 } : [example]))
  )

const brokenText = fc.constantFrom(
  "",
  "{",
  "nul",
  "[1,]",
  '{"a":1}{"b":2}',
  "\ufeff{}",
  "[".repeat(100_000),
  '{"__proto__":{"polluted":true}}',
  '"\\ud800"',
  `{"jobType":"${"a".repeat(2_000_000)}"}`
)

const bodyOf = (document: OpenApiDocument, { requestBody }: Operation): fc.Arbitrary<string | undefined> => {
  if (requestBody === undefined) return fc.constant(undefined)
  const { example, schema } = requestBody.content["application/json"] ?? { schema: {} }
  return fc.oneof(
    { weight: 4, arbitrary: brokenExample(example).map((body) => JSON.stringify(body)) },
    { weight: 4, arbitrary: value(document, schema).map((body) => JSON.stringify(body)) },
    { weight: 1, arbitrary: brokenText }
  )
}

const isHeaderText = (text: string) => /^[\t\x20-\x7e\x80-\xff]*$/u.test(text)

export const encodePart = (text: string) => encodeURIComponent(text.toWellFormed())

type Parameters = Operation["parameters"]

/** As a parameter says it. An object may have a `toString` of its own, which is no function. */
export const parameterText = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(parameterText).join(",")
  return isRecord(value) ? JSON.stringify(value) : String(value)
}

const parametersOf = (
  document: OpenApiDocument,
  parameters: Parameters,
  place: string
): fc.Arbitrary<Readonly<Record<string, string>>> =>
  fc.record<Record<string, string>, string>(
    Object.fromEntries(
      parameters
        .filter((parameter) => parameter.in === place)
        .map(({ name, schema }) => [name, value(document, schema).map(parameterText)])
    ),
    { requiredKeys: [] }
  )

/** Any request to the endpoint. `ids` are things that exist. */
export const requestTo = (document: OpenApiDocument, { operation, path }: Endpoint, ids: ReadonlyArray<string>) => {
  const names = [...path.matchAll(/\{(\w+)\}/gu)].map(([, name = ""]) => name)
  const id = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ids) }, { weight: 1, arbitrary: hostileText })
  return fc
    .record({
      ids: fc.tuple(...names.map(() => id)),
      query: parametersOf(document, operation.parameters, "query"),
      unknown: fc.option(hostileText, { freq: 6, nil: undefined }),
      headers: parametersOf(document, operation.parameters, "header"),
      type: fc.oneof(
        { weight: 9, arbitrary: fc.constant("application/json") },
        fc.constantFrom("text/plain", "a/b;;=")
      ),
      body: bodyOf(document, operation)
    })
    .map(({ body, headers, ids: chosen, query, type, unknown }): ContractRequest => {
      const filled = names.reduce((at, name, index) => at.replace(`{${name}}`, () => encodePart(chosen[index]!)), path)
      const search = [...Object.entries(query), ...(unknown === undefined ? [] : [[unknown, "1"] as const])]
        .map(([key, text]) => `${encodePart(key)}=${encodePart(text)}`)
        .join("&")
      const sent = Object.entries(headers).filter(([, text]) => isHeaderText(text))
      return {
        path: search === "" ? filled : `${filled}?${search}`,
        headers: { ...Object.fromEntries(sent), ...(body !== undefined && { "content-type": type }) },
        ...(body !== undefined && { body })
      }
    })
}
