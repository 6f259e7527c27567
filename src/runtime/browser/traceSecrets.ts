/**
 * Secrets inside a Playwright trace that nobody told us: cookies, tokens, what was typed into password fields. They are
 * found by the names of the things that hold them.
 */

import { Predicate } from "effect"
import { MASK } from "../../domain/Secret.ts"

/** Names of headers, parameters, fields and JSON keys. */
const TELLING =
  /^(?:code|otp|pin|jwt|(?:.*[-_.])?(?:auth|session)(?:[-_.].*)?|.*(?:cookie|authorization|token|secret|passw|api[-_]?key|csrf|xsrf|credential|signature|session[-_]?id|one[-_]?time).*)$/iu

/** The same few names come up again and again. */
const known = new Map<string, boolean>()
const MOST_KNOWN = 5_000
const LONGEST_KNOWN = 60

const isTelling = (name: unknown): boolean => {
  if (typeof name !== "string") return false
  const before = known.get(name)
  if (before !== undefined) return before
  const found = TELLING.test(name)
  if (known.size >= MOST_KNOWN) known.clear()
  if (name.length <= LONGEST_KNOWN) known.set(name, found)
  return found
}

/** Shorter values are words and numbers of every page; they are hidden where they stand, and nowhere else. */
const SHORTEST = 8

/** Of what is in a secret field: a CVC has three digits. Fields for one digit each would hide every number. */
const SHORTEST_TYPED = 3

type Json = { [key: string]: unknown }

/** `["INPUT", { type: "password", __playwright_value_: "..." }]`: an element of a DOM snapshot. */
const isSecretField = (attributes: Json): boolean =>
  /^password$/iu.test(String(attributes.type)) ||
  /password|(?:^|\s)(?:one-time-code|cc-)/iu.test(String(attributes.autocomplete ?? ""))

const isTellingField = (attributes: Json): boolean =>
  /^hidden$/iu.test(String(attributes.type)) && isTelling(attributes.name)

const FIELD_VALUES = ["value", "__playwright_value_"]

/**
 * Hides what is in a telling place of a parsed value, changing the value, and gives what was there to `found`. `within`:
 * the key that led here.
 */
const hideTelling = (value: unknown, found: (secret: string) => void, within?: string): void => {
  const hide = (object: Json, key: string) => {
    const text = object[key]
    if (typeof text !== "string" || text === "") return
    // "Bearer x" and "x" are one secret.
    for (const secret of [text, text.replace(/^\w+ /u, "")]) if (secret.length >= SHORTEST) found(secret)
    object[key] = MASK
  }
  const hideField = (attributes: Json) => {
    const isSecret = isSecretField(attributes)
    for (const key of FIELD_VALUES) {
      const text = attributes[key]
      if (isSecret && typeof text === "string" && text.length >= SHORTEST_TYPED && text !== MASK) found(text)
      if (isSecret || isTellingField(attributes)) hide(attributes, key)
    }
  }
  if (Array.isArray(value)) {
    const [tag, attributes] = value
    if (tag === "INPUT" && Predicate.isObject(attributes)) hideField(attributes)
    for (const item of value) hideTelling(item, found, within)
  }
  if (!Predicate.isObject(value)) return
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === "object") hideTelling(inner, found, key)
    else if (isTelling(key)) hide(value, key)
  }
  // Headers, cookies and parameters are lists of names and values.
  if (within === "cookies" || isTelling(value.name)) hide(value, "value")
}

/** A snapshot marks the element that its call was for. */
const hasSecretTarget = (html: unknown): boolean => {
  if (!Array.isArray(html)) return false
  const [tag, attributes] = html
  if (tag === "INPUT" && Predicate.isObject(attributes) && "__playwright_target__" in attributes)
    return isSecretField(attributes)
  return html.some(hasSecretTarget)
}

/** `fill("482913")`, and `press("4")`; `press("Enter")` tells nothing. */
const TYPED = /\b(fill|type)\(".*"\)|\b(press)\("."\)/su

/** What a call types, by its parameters. */
const typedBy = (params: Json): ReadonlyArray<readonly [key: string, text: string]> =>
  Object.entries(params).flatMap(([key, text]) =>
    typeof text === "string" && (key === "value" || key === "text" || (key === "key" && [...text].length === 1))
      ? [[key, text] as const]
      : []
  )

/** What a trace tells of its own secrets, line by line. */
export const makeTelling = (known: ReadonlyArray<string>) => {
  const found = new Set(known)
  /** What calls typed, and which of them did so in a secret field, by their ids. */
  const typed = new Map<string, string>()
  const secretCalls = new Set<string>()
  const note = (secret: string) => found.add(secret)

  return {
    learn: (line: unknown): void => {
      hideTelling(line, note)
      if (!Predicate.isObject(line)) return
      const { callId, params, snapshot, type } = line
      if (typeof callId === "string" && Predicate.isObject(params)) {
        for (const [, text] of typedBy(params)) typed.set(callId, text)
      }
      if (type !== "frame-snapshot" || !Predicate.isObject(snapshot) || typeof snapshot.callId !== "string") return
      if (hasSecretTarget(snapshot.html)) secretCalls.add(snapshot.callId)
    },
    secrets: (): ReadonlyArray<string> => {
      for (const id of secretCalls) {
        const text = typed.get(id) ?? ""
        if (text.length >= SHORTEST_TYPED) note(text)
      }
      return [...found]
    },
    /** Hides what is in a telling place, and what a call typed into a secret field, however short. Changes the line. */
    hide: (line: unknown): void => {
      hideTelling(line, () => {})
      if (!Predicate.isObject(line) || typeof line.callId !== "string" || !secretCalls.has(line.callId)) return
      const { message, params } = line
      if (typeof message === "string") line.message = message.replace(TYPED, `$1$2("${MASK}")`)
      if (Predicate.isObject(params)) for (const [key] of typedBy(params)) params[key] = MASK
    }
  }
}

export type Telling = ReturnType<typeof makeTelling>
