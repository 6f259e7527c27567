/** Whether a JSON text has a whole number that its reader would silently make another one: identifiers of 64 bits. */
import { endOfText } from "./jsonDepth.ts"

const [QUOTE, MINUS, ZERO, NINE] = [34, 45, 48, 57]

/** Estimates, such as 1e300, are not written digit by digit. */
const MANY_DIGITS = /^-?\d{16}/u

export const isRoundedInteger = (number: string): boolean =>
  MANY_DIGITS.test(number) && Math.abs(Number(number)) > Number.MAX_SAFE_INTEGER

/** Of digits, points, signs and exponents. */
const isPart = (char: number): boolean =>
  (char >= ZERO && char <= NINE) || char === 46 || char === 43 || char === MINUS || char === 101 || char === 69

export const hasRoundedInteger = (json: string): boolean => {
  if (!/\d{16}/u.test(json)) return false
  for (let at = 0; at < json.length; at++) {
    const char = json.charCodeAt(at)
    if (char === QUOTE) at = endOfText(json, at)
    else if (char === MINUS || (char >= ZERO && char <= NINE)) {
      const start = at
      while (at + 1 < json.length && isPart(json.charCodeAt(at + 1))) at++
      if (at - start >= 15 && isRoundedInteger(json.slice(start, at + 1))) return true
    }
  }
  return false
}
