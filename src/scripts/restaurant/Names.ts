/** Names of tags, items and options, as people write them and as the portal does. */

/** People type names with other blanks, cases and accents than the portal stores. */
const compared = (name: string): string => name.normalize("NFC").trim().replace(/\s+/gu, " ").toLowerCase()

export const isSameName = (one: string, other: string): boolean => compared(one) === compared(other)

export const includesName = (names: ReadonlyArray<string>, name: string): boolean =>
  names.some((other) => isSameName(other, name))

/** Names that were wished but are not in `names`, each once. */
export const missingFrom = (names: ReadonlyArray<string>, wished: ReadonlyArray<string>): ReadonlyArray<string> =>
  wished.filter(
    (name, index) => !includesName(names, name) && wished.findIndex((other) => isSameName(other, name)) === index
  )
