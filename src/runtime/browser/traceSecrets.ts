/**
 * Secrets inside a Playwright trace that nobody told us: cookies, tokens, what was typed into password fields. They are
 * found by the names of the things that hold them.
 */
import { MASK } from "../../domain/Secret.ts"

/** Names of headers, parameters, fields and JSON keys. */
const TELLING =
  /^(?:code|otp|pin|jwt|(?:.*[-_.])?(?:auth|session)(?:[-_.].*)?|.*(?:cookie|authorization|token|secret|passw|api[-_]?key|csrf|xsrf|credential|signature|session[-_]?id|one[-_]?time).*)$/iu

export const isTelling = (name: unknown): boolean => typeof name === "string" && TELLING.test(name)

/** Shorter values are words and numbers of every page; they are hidden where they stand, and nowhere else. */
const SHORTEST = 8

type Json = { [key: string]: unknown }

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

/** `["INPUT", { type: "password", __playwright_value_: "..." }]`: an element of a DOM snapshot. */
const isSecretField = (attributes: Json): boolean =>
  /^password$/iu.test(String(attributes.type)) ||
  /password|one-time-code|^cc-/iu.test(String(attributes.autocomplete ?? "")) ||
  (/^hidden$/iu.test(String(attributes.type)) && isTelling(attributes.name))

const FIELD_VALUES = ["value", "__playwright_value_"]

/**
 * Hides what is in a telling place of a parsed value, changing the value, and gives what was there to `found`. `within`:
 * the key that led here.
 */
export const hideTelling = (value: unknown, found: (secret: string) => void, within?: string): void => {
  const hide = (object: Json, key: string) => {
    const text = object[key]
    if (typeof text !== "string" || text === "") return
    // "Bearer x" and "x" are one secret.
    for (const secret of [text, text.replace(/^\w+ /u, "")]) if (secret.length >= SHORTEST) found(secret)
    object[key] = MASK
  }
  if (Array.isArray(value)) {
    const [tag, attributes] = value
    if (tag === "INPUT" && isObject(attributes) && isSecretField(attributes)) {
      for (const key of FIELD_VALUES) hide(attributes, key)
    }
    for (const item of value) hideTelling(item, found, within)
  }
  if (!isObject(value)) return
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === "object") hideTelling(inner, found, key)
    else if (isTelling(key)) hide(value, key)
  }
  // Headers, cookies and parameters are lists of names and values.
  if (within === "cookies" || isTelling(value.name)) hide(value, "value")
}
