/** Hides the secrets of one attempt in every text that leaves it, and makes the text one that can be stored. */
import { MASK } from "../domain/Secret.ts"

export type Masker = (text: string) => string

/** A key of many lines is printed line by line. Its short last line tells nothing. */
const SHORTEST_LINE = 8

const longLines = (secret: string) =>
  secret.includes("\n") ? secret.split(/\r?\n/u).filter((line) => line.length >= SHORTEST_LINE) : []

/** Up to this length a secret may be a part of ordinary words, so only whole words are hidden. */
export const SHORT = 4

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/gu, "\\$&")

const eitherCase = (hex: string) => `(?:${hex.toLowerCase()}|${hex.toUpperCase()})`

const NAMED: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" }

/** What JSON writes with a backslash before it, or as a letter after one. */
const ESCAPED: Readonly<Record<string, string>> = {
  '"': '\\\\*"',
  "'": "\\\\*'",
  "/": "\\\\*\\/",
  "\\": "\\\\+",
  "\n": "\n|\\\\+n",
  "\r": "\r|\\\\+r",
  "\t": "\t|\\\\+t"
}

/**
 * One character in all its spellings, because texts mix them: as it is, in JSON (also in a JSON text inside JSON), in a
 * URL or a form, in HTML.
 */
const spellingsOf = (char: string): string => {
  if (/[A-Za-z0-9]/u.test(char)) return char
  const code = char.codePointAt(0)!
  const units = Array.from({ length: char.length }, (_, index) => char.charCodeAt(index).toString(16).padStart(4, "0"))
  const bytes = [...Buffer.from(char)].map((byte) => `%${eitherCase(byte.toString(16).padStart(2, "0"))}`)
  const all = [
    ESCAPED[char] ?? literally(char),
    units.map((unit) => `\\\\+u${eitherCase(unit)}`).join(""),
    bytes.join(""),
    `&#0*${code};`,
    `&#[xX]0*${eitherCase(code.toString(16))};`,
    NAMED[char],
    char === " " ? "\\+" : undefined
  ]
  return `(?:${all.filter((spelling) => spelling !== undefined).join("|")})`
}

export const patternOf = (secret: string): RegExp => {
  const text = [...secret.toWellFormed()].map(spellingsOf).join("")
  return new RegExp(secret.length > SHORT ? text : `(?<![\\p{L}\\p{N}])${text}(?![\\p{L}\\p{N}])`, "gu")
}

export const makeMasker = (secrets: ReadonlyArray<string>): Masker => {
  const all = [...new Set(secrets.flatMap((secret) => [secret, ...longLines(secret)]))]
    .filter((secret) => secret !== "")
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
  /** All that are hidden by now. */
  readonly known: () => ReadonlyArray<string>
}

/** For secrets that come while the attempt runs. Who was given `mask` before hides them too. */
export const makeLearningMasker = (): LearningMasker => {
  const known: Array<string> = []
  let current: Masker = storable
  return {
    mask: (text) => current(text),
    learn: (secrets) => {
      if (secrets.length === 0) return
      // Scripts and pages cut off the space that was pasted around a secret.
      for (const text of secrets.flatMap((secret) => [secret, secret.trim()])) {
        if (text !== "" && !known.includes(text)) known.push(text)
      }
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
