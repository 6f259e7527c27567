/** Hides the secrets of one attempt in every text that leaves it, and makes the text one that can be stored. */
import { MASK } from "../domain/Secret.ts"

export type Masker = (text: string) => string

/** A secret also shows up as it is written in a URL or in JSON. */
const spellings = (secret: string) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]

/** Up to this length a secret may be a part of ordinary words, so only whole words are hidden. */
const SHORT = 4

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&")

const patternOf = (secret: string): RegExp =>
  secret.length > SHORT
    ? new RegExp(literally(secret), "gu")
    : new RegExp(`(?<![\\p{L}\\p{N}])${literally(secret)}(?![\\p{L}\\p{N}])`, "gu")

export const makeMasker = (secrets: ReadonlyArray<string>): Masker => {
  const all = [...new Set(secrets.flatMap(spellings))]
    .filter((spelling) => spelling !== "")
    // The longest first, so that a secret which contains another one is hidden as a whole.
    .toSorted((a, b) => b.length - a.length)
    .map(patternOf)
  return (text) => all.reduce((masked, pattern) => masked.replace(pattern, MASK), storable(text))
}

/** Every text inside a JSON value, and the numbers that are a secret. */
export const maskJson = (mask: Masker, value: unknown): unknown => {
  if (typeof value === "string") return mask(value)
  if (typeof value === "number") return mask(String(value)) === MASK ? MASK : value
  if (Array.isArray(value)) return value.map((item) => maskJson(mask, item))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [mask(key), maskJson(mask, inner)]))
}

export interface LearningMasker {
  readonly mask: Masker
  /** Hides these from now on, too. */
  readonly learn: (secrets: ReadonlyArray<string>) => void
  readonly known: () => ReadonlyArray<string>
}

/** For secrets that come while the attempt runs. Who was given `mask` before hides them too. */
export const makeLearningMasker = (): LearningMasker => {
  const known: Array<string> = []
  let current: Masker = storable
  return {
    mask: (text) => current(text),
    learn: (secrets) => {
      known.push(...secrets)
      current = makeMasker(known)
    },
    known: () => known
  }
}

/** PostgreSQL takes neither the character NUL nor half of a surrogate pair. */
const storable = (text: string): string => text.toWellFormed().replaceAll("\0", "\ufffd")

/** The first `length` UTF-16 units, without cutting a character in two. */
export const shorten = (text: string, length: number): string =>
  text.length <= length ? text : text.slice(0, length).replace(/[\ud800-\udbff]$/u, "")
