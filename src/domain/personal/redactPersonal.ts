/**
 * Takes out of a text what tells who somebody is: names, e-mail and postal addresses, phones, cards, accounts and
 * documents. It goes by form, without a model, so it misses rare names that stand alone; what a job knows to be personal
 * is given to it and always found. How well it does is measured: `bun run redaction`.
 */
import { addressPatterns } from "./addresses.ts"
import { isPerson, namePatterns } from "./names.ts"
import {
  cardPattern,
  documentPatterns,
  emailPattern,
  ibanPattern,
  isCard,
  isDocument,
  isIban,
  isPhone,
  isSpanish,
  isSwedish,
  labelledDocument,
  phonePatterns,
  spanishPattern,
  swedishPattern
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
  /** `before`: the end of what stands in front of it. */
  readonly isOne?: (text: string, before: string) => boolean
}

/** Characters of it. */
const BEFORE = 32

/** The first that finds a place has it, until another finds more around it: the number of an address is no phone. */
const finders: ReadonlyArray<Finder> = [
  { kind: "email", pattern: emailPattern },
  { kind: "account", pattern: ibanPattern, isOne: isIban },
  { kind: "card", pattern: cardPattern, isOne: isCard },
  ...documentPatterns.map((pattern): Finder => ({ kind: "document", pattern })),
  { kind: "document", pattern: labelledDocument, isOne: isDocument },
  { kind: "document", pattern: spanishPattern, isOne: isSpanish },
  { kind: "document", pattern: swedishPattern, isOne: isSwedish },
  ...phonePatterns.map((pattern): Finder => ({ kind: "phone", pattern, isOne: isPhone })),
  ...addressPatterns.map((pattern): Finder => ({ kind: "address", pattern })),
  ...namePatterns.map((pattern): Finder => ({ kind: "name", pattern, isOne: isPerson }))
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
  let found: ReadonlyArray<PersonalSpan> = []
  for (const { isOne = () => true, kind, pattern } of all) {
    for (const match of text.matchAll(pattern)) {
      const [from, until] = match.indices?.groups?.is ?? [0, 0]
      const span: PersonalSpan = { kind, from: from + offset, until: until + offset }
      const isApart = (other: PersonalSpan) => span.until <= other.from || span.from >= other.until
      const isInside = (other: PersonalSpan) => other.from >= span.from && other.until <= span.until
      const isFree = found.every((other) => isApart(other) || isInside(other))
      if (isFree && isOne(text.slice(from, until), text.slice(Math.max(0, from - BEFORE), from))) {
        found = [...found.filter(isApart), span]
      }
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

/** Names of offices, not of people. */
const OFFICES: ReadonlySet<string> = new Set(
  `info contact kontakt office hello booking bookings reservation reservations sales support team mail post admin service
  hotel restaurant trips travel guest noreply reply news billing marketing`.split(/\s+/u)
)

const SHORTEST_HEARD = 4

/** As it may be written elsewhere: "berengere" in an address is Bérengère in a letter. */
const folded = (word: string): string => word.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase()

/** The words of names that the text tells: somebody who was introduced once is meant wherever the name stands. */
const namesHeard = (text: string, spans: ReadonlyArray<PersonalSpan>): ReadonlySet<string> => {
  const wordsOf = ({ from, kind, until }: PersonalSpan): ReadonlyArray<string> => {
    const said = text.slice(from, until)
    if (kind === "name") return said.match(/\p{Lu}[\p{L}\p{M}]+/gu) ?? []
    const words = kind === "email" ? said.slice(0, said.indexOf("@")).split(/[^\p{L}]+/u) : []
    // One word may be a town or an office; "ana.silva" is a person.
    return words.length > 1 ? words : []
  }
  const words = spans.flatMap(wordsOf).map(folded)
  return new Set(words.filter((word) => word.length >= SHORTEST_HEARD && !OFFICES.has(word)))
}

const inOrder = (spans: ReadonlyArray<PersonalSpan>) => spans.toSorted((a, b) => a.from - b.from)

/** `spans`: in the order of the text. */
const heardAgain = (text: string, spans: ReadonlyArray<PersonalSpan>): ReadonlyArray<PersonalSpan> => {
  const heard = namesHeard(text, spans)
  if (heard.size === 0) return []
  // Words and spans come in the same order, so both are walked once.
  let next = 0
  return [...text.matchAll(/(?<![\p{L}\p{M}\d])\p{Lu}[\p{L}\p{M}]{1,40}(?![\p{L}\p{M}\d])/gu)].flatMap(
    ({ 0: word, index }) => {
      const span: PersonalSpan = { kind: "name", from: index, until: index + word.length }
      while (next < spans.length && spans[next]!.until <= span.from) next += 1
      const isFree = next >= spans.length || spans[next]!.from >= span.until
      return isFree && heard.has(folded(word)) && isPerson(word, text.slice(Math.max(0, index - BEFORE), index))
        ? [span]
        : []
    }
  )
}

/** In the order of the text. `known`: what is personal in this text for sure. */
export const findPersonal = (text: string, known: ReadonlyArray<string> = []): ReadonlyArray<PersonalSpan> => {
  const all = findersFor(known)
  const spans = inOrder(partsOf(text).flatMap(({ offset, part }) => spansOf(part, offset, all)))
  return inOrder([...spans, ...heardAgain(text, spans)])
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
