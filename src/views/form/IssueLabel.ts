/** The name of the box that an issue is about, as the form shows it: "Tags 1 · Dish". */
import { pathOf } from "./FormDraft.ts"
import type { FormField } from "./FormFields.ts"

const labelWithin = (fields: ReadonlyArray<FormField>, path: string, parent: string): string | undefined => {
  for (const field of fields) {
    const own = pathOf(parent, field.key)
    const rest = path.slice(own.length)
    if (!path.startsWith(own) || !/^(?:$|[.[])/u.test(rest)) continue
    if (field.kind === "group") return nested(field.label, labelWithin(field.fields, path, own))
    if (field.kind !== "list") return field.label
    const [, index] = /^\[(\d+)\]/u.exec(rest) ?? []
    if (index === undefined) return field.label
    return nested(`${field.label} ${Number(index) + 1}`, labelWithin(field.fields, path, `${own}[${index}]`))
  }
  return undefined
}

const nested = (outer: string, inner: string | undefined): string =>
  inner === undefined ? outer : `${outer} · ${inner}`

/** The path itself where no box is drawn for it. */
export const issueLabel = (fields: ReadonlyArray<FormField>, path: string, parent = ""): string =>
  labelWithin(fields, path, parent) ?? (path === "" ? "Input" : path)
