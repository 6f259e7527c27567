/** What is the same to people although its letters differ from run to run. */

const MONTH =
  "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
const DAY = "(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
const UNIT = "second|minute|hour|day|week|month|year"

/** In this order: what an earlier one leaves behind is read by the next. `#` stands for any number, id or time. */
const RULES: ReadonlyArray<readonly [RegExp, string]> = [
  // Generated ids: long words of hexadecimal digits, or words that mix letters and digits.
  [/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/gu, "#"],
  [/\b(?=[a-z_-]*\d)[a-z0-9_-]{6,}\b/gu, "#"],
  [/\d+(?:[.,:/\s'’-]\d+)*/gu, "#"],
  [/[$€£¥₹]|\b(?:usd|eur|gbp|chf|aud|nzd)\b/gu, ""],
  [new RegExp(`\\b(?:${MONTH})\\b\\.?(?=\\s*,?\\s*#)|(?<=#(?:st|nd|rd|th)?\\.?\\s*)\\b(?:${MONTH})\\b`, "gu"), "#"],
  [new RegExp(`\\b(?:${DAY})\\b,?(?=\\s*#)`, "gu"), "#"],
  [new RegExp(`(?:#|\\ban?\\b)\\s*(?:${UNIT})s?(?=\\s+ago\\b)|\\bjust now\\b|\\byesterday\\b|\\btoday\\b`, "gu"), "#"],
  [/#\s*(?:am|pm)\b/gu, "#"],
  [/(?<=#\s*\p{L}{3,})s\b/gu, ""],
  [/#(?:[\s,.:/%()+-]*#)*/gu, "#"],
  [/\s*\(#\)|\s*#$/gu, ""],
  [/\s+/gu, " "]
]

/** Names are compared up to here; beyond it they are texts. */
const LONGEST_NAME = 200

/** Two names with the same answer say the same. */
export const withoutNoise = (name: string): string =>
  RULES.reduce(
    (text, [pattern, instead]) => text.replace(pattern, instead),
    name.slice(0, LONGEST_NAME).toLowerCase()
  ).trim()

const pairsOf = (text: string): ReadonlySet<string> => {
  const letters = ` ${text} `
  return new Set(Array.from({ length: letters.length - 1 }, (_, at) => letters.slice(at, at + 2)))
}

/** How alike two names are, from 0 to 1: the share of their pairs of letters that both have (Dice's coefficient). */
export const likeness = (one: string, other: string): number => {
  const [a, b] = [pairsOf(one), pairsOf(other)]
  const shared = [...a].filter((pair) => b.has(pair)).length
  return (2 * shared) / (a.size + b.size)
}
