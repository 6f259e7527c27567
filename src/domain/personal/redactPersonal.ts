/**
 * Takes out of a text what tells who somebody is: names, e-mail and postal addresses, phones, cards, accounts and
 * documents. It goes by form, without a model, so it misses rare names that stand alone; what a job knows to be personal
 * is given to it and always found. How well it does is measured: `bun run redaction`.
 */
import { addressPatterns } from "./addresses.ts"
import { namePatterns } from "./names.ts"
import {
  cardPattern,
  documentPatterns,
  emailPattern,
  ibanPattern,
  isCard,
  isIban,
  isPhone,
  phonePatterns
} from "./numbers.ts"

export type PersonalKind = "email" | "card" | "account" | "document" | "phone" | "address" | "name" | "personal"

export interface PersonalSpan {
  readonly kind: PersonalKind
  readonly from: number
  readonly until: number
}

interface Finder {
  readonly kind: PersonalKind
  readonly pattern: RegExp
  readonly isOne?: (text: string) => boolean
}

/** The first that finds a place has it. */
const finders: ReadonlyArray<Finder> = [
  { kind: "email", pattern: emailPattern },
  { kind: "account", pattern: ibanPattern, isOne: isIban },
  { kind: "card", pattern: cardPattern, isOne: isCard },
  ...documentPatterns.map((pattern): Finder => ({ kind: "document", pattern })),
  ...phonePatterns.map((pattern): Finder => ({ kind: "phone", pattern, isOne: isPhone })),
  ...addressPatterns.map((pattern): Finder => ({ kind: "address", pattern })),
  ...namePatterns.map((pattern): Finder => ({ kind: "name", pattern }))
]

/** Longer texts are looked at in parts, at the ends of lines where there are some. */
const LONGEST_PART = 20_000

const SHORTEST_KNOWN = 3

/** Whole, and each of its words: "Anna Müller" is also "Frau Müller". */
const knownPattern = (known: ReadonlyArray<string>): RegExp | undefined => {
  const words = known
    .flatMap((text) => [text.trim(), ...text.split(/[\s,;]+/u)])
    .filter((word) => word.length >= SHORTEST_KNOWN)
  if (words.length === 0) return undefined
  const sources = [...new Set(words)].toSorted((a, b) => b.length - a.length).map((word) => RegExp.escape(word))
  return new RegExp(`(?<![\\p{L}\\d])(?<is>${sources.join("|")})(?![\\p{L}\\d])`, "dgiu")
}

const spansOf = (text: string, offset: number, all: ReadonlyArray<Finder>): ReadonlyArray<PersonalSpan> => {
  const found: Array<PersonalSpan> = []
  for (const { isOne = () => true, kind, pattern } of all) {
    for (const match of text.matchAll(pattern)) {
      const [from, until] = match.indices?.groups?.is ?? [0, 0]
      const isFree = found.every((span) => until + offset <= span.from || from + offset >= span.until)
      if (isFree && isOne(text.slice(from, until))) found.push({ kind, from: from + offset, until: until + offset })
    }
  }
  return found
}

const partsOf = (text: string): ReadonlyArray<{ readonly part: string; readonly offset: number }> => {
  const parts: Array<{ part: string; offset: number }> = []
  for (let offset = 0; offset < text.length; ) {
    const rest = text.slice(offset, offset + LONGEST_PART)
    const lineEnd = rest.length < LONGEST_PART ? -1 : rest.lastIndexOf("\n")
    const part = lineEnd > 0 ? rest.slice(0, lineEnd + 1) : rest
    parts.push({ part, offset })
    offset += part.length
  }
  return parts
}

const findersFor = (known: ReadonlyArray<string>): ReadonlyArray<Finder> => {
  const pattern = knownPattern(known)
  return pattern === undefined ? finders : [...finders.slice(0, 1), { kind: "personal", pattern }, ...finders.slice(1)]
}

/** In the order of the text. `known`: what is personal in this text for sure. */
export const findPersonal = (text: string, known: ReadonlyArray<string> = []): ReadonlyArray<PersonalSpan> => {
  const all = findersFor(known)
  return partsOf(text)
    .flatMap(({ offset, part }) => spansOf(part, offset, all))
    .toSorted((a, b) => a.from - b.from)
}

/** Puts `[name]`, `[email]` and so on where somebody could be recognised. */
export const makeRedactor =
  (known: ReadonlyArray<string> = []) =>
  (text: string): string => {
    let [redacted, at] = ["", 0]
    for (const { from, kind, until } of findPersonal(text, known)) {
      redacted += `${text.slice(at, from)}[${kind}]`
      at = until
    }
    return redacted + text.slice(at)
  }
