/**
 * `Retry-After` (RFC 9110 section 10.2.3), as milliseconds from `nowMs`: seconds, of which some providers send parts, or
 * a date. Anything else is no wish.
 */
export const retryAfterMs = (header: string | undefined, nowMs: number): number | undefined => {
  const text = header?.trim() ?? ""
  if (/^\d{1,9}(?:\.\d{1,9})?$/u.test(text)) return Math.ceil(Number(text) * 1_000)
  // `Date.parse` alone finds a date in nearly every text.
  const at = /\d{2}:\d{2}:\d{2}(?:\.\d{1,9})? ?(?:GMT|Z)$/u.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) || Number.isNaN(nowMs) ? undefined : Math.max(0, at - nowMs)
}

/** The same as a field of a `RetryableError`. */
export const wishedDelay = (header: string | undefined, nowMs: number): { readonly retryAfterMs?: number } => {
  const wait = retryAfterMs(header, nowMs)
  return wait === undefined ? {} : { retryAfterMs: wait }
}
