/**
 * What stands in the boxes of a form, by field path: `tags[0].name` -> "Vegan", and `tags.length` -> "2" for lists.
 * A draft is what was typed, right or wrong; of the secrets only those of the example go back to a page.
 */
import { MASK } from "../../domain/Secret.ts"
import type { FormField } from "./FormFields.ts"

export type FormDraft = ReadonlyMap<string, string>

export const pathOf = (parent: string, key: string): string => (parent === "" ? key : `${parent}.${key}`)

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const LONGEST_LIST = 200

export const lengthOf = (draft: FormDraft, path: string): number => {
  const length = Number(draft.get(`${path}.length`) ?? 0)
  return Number.isInteger(length) ? Math.min(LONGEST_LIST, Math.max(0, length)) : 0
}

const textOf = (field: FormField, value: unknown): string => {
  if (value === undefined || value === null) return ""
  if (field.kind === "lines") return Array.isArray(value) ? value.join("\n") : ""
  if (field.kind === "switch") return value === true ? "on" : ""
  if (field.kind === "json") return JSON.stringify(value, null, 2)
  return typeof value === "string" ? value : String(value)
}

const entriesOf = (fields: ReadonlyArray<FormField>, value: unknown, parent: string): Array<[string, string]> => {
  const record = isRecord(value) ? value : {}
  return fields.flatMap((field): Array<[string, string]> => {
    const path = pathOf(parent, field.key)
    const inner = record[field.key]
    if (field.kind === "secret") return [[path, inner === MASK ? "" : textOf(field, inner)]]
    if (field.kind === "group") return entriesOf(field.fields, inner, path)
    if (field.kind !== "list") return [[path, textOf(field, inner)]]
    const items = Array.isArray(inner) ? inner : []
    return [
      [`${path}.length`, String(items.length)],
      ...items.flatMap((item, index) => entriesOf(field.fields, item, `${path}[${index}]`))
    ]
  })
}

/** The draft that shows a value; a masked secret is an empty box. */
export const draftOf = (fields: ReadonlyArray<FormField>, value: unknown): FormDraft =>
  new Map(entriesOf(fields, value, ""))

export const addItem = (draft: FormDraft, path: string): FormDraft =>
  new Map([...draft, [`${path}.length`, String(lengthOf(draft, path) + 1)]])

/** `tags[1]` is item 1 of the list `tags`. */
export const listOfItem = (item: string): string => item.replace(/\[\d+\]$/u, "")

/** `item` is written as in `tags[1]`; later items move up. */
export const removeItem = (draft: FormDraft, item: string): FormDraft => {
  const path = listOfItem(item)
  if (path === item) return draft
  const prefix = `${path}[`
  const removed = Number.parseInt(item.slice(prefix.length), 10)
  const moved = [...draft].flatMap(([name, value]): Array<[string, string]> => {
    if (!name.startsWith(prefix)) return [[name, value]]
    const index = Number.parseInt(name.slice(prefix.length), 10)
    if (index === removed) return []
    const rest = name.slice(name.indexOf("]", prefix.length))
    return [[index > removed ? `${prefix}${index - 1}${rest}` : name, value]]
  })
  return new Map([...moved, [`${path}.length`, String(Math.max(0, lengthOf(draft, path) - 1))]])
}
