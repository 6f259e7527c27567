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
  // One without a query is taken too, and left as it is: otherwise each `http` in it would begin anew.
  (text) =>
    text.replace(/(https?:\/\/[^\s?#]+)([?#]\S*)?/gu, (all, address: string, query: string | undefined) =>
      query === undefined ? all : address + MASK
    ),
  // Any long number.
  (text) => text.replace(/(?<![\w-])\+?\d(?:[ ()./-]?\d){8,18}(?![\w-])/gu, MASK),
  // Long random texts. Ids of jobs stay: they say nothing about people, and lead to everything else. A row of `=` may begin
  // anywhere, so no look ahead goes to its end; a random text has a digit and a letter long before.
  (text) =>
    text.replace(/(?<![\w-])(?!JOB_\d{8}_)(?=[\w+/=-]{0,100}\d)(?=[\w+/=-]{0,100}[A-Za-z])[A-Za-z0-9+/=_]{32,}/gu, MASK)
]

export const hidePersonal = (text: string): string => DOUBTS.reduce((hidden, doubt) => doubt(hidden), redact(text))
