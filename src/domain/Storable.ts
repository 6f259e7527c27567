/**
 * What PostgreSQL cannot hold is refused with its place, instead of failing in the database: the NUL character and
 * unpaired surrogates (manual, "JSON Types"), and nesting so deep that walking it would overflow the stack.
 */
import { Schema } from "effect"

const DEEPEST = 100

const isStorableText = (text: string) => !text.includes("\u0000") && text.isWellFormed()

/** The text with a sign in the place of what cannot be stored, for texts that cannot be refused. */
export const storableText = (text: string): string => text.toWellFormed().replaceAll("\0", "\ufffd")

/** The same of a name, which is only shown: a NUL in it says nothing to anybody. */
export const storableName = (name: string): string => name.replaceAll("\0", "").toWellFormed()

const TEXT_MESSAGE = "Expected a text without NUL characters and unpaired surrogates"

export interface Unstorable {
  readonly path: ReadonlyArray<PropertyKey>
  readonly issue: string
}

/** The first part of a value that cannot be stored, if there is one. What scripts make may be of any depth. */
export const unstorable = (value: unknown, levels = DEEPEST): Unstorable | undefined => {
  if (typeof value === "string") return isStorableText(value) ? undefined : { path: [], issue: TEXT_MESSAGE }
  if (typeof value !== "object" || value === null) return undefined
  if (levels === 0) return { path: [], issue: `Expected at most ${DEEPEST} levels of nesting` }
  for (const [key, inner] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    if (typeof key === "string" && !isStorableText(key)) return { path: [], issue: TEXT_MESSAGE }
    const found = unstorable(inner, levels - 1)
    if (found !== undefined) return { path: [key, ...found.path], issue: found.issue }
  }
  return undefined
}

/** A text parameter that may reach a query. */
export const StorableText = Schema.String.check(
  Schema.isMaxLength(200),
  Schema.makeFilter((text) => isStorableText(text) || TEXT_MESSAGE)
)
