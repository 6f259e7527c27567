/** Whether a JSON text has a whole number that its reader would silently make another one: identifiers of 64 bits. */
import { endOfText } from "./jsonDepth.ts"

const QUOTE = '"'
const FIRST = /[-\d]/u
const PART_OF_NUMBER = /[\d.eE+-]/u
const INTEGER = /^-?\d{16,}$/u

/** The place after the number that begins at `start`. */
const endOfNumber = (json: string, start: number): number => {
  let at = start + 1
  while (at < json.length && PART_OF_NUMBER.test(json[at]!)) at++
  return at
}

export const hasRoundedInteger = (json: string): boolean => {
  if (!/\d{16}/u.test(json)) return false
  for (let at = 0; at < json.length; at++) {
    const char = json[at]!
    if (char === QUOTE) at = endOfText(json, at)
    else if (FIRST.test(char)) {
      const number = json.slice(at, endOfNumber(json, at))
      if (INTEGER.test(number) && !Number.isSafeInteger(Number(number))) return true
      at += number.length - 1
    }
  }
  return false
}
