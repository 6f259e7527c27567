/**
 * Secrets of a job type's example. They open the practice portal, so a form lets people use them, but a page must not
 * show them: an empty secret box, or dots in a JSON text, stand for them.
 */

import { MASK } from "../../domain/Secret.ts"
import type { FormDraft } from "./FormDraft.ts"
import { isRecord, pathOf } from "./FormDraft.ts"
import type { FormField } from "./FormFields.ts"

const secretsOf = (fields: ReadonlyArray<FormField>, example: unknown, parent: string): Array<[string, string]> =>
  fields.flatMap((field): Array<[string, string]> => {
    const known = isRecord(example) ? example[field.key] : undefined
    const path = pathOf(parent, field.key)
    if (field.kind === "group") return secretsOf(field.fields, known, path)
    return field.kind === "secret" && typeof known === "string" ? [[path, known]] : []
  })

/** Path and value of each secret that the example has outside of lists. */
export const exampleSecrets = (fields: ReadonlyArray<FormField>, example: unknown): ReadonlyMap<string, string> =>
  new Map(secretsOf(fields, example, ""))

/** Fills empty secret boxes. */
export const withExampleSecrets = (draft: FormDraft, secrets: ReadonlyMap<string, string>): FormDraft =>
  new Map([...draft, ...[...secrets].filter(([path]) => !draft.get(path))])

/** Puts the example's text wherever the value still has the dots that stood for it. */
export const withoutMasks = (value: unknown, example: unknown): unknown => {
  if (value === MASK) return example
  if (Array.isArray(value)) {
    return value.map((item, index) => withoutMasks(item, Array.isArray(example) ? example[index] : undefined))
  }
  if (!isRecord(value)) return value
  const known = isRecord(example) ? example : {}
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutMasks(inner, known[key])]))
}
