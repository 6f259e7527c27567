import { expect, test } from "bun:test"
import { parseTraceParent, traceParentOf } from "../../src/domain/TraceParent.ts"

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const SPAN = "b7ad6b7169203331"

test("reads a trace context, and writes it as it was", () => {
  const span = parseTraceParent(`00-${TRACE}-${SPAN}-01`)

  expect(span).toMatchObject({ traceId: TRACE, spanId: SPAN, sampled: true })
  expect(traceParentOf(span!)).toBe(`00-${TRACE}-${SPAN}-01`)
})

test("keeps the wish of its caller not to be traced", () => {
  expect(parseTraceParent(`00-${TRACE}-${SPAN}-00`)).toMatchObject({ sampled: false })
})

test("reads what a later version says as far as it is known", () => {
  expect(parseTraceParent(`01-${TRACE}-${SPAN}-01-more`)).toMatchObject({ traceId: TRACE, sampled: true })
})

test.each([
  ["nothing", ""],
  ["another version 00 than there is", `00-${TRACE}-${SPAN}-01-more`],
  ["a forbidden version", `ff-${TRACE}-${SPAN}-01`],
  ["a trace of zeros", `00-${"0".repeat(32)}-${SPAN}-01`],
  ["a span of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
  ["capital letters", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ["a trace that is too short", `00-${TRACE.slice(1)}-${SPAN}-01`],
  ["a statement", `00-${TRACE}-${SPAN}-01'; DROP TABLE script_jobs`],
  ["a novel", `01-${TRACE}-${SPAN}-01-${"x".repeat(1_000)}`]
])("takes %s for no trace", (_, text) => {
  expect(parseTraceParent(text)).toBeUndefined()
})
