/** Which element a failed script looked for, read from the locator that its error message quotes. */

export interface SoughtElement {
  /** Absent where the locator goes by a label or a text. */
  readonly role?: string
  readonly name: string
}

/** `getByRole('button', { name: 'Save' })` and its relatives. A name may be a pattern: `/save/i`. */
const LOCATOR =
  /getBy(Role|Label|Text|Placeholder|Title)\((?:'((?:[^'\\]|\\.){0,200})'|"((?:[^"\\]|\\.){0,200})"|\/((?:[^/\\\n]|\\.){0,200})\/[a-z]*)(?:, \{[^}\n]{0,80}?name: (?:'((?:[^'\\]|\\.){0,200})'|"((?:[^"\\]|\\.){0,200})"|\/((?:[^/\\\n]|\\.){0,200})\/[a-z]*))?/gu

/** The letters of a pattern, which are most of the name it means. */
const lettersOf = (pattern: string): string => pattern.replaceAll(/\\[a-z]|[\\^$.*+?()[\]{}|]+/giu, " ").trim()

const LONGEST_MESSAGE = 5_000

/** The last locator of a chain is the element; what stands before it says where. */
export const soughtElement = (message: string): SoughtElement | undefined => {
  const last = [...message.slice(0, LONGEST_MESSAGE).matchAll(LOCATOR)].at(-1)
  if (last === undefined) return undefined
  const [, kind, single, double, pattern, singleName, doubleName, namePattern] = last
  const plain = (text: string | undefined) => text?.replaceAll(/\\(.)/gu, "$1")
  if (kind !== "Role") {
    const name = plain(single) ?? plain(double) ?? lettersOf(pattern ?? "")
    return name === "" ? undefined : { name }
  }
  const name = plain(singleName) ?? plain(doubleName) ?? lettersOf(namePattern ?? "")
  const role = plain(single) ?? plain(double)
  return name === "" || role === undefined ? undefined : { role, name }
}
