/** The input that a draft means. Empty boxes are absent values; the job type decides whether it can do without them. */
import type { InputIssue } from "../../domain/JobType.ts"
import { isTooDeep } from "../../domain/jsonDepth.ts"
import { hasRoundedInteger, isRoundedInteger } from "../../domain/roundedInteger.ts"
import { type FormDraft, lengthOf, pathOf } from "./FormDraft.ts"
import type { ChoiceField, FormField, GroupField, ListField } from "./FormFields.ts"

export interface FormValue {
  readonly value: Readonly<Record<string, unknown>>
  /** What was wrong before the job type's own checks: text that is not JSON. */
  readonly issues: ReadonlyArray<InputIssue>
}

/** Left out of its object. */
const ABSENT = Symbol("absent")

/** The value of a JSON text, or undefined where it is none, or none that anybody means. */
export const parseJson = (text: string): { readonly value: unknown } | undefined => {
  if (isTooDeep(text) || hasRoundedInteger(text)) return undefined
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** Why `parseJson` gave nothing. */
export const notJson = (text: string): string =>
  hasRoundedInteger(text)
    ? `A whole number is beyond ${Number.MAX_SAFE_INTEGER}, where numbers are rounded: write it as a text.`
    : "This is not valid JSON."

const linesOf = (text: string): ReadonlyArray<string> => text.split("\n").flatMap((line) => line.trim() || [])

const optionOf = ({ options }: ChoiceField, text: string): unknown =>
  options.find((option) => String(option) === text) ?? text

/** What would be rounded stays a text, which the schema refuses. */
const numberOf = (text: string): unknown =>
  Number.isNaN(Number(text)) || isRoundedInteger(text.trim()) ? text : Number(text)

/** A switch that is off does not make an optional group: it always has a value. */
const saysNothing = ({ fields }: GroupField, record: Readonly<Record<string, unknown>>): boolean =>
  fields.every(({ key, kind }) => !(key in record) || (kind === "switch" && record[key] === false))

export const formValue = (fields: ReadonlyArray<FormField>, draft: FormDraft, parent = ""): FormValue => {
  const issues: Array<InputIssue> = []

  const json = (text: string, path: string): unknown => {
    const parsed = parseJson(text)
    if (parsed === undefined) issues.push({ path, message: notJson(text) })
    return parsed?.value
  }
  const record = (inner: ReadonlyArray<FormField>, at: string): Record<string, unknown> =>
    Object.fromEntries(
      inner.flatMap((field) => {
        const value = read(field, pathOf(at, field.key))
        return value === ABSENT ? [] : [[field.key, value]]
      })
    )
  const list = (field: ListField, path: string): unknown => {
    const items = Array.from({ length: lengthOf(draft, path) }, (_, index) => record(field.fields, `${path}[${index}]`))
    return items.length === 0 && !field.required ? ABSENT : items
  }
  const read = (field: FormField, path: string): unknown => {
    const text = draft.get(path) ?? ""
    if (field.kind === "switch") return text !== ""
    if (field.kind === "list") return list(field, path)
    if (field.kind === "group") {
      const inner = record(field.fields, path)
      return !field.required && saysNothing(field, inner) ? ABSENT : inner
    }
    if (field.kind === "lines" && field.required) return linesOf(text)
    if (text.trim() === "") return ABSENT
    if (field.kind === "lines") return linesOf(text)
    if (field.kind === "number") return numberOf(text)
    if (field.kind === "choice") return optionOf(field, text)
    return field.kind === "json" ? json(text, path) : text
  }

  return { value: record(fields, parent), issues }
}
