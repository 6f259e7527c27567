/**
 * Hides what points at a person or opens a door in texts that leave Callboard: mails, and what receivers answered. As
 * `redact`, and what might be such a thing: nobody needs the numbers of these texts as badly as those of a log.
 */
import { redact } from "../domain/redact.ts"
import { MASK } from "../domain/Secret.ts"

type Doubt = (text: string) => string

const DOUBTS: ReadonlyArray<Doubt> = [
  // Keys that say so themselves, however short.
  (text) => text.replace(/\b(?:whsec|sk|pk|rk|cb|ghp|gho|xox[abp])[_-][\w+/=-]{8,}/gu, MASK),
  (text) => text.replace(/\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}/giu, MASK),
  // The user, and the query, of an address.
  (text) => text.replace(/(:\/\/)[^\s/@]+@/gu, `$1${MASK}@`),
  (text) => text.replace(/(https?:\/\/[^\s?#]+)[?#]\S*/gu, `$1${MASK}`),
  // Any long number.
  (text) => text.replace(/(?<![\w-])\+?\d(?:[ ()./-]?\d){8,18}(?![\w-])/gu, MASK),
  // Long random texts. Ids of jobs stay: they say nothing about people, and lead to everything else.
  (text) => text.replace(/(?<![\w-])(?!JOB_\d{8}_)(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[A-Za-z0-9+/=_]{32,}/gu, MASK)
]

export const hidePersonal = (text: string): string => DOUBTS.reduce((hidden, doubt) => doubt(hidden), redact(text))
