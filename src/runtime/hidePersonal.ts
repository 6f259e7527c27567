/** Hides what points at a person or opens a door in texts that leave Callboard: mails, and what receivers answered. */
import { MASK } from "../domain/Secret.ts"

const PATTERNS: ReadonlyArray<RegExp> = [
  // Mail addresses.
  /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu,
  // Signed tokens, and keys that say so themselves.
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/gu,
  /\b(?:whsec|sk|pk|rk|cb|ghp|gho|xox[abp])[_-][\w+/=-]{8,}/gu,
  /\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}/giu,
  // User name and password, or the query, of an address.
  /(?<=:\/\/)[^\s/@]+@/gu,
  /(?<=https?:\/\/[^\s?#]+)[?#]\S*/gu,
  // Phone and card numbers.
  /(?<![\w-])\+?\d(?:[ ()./-]?\d){8,18}(?![\w-])/gu,
  // Long random texts.
  /(?<![\w-])(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[A-Za-z0-9+/=_]{32,}/gu
]

/** Ids of jobs stay: they say nothing about people, and lead to everything else. */
const JOB_ID = /JOB_\d{8}_\d{6}_[0-9a-f]{8}/gu

export const hidePersonal = (text: string): string => {
  const pieces = text.split(JOB_ID)
  const ids = text.match(JOB_ID) ?? []
  return pieces
    .map(
      (piece, index) => PATTERNS.reduce((hidden, pattern) => hidden.replace(pattern, MASK), piece) + (ids[index] ?? "")
    )
    .join("")
}
