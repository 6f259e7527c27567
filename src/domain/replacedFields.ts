/** Which fields of an input a retry replaced, for people who ask later: names, and never what was in them. */
import { Equal } from "effect"
import { MASK } from "./Secret.ts"

export interface Replacement {
  /** As callers see it: secrets are masks. */
  readonly before: unknown
  readonly after: unknown
  /** As it came: a secret that is not the mask is another one. */
  readonly sent: unknown
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null

const fieldOf = (value: unknown, name: string): unknown =>
  isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined

const namesIn = (...values: ReadonlyArray<unknown>): ReadonlyArray<string> => [
  ...new Set(values.flatMap((value) => (isFields(value) ? Object.keys(value) : [])))
]

const inField = ({ after, before, sent }: Replacement, name: string): Replacement => ({
  before: fieldOf(before, name),
  after: fieldOf(after, name),
  sent: fieldOf(sent, name)
})

const isReplaced = (replacement: Replacement): boolean => {
  const { after, before, sent } = replacement
  if (after === MASK) return before !== MASK || sent !== MASK
  if (!(isFields(before) && isFields(after))) return !Equal.equals(before, after)
  if (Array.isArray(before) !== Array.isArray(after)) return true
  return namesIn(before, after).some((name) => isReplaced(inField(replacement, name)))
}

/** Where the names of fields are of callers' making, they may be anything. */
const NAME = /^[A-Za-z_][\w-]{0,59}$/u
const OTHER = "(another field)"
const MOST_NAMES = 20

export const replacedFields = (replacement: Replacement): ReadonlyArray<string> => {
  const names = namesIn(replacement.before, replacement.after).filter((name) => isReplaced(inField(replacement, name)))
  const shown = [...new Set(names.map((name) => (NAME.test(name) ? name : OTHER)))]
  return shown.length > MOST_NAMES ? [...shown.slice(0, MOST_NAMES), OTHER] : shown
}
