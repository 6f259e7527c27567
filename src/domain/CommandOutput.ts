/** What the lines of a program say about its job: step, progress, result, and what went wrong. */
import { Predicate, Schema } from "effect"
import { JobErrorCode } from "./JobError.ts"
import { countOf, type StepFraction } from "./Progress.ts"

export interface CommandOutput {
  /**
   * Looked for in each line of the standard output; the first that fits counts. Named groups say what was found:
   * `step` (a name of `steps`), `done` and `of`, or `percent` (both inside the current step), `message`, `result` (JSON).
   */
  readonly lines?: ReadonlyArray<RegExp>
  /** Lines that are JSON objects are read with the same names as keys, and `error: { code, message, hint }`. */
  readonly jsonLines?: boolean
  /**
   * Where the result is: the last line as JSON (`last-line`, the default), the whole standard output as JSON (`json`) or
   * as it is (`text`), what `lines` or `jsonLines` found (`lines`), or nowhere (`none`: null).
   */
  readonly result?: "last-line" | "json" | "text" | "lines" | "none"
}

export const resultPlaces = ["last-line", "json", "text", "lines", "none"] as const

/** What a program says in its own words, without a code that says whether to try again. */
export interface LineWords {
  readonly message?: string
  readonly hint?: string
}

export interface LineError extends LineWords {
  readonly code: JobErrorCode
}

/** What one line says; most say nothing. */
export interface LineNews {
  readonly step?: string
  readonly within?: StepFraction
  readonly message?: string
  /** A JSON value. */
  readonly result?: { readonly value: unknown }
  readonly error?: LineError | LineWords
}

const NO_NEWS: LineNews = {}

/** Longer lines are data: patterns are not tried on them, because a pattern may take very long on a long text. */
const LONGEST_PATTERN_TEXT = 8_192

/** Undefined when it is no JSON. */
export const parseJson = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

const withinOf = (said: Readonly<Record<string, unknown>>): StepFraction | undefined => {
  const number = (key: string) => {
    const value = said[key]
    if (value === undefined || value === null) return Number.NaN
    const plain = Number(value)
    return Number.isNaN(plain) ? countOf(String(value)) : plain
  }
  const [done, of, percent] = [number("done"), number("of"), number("percent")]
  if (Number.isFinite(done) && of > 0) return { done, of }
  return Number.isFinite(percent) ? { done: percent, of: 100 } : undefined
}

const isCode = Schema.is(JobErrorCode)

/** A code of the program's own stands before its message: people may know it. */
const errorOf = (said: unknown): LineError | LineWords | undefined => {
  if (!Predicate.isObject(said)) return undefined
  const { code, hint, message } = said
  const words = {
    ...(typeof message === "string" && { message }),
    ...(typeof hint === "string" && { hint })
  }
  if (isCode(code)) return { code, ...words }
  const own = typeof code === "string" || typeof code === "number" ? [String(code)] : []
  const whole = [...own, ...(words.message === undefined ? [] : [words.message])].join(": ")
  return whole === "" ? undefined : { ...words, message: whole }
}

const newsOf = (said: Readonly<Record<string, unknown>>, result: LineNews["result"]): LineNews => {
  const { message, step } = said
  const within = withinOf(said)
  const error = errorOf(said.error)
  return {
    ...(typeof step === "string" && { step }),
    ...(within !== undefined && { within }),
    ...(typeof message === "string" && { message }),
    ...(result !== undefined && { result }),
    ...(error !== undefined && { error })
  }
}

/** A result that is no JSON is a text. */
const groupsNews = (groups: Readonly<Record<string, string | undefined>>): LineNews => {
  const { result } = groups
  return newsOf(groups, result === undefined ? undefined : (parseJson(result) ?? { value: result }))
}

/** Makes what reads the lines of the standard output. */
export const makeLineReader = ({ jsonLines = false, lines = [] }: CommandOutput): ((text: string) => LineNews) => {
  // A global or sticky pattern remembers where it was.
  const patterns = lines.map(({ flags, source }) => new RegExp(source, flags.replaceAll(/[gy]/gu, "")))
  return (text) => {
    if (jsonLines && text.trimStart().startsWith("{")) {
      const said = parseJson(text)?.value
      if (Predicate.isObject(said)) return newsOf(said, "result" in said ? { value: said.result } : undefined)
    }
    if (text.length > LONGEST_PATTERN_TEXT) return NO_NEWS
    for (const pattern of patterns) {
      const found = pattern.exec(text)
      if (found) return groupsNews(found.groups ?? {})
    }
    return NO_NEWS
  }
}

/** What people read when the program gave only numbers. */
export const messageOf = ({ message, within }: LineNews): string | undefined =>
  message ?? (within && (within.of === 100 ? `${within.done} %` : `${within.done} of ${within.of}`))
