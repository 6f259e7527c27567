/** Hides the secrets of one attempt in every text that leaves it, and makes the text one that can be stored. */
import { MASK } from "../domain/Secret.ts"
import { storableText } from "../domain/Storable.ts"
import { makeHider } from "./hideTexts.ts"

export type Masker = (text: string) => string

/** A key of many lines is printed line by line. Its short last line tells nothing. */
const SHORTEST_LINE = 8

const longLines = (secret: string) =>
  secret.includes("\n") ? secret.split(/\r?\n/u).filter((line) => line.length >= SHORTEST_LINE) : []

/** Up to this length a secret may be a part of ordinary words, so only whole words are hidden. */
export const SHORT = 4

/** Bytes of what is looked for in base64 and hex too. A few characters of shorter ones stand in other texts by chance. */
const SHORTEST_ENCODED = 8

/** Longer ones are files. */
const LONGEST_ENCODED = 4_096

/** In all: each byte is looked for as twelve characters more, and the whole worker waits while they are made ready. */
const MOST_ENCODED = 6_144

/** Of bytes in the middle of others, what base64 makes of them whatever stands around them. */
const middleOf = (bytes: Buffer, before: number): string =>
  Buffer.concat([Buffer.alloc(before), bytes])
    .toString("base64")
    .slice(Math.ceil((8 * before) / 6), Math.floor((8 * (before + bytes.length)) / 6))

/** `user:password` in a header is base64 that begins before the secret: three bytes are four characters. */
const encoded = (secret: string): ReadonlyArray<string> => {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString("hex")
  const middles = [0, 1, 2].map((before) => middleOf(bytes, before))
  const forUrls = middles.map((middle) => middle.replaceAll("+", "-").replaceAll("/", "_"))
  return [...middles, ...forUrls, hex, hex.toUpperCase()]
}

/** The shortest first: passwords stand in headers, and one long key must not keep them out. */
const chosenToEncode = (secrets: ReadonlySet<string>): ReadonlySet<string> => {
  const chosen = new Set<string>()
  let room = MOST_ENCODED
  const choose = (texts: Iterable<string>) => {
    const sized = [...new Set(texts)].map((text) => ({ text, bytes: Buffer.byteLength(text) }))
    const fitting = sized.filter(({ bytes }) => bytes >= SHORTEST_ENCODED && bytes <= LONGEST_ENCODED)
    for (const { bytes, text } of fitting.sort((a, b) => a.bytes - b.bytes)) {
      if (chosen.has(text)) continue
      if (bytes > room) return
      room -= bytes
      chosen.add(text)
    }
  }
  choose(secrets)
  choose([...secrets].filter((secret) => !chosen.has(secret)).flatMap(longLines))
  return chosen
}

/** What is looked for when these are to be hidden. */
export const hiddenTexts = (secrets: ReadonlyArray<string>): ReadonlyArray<string> => {
  const whole = new Set(secrets.filter((secret) => secret !== "").map((secret) => secret.toWellFormed()))
  return [...new Set([...whole, ...[...whole].flatMap(longLines), ...[...chosenToEncode(whole)].flatMap(encoded)])]
}

export const makeMasker = (secrets: ReadonlyArray<string>): Masker => {
  const texts = hiddenTexts(secrets)
  const hideLong = makeHider(
    texts.filter((secret) => secret.length > SHORT),
    MASK
  )
  const hideShort = makeHider(
    texts.filter((secret) => secret.length <= SHORT),
    MASK,
    true
  )
  return (text) => hideShort(hideLong(storableText(text)))
}

/** Makes a masker only where there are other secrets than last time: for many it takes a while. */
export const makeKeptMasker = (): ((secrets: ReadonlyArray<string>) => Masker) => {
  let last: ReadonlyArray<string> = []
  let mask: Masker = storableText
  return (secrets) => {
    if (secrets.length !== last.length || secrets.some((secret, index) => secret !== last[index])) {
      mask = makeMasker(secrets)
      last = [...secrets]
    }
    return mask
  }
}

/** Every text inside a JSON value, and the numbers that are a secret, unless they are to stay as they are. */
export const maskJson = (mask: Masker, value: unknown, withNumbers = true): unknown => {
  if (typeof value === "string") return mask(value)
  if (typeof value === "number") return withNumbers && mask(String(value)) === MASK ? MASK : value
  if (Array.isArray(value)) return value.map((item) => maskJson(mask, item, withNumbers))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [mask(key), maskJson(mask, inner, withNumbers)])
  )
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
  const known = new Set<string>()
  let current: Masker = storableText
  return {
    mask: (text) => current(text),
    learn: (secrets) => {
      const before = known.size
      // Scripts and pages cut off the space that was pasted around a secret.
      for (const text of secrets.flatMap((secret) => [secret, secret.trim()])) {
        if (text !== "") known.add(text)
      }
      if (known.size > before) current = makeMasker([...known])
    },
    known: () => [...known]
  }
}

/** The first `length` UTF-16 units, without cutting a character in two. */
export const shorten = (text: string, length: number): string =>
  text.length <= length ? text : text.slice(0, length).replace(/[\ud800-\udbff]$/u, "")
