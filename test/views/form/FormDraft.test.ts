import { expect, test } from "bun:test"
import { Schema } from "effect"
import { type JsonSchemaDocument, MASK } from "../../../src/domain/Secret.ts"
import { addItem, draftOf, type FormDraft, removeItem } from "../../../src/views/form/FormDraft.ts"
import { formFields } from "../../../src/views/form/FormFields.ts"
import { formValue } from "../../../src/views/form/FormValue.ts"
import { issueLabel } from "../../../src/views/form/IssueLabel.ts"
import { issueText } from "../../../src/views/form/IssueText.ts"
import { tagDishes } from "../../support/tagDishes.ts"

const fields = formFields(tagDishes.inputSchema) ?? []
const example = tagDishes.example()
const draft = draftOf(fields, example)

const names = (of: FormDraft) => [...of].filter(([path]) => path.endsWith("name")).map(([, text]) => text)

test("gives back the input that a form was filled with", () => {
  const full = { ...(example as object), limit: 3, pace: "careful", extra: { a: [1, null] } }

  expect(formValue(fields, draftOf(fields, full))).toEqual({ value: full, issues: [] })
})

test("shows a masked secret as an empty box", () => {
  expect(draftOf(fields, { portal: { password: MASK } }).get("portal.password")).toBe("")
})

test("leaves empty boxes out and keeps wrong text for the job type to refuse", () => {
  const typed = new Map([
    ["limit", "many"],
    ["pace", "wild"],
    ["dishes.length", "0"],
    ["restaurantId", ""]
  ])

  expect(formValue(fields, typed).value).toEqual({
    portal: {},
    dishes: [],
    overwrite: false,
    limit: "many",
    pace: "wild"
  })
})

test("leaves an optional yes or no out until somebody chooses, and keeps a chosen no", () => {
  const settings = Schema.Struct({ on: Schema.optionalKey(Schema.Boolean), must: Schema.Boolean })
  const schema = Schema.Struct({ plain: Schema.optionalKey(Schema.Boolean), group: Schema.optionalKey(settings) })
  const boxes = formFields(Schema.toJsonSchemaDocument(schema) as JsonSchemaDocument) ?? []
  const again = (value: unknown) => formValue(boxes, draftOf(boxes, value)).value

  expect(again({})).toEqual({})
  expect(again({ group: { must: false } })).toEqual({})
  for (const value of [{ plain: false }, { plain: true }, { group: { on: false, must: false } }]) {
    expect(again(value)).toEqual(value)
  }
})

test("says which box does not hold JSON", () => {
  expect(formValue(fields, new Map([["extra", "{"]])).issues).toEqual([
    { path: "extra", message: "This is not valid JSON." }
  ])
})

test("rounds no whole number", () => {
  const typed = new Map([
    ["limit", "9007199254740993"],
    ["extra", '{"id":9007199254740993}']
  ])
  const { issues, value } = formValue(fields, typed)

  expect(value.limit).toBe("9007199254740993")
  expect(issues).toEqual([{ path: "extra", message: expect.stringContaining("where numbers are rounded") }])
})

test("adds an empty item and moves later items up when one is removed", () => {
  const two = new Map([...addItem(draft, "dishes"), ["dishes[1].name", "Tofu"]])

  const one = removeItem(two, "dishes[0]")

  expect(names(two)).toEqual(["Miso soup", "Tofu"])
  expect(names(one)).toEqual(["Tofu"])
  expect(one.get("dishes.length")).toBe("1")
  expect(removeItem(draft, "nonsense")).toBe(draft)
})

test("does not trust the length that a form claims", () => {
  const claimed = (length: string) => formValue(fields, new Map([["dishes.length", length]])).value.dishes

  expect(claimed("1e9")).toHaveLength(200)
  expect(claimed("-1")).toEqual([])
  expect(claimed("x")).toEqual([])
})

test("names the box of an issue and words it for people", () => {
  expect(issueLabel(fields, "dishes[1].tags[0]")).toBe("Dishes 2 · Tags")
  expect(issueLabel(fields, "portal.password")).toBe("Portal · Password")
  expect(issueLabel(fields, "unknown")).toBe("unknown")
  expect(issueText({ path: "", message: "Missing key" })).toBe("Fill this in.")
  expect(issueText({ path: "", message: "Expected a value with a length of at most 9" })).toBe("Give at most 9.")
  expect(issueText({ path: "", message: "Expected number" })).toBe("Expected number.")
})
