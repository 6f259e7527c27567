/**
 * How texts spell a character, because they mix all of these: as it is, in JSON (also in a JSON text inside JSON), in a
 * URL or a form, in HTML.
 */

/** From here to `end` the text says `says`. */
export interface Spelling {
  readonly says: string
  readonly end: number
}

export const BACKSLASH = 0x5c

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }

/** What JSON writes with backslashes before it, or as a letter after them. */
const ESCAPED: Readonly<Record<string, string>> = { '"': '"', "'": "'", "/": "/", n: "\n", r: "\r", t: "\t" }

const PERCENT =
  /%[0-7][\da-f]|%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-7](?:%[89ab][\da-f]){3}/iuy

const ENTITY = /&(?:#0*(\d{1,7})|#[xX]0*([\da-fA-F]{1,6})|(amp|lt|gt|quot|apos));/uy

const UNIT = /u([\da-fA-F]{4})/uy

const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

const ofCode = (code: number): string | undefined => (code > 0x10_ff_ff ? undefined : String.fromCodePoint(code))

const inUrl = (text: string, at: number): Spelling | undefined => {
  const found = matchAt(PERCENT, text, at)?.[0]
  if (found === undefined) return undefined
  const end = at + found.length
  if (found.length === 3) return { says: String.fromCharCode(Number.parseInt(found.slice(1), 16)), end }
  return { says: Buffer.from(found.replaceAll("%", ""), "hex").toString(), end }
}

const inHtml = (text: string, at: number): Spelling | undefined => {
  const found = matchAt(ENTITY, text, at)
  if (found === null) return undefined
  const [whole, decimal, hex, name] = found
  const says =
    name === undefined ? ofCode(decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal)) : NAMED[name]!
  return says === undefined ? undefined : { says, end: at + whole.length }
}

/** `at` is behind the backslashes. */
const inJson = (text: string, at: number): Spelling | undefined => {
  const unit = matchAt(UNIT, text, at)
  if (unit !== null) return { says: String.fromCharCode(Number.parseInt(unit[1]!, 16)), end: at + unit[0].length }
  const says = ESCAPED[text.charAt(at)]
  return says === undefined ? undefined : { says, end: at + 1 }
}

/** What another spelling begins with. */
export const LEADS = "\\%&+"

const spelledAt = (text: string, at: number, behindBackslashes: (at: number) => Spelling | undefined) => {
  switch (text.charAt(at)) {
    case "\\":
      return behindBackslashes(at)
    case "%":
      return inUrl(text, at)
    case "&":
      return inHtml(text, at)
    case "+":
      return { says: " ", end: at + 1 }
    default:
      return undefined
  }
}

/**
 * What a text says at a place apart from the character itself. Places are asked for in their order, so that a run of
 * backslashes is walked once and not again from each of them.
 */
export const makeSpellings = (text: string): ((at: number) => Spelling | undefined) => {
  let runEnd = 0
  let escaped: Spelling | undefined
  const behindBackslashes = (at: number) => {
    if (at < runEnd) return escaped
    runEnd = at
    while (text.charCodeAt(runEnd) === BACKSLASH) runEnd++
    escaped = inJson(text, runEnd)
    return escaped
  }
  return (at) => spelledAt(text, at, behindBackslashes)
}
