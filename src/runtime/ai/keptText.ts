/** Characters of a prompt or an answer that are kept. */
export const LONGEST_TRANSCRIPT = 50_000

/** Characters behind them that are looked at, too. Longer than what has to be told as a whole, such as a key or a token. */
export const MARGIN = 5_000

/**
 * What is kept of a text. It is cut before it is looked through, so a long prompt takes no longer than a short one; the
 * margin goes afterwards, because half of a secret at its end is told from nothing.
 */
export const keptText =
  (redact: (text: string) => string) =>
  (text: string): string => {
    const redacted = redact(text.slice(0, LONGEST_TRANSCRIPT + MARGIN))
    const isCut = text.length > LONGEST_TRANSCRIPT + MARGIN
    const whole = isCut ? redacted.slice(0, Math.max(0, redacted.length - MARGIN)) : redacted
    // A database takes no NUL and no half of a character.
    return whole.replaceAll("\0", "").slice(0, LONGEST_TRANSCRIPT).toWellFormed()
  }
