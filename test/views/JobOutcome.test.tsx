import { expect, test } from "bun:test"
import { JobOutcome } from "../../src/views/JobOutcome.tsx"
import { shown } from "./shown.ts"

const textOf = (node: unknown) =>
  String(node)
    .replaceAll(/<[^>]*>/gu, " ")
    .replaceAll(/\s+/gu, " ")
    .trim()

test("shows texts and numbers of a result, and leaves what is nested to engineers", () => {
  const result = { answer: "First.\n\nSecond.", rows: 1_200, warnings: ["Check it."], days: [{ day: 1 }], none: [] }

  expect(textOf(<JobOutcome shown={shown({ status: "completed", result })} files={[]} />)).toBe(
    "Result Answer First. Second. Rows 1,200 Warnings Check it."
  )
})

test("shows nothing of jobs whose result is for programs", () => {
  expect(textOf(<JobOutcome shown={shown({ status: "completed", result: { answer: "x" } })} />)).toBe("")
})
