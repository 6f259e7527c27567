/** Names of tags, items and options, as people write them and as the portal does. */

/**
 * People type names with other blanks, cases and accents than the portal stores. Two characters that nobody sees are
 * left out, because a browser finds nothing by a label that has them: U+200B, where a word may break, and U+00AD.
 */
const compared = (name: string): string =>
  name
    .replace(/[\u200B\u00AD]/gu, "")
    .normalize("NFC")
    .trim()
    .replace(/\s+/gu, " ")
    .toLowerCase()

export const isSameName = (one: string, other: string): boolean => compared(one) === compared(other)

export const includesName = (names: ReadonlyArray<string>, name: string): boolean =>
  names.some((other) => isSameName(other, name))

/** Names that were wished but are not in `names`, each once. */
export const missingFrom = (names: ReadonlyArray<string>, wished: ReadonlyArray<string>): ReadonlyArray<string> =>
  wished.filter(
    (name, index) => !includesName(names, name) && wished.findIndex((other) => isSameName(other, name)) === index
  )
