/** Hides the secrets of one attempt in every text that leaves it, and makes the text one that can be stored. */
import { MASK } from "../domain/Secret.ts"

export type Masker = (text: string) => string

const asHtml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

/** Without the quotes around it. Some languages also escape what HTML might misread, and others the slash. */
const asJson = (text: string) => JSON.stringify(text).slice(1, -1)
const asCarefulJson = (text: string) =>
  asJson(text).replace(/[&<>']/gu, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)
const asSlashedJson = (text: string) => asJson(text).replaceAll("/", "\\/")

const asUrl = (text: string) => encodeURIComponent(text.toWellFormed())
const asForm = (text: string) => new URLSearchParams([["", text]]).toString().slice(1)
const withSmallHex = (text: string) => text.replace(/%[0-9A-F]{2}/gu, (code) => code.toLowerCase())

/** A secret also shows up as it is written in a URL, a form, HTML or JSON, and the last in a JSON text inside JSON. */
export const spellings = (secret: string): ReadonlyArray<string> => {
  const html = asHtml(secret)
  const inMarkup = [html, html.replaceAll("'", "&#39;"), html.replaceAll("'", "&#x27;")]
  const inJson = [asJson(secret), asCarefulJson(secret), asSlashedJson(secret)]
  const inAddresses = [asUrl(secret), asForm(secret)]
  const once = [secret, ...inMarkup, ...inJson, ...inAddresses, ...inAddresses.map(withSmallHex)]
  return [...new Set([...once, ...once.map(asJson)])]
}

/** Up to this length a secret may be a part of ordinary words, so only whole words are hidden. */
export const SHORT = 4

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

/** PostgreSQL takes neither the character NUL nor half of a surrogate pair. */
const storable = (text: string): string => text.toWellFormed().replaceAll("\0", "\ufffd")

/** The first `length` UTF-16 units, without cutting a character in two. */
export const shorten = (text: string, length: number): string =>
  text.length <= length ? text : text.slice(0, length).replace(/[\ud800-\udbff]$/u, "")
