/** How well personal data are found in texts where they are marked, and how much is taken out that is none. */
import { findPersonal } from "../../src/domain/personal/redactPersonal.ts"

interface Marked {
  readonly kind: string
  readonly from: number
  readonly until: number
}

/** What has to go. Marks of other kinds are look-alikes, which have to stay. */
const PERSONAL = new Set(["email", "card", "account", "document", "phone", "address", "name"])

/** Kinds that have a form of their own. Names and addresses are as manifold as people and towns. */
export const FORMATTED: ReadonlyArray<string> = ["email", "card", "account", "document", "phone"]

const MARK = /\{([a-z]+)\|([^}]*)\}/gu

/** The text without its marks, and where they were. */
const unmarked = (marked: string) => {
  const marks: Array<Marked> = []
  let [text, at] = ["", 0]
  for (const match of marked.matchAll(MARK)) {
    text += marked.slice(at, match.index)
    marks.push({ kind: match[1]!, from: text.length, until: text.length + match[2]!.length })
    text += match[2]!
    at = match.index + match[0].length
  }
  return { text: text + marked.slice(at), marks }
}

export interface Share {
  readonly found: number
  readonly of: number
}

export interface RedactionFigures extends Share {
  readonly byKind: ReadonlyMap<string, Share>
  readonly missed: ReadonlyArray<string>
  /** Places that were taken out and say nothing of anybody. */
  readonly mistaken: ReadonlyArray<string>
  /** Look-alikes by their kind, and how many of them were touched. */
  readonly lookAlikes: ReadonlyMap<string, Share>
  readonly words: number
}

export const sumOf = (shares: Iterable<Share>): Share =>
  [...shares].reduce((sum, { found, of }) => ({ found: sum.found + found, of: sum.of + of }), { found: 0, of: 0 })

const count = (shares: Map<string, Share>, kind: string, isFound: boolean) => {
  const { found, of } = shares.get(kind) ?? { found: 0, of: 0 }
  shares.set(kind, { found: found + (isFound ? 1 : 0), of: of + 1 })
}

export const measureRedaction = (corpus: ReadonlyArray<string>): RedactionFigures => {
  const [byKind, lookAlikes] = [new Map<string, Share>(), new Map<string, Share>()]
  const missed: Array<string> = []
  const mistaken: Array<string> = []
  let words = 0
  for (const each of corpus) {
    const { marks, text } = unmarked(each)
    const spans = findPersonal(text)
    const personal = marks.filter(({ kind }) => PERSONAL.has(kind))
    words += text.split(/\s+/u).length
    for (const { from, kind, until } of personal) {
      // Every letter or digit of it has to be gone.
      const isFound = [...Array(until - from).keys()].every(
        (i) =>
          !/[\p{L}\p{N}]/u.test(text[from + i]!) || spans.some((span) => span.from <= from + i && span.until > from + i)
      )
      count(byKind, kind, isFound)
      if (!isFound) missed.push(`${kind}: ${text.slice(from, until)}`)
    }
    for (const { from, kind, until } of marks) {
      if (PERSONAL.has(kind)) continue
      const isTaken = spans.some((span) => span.from < until && span.until > from)
      count(lookAlikes, kind, isTaken)
    }
    for (const span of spans) {
      if (!personal.some(({ from, until }) => span.from < until && span.until > from)) {
        mistaken.push(`${span.kind}: ${text.slice(span.from, span.until)}`)
      }
    }
  }
  return { byKind, ...sumOf(byKind.values()), missed, mistaken, lookAlikes, words }
}

/** The same for rules that give the text back: of some kinds, and of the look-alikes. */
export const measureHiding = (
  corpus: ReadonlyArray<string>,
  hide: (text: string) => string,
  kinds: ReadonlyArray<string>
) => {
  const [byKind, lookAlikes] = [new Map<string, Share>(), new Map<string, Share>()]
  const [missed, mistaken]: [Array<string>, Array<string>] = [[], []]
  for (const { marks, text } of corpus.map(unmarked)) {
    const shown = hide(text)
    for (const { from, kind, until } of marks) {
      const said = text.slice(from, until)
      const isHidden = !shown.includes(said)
      if (kinds.includes(kind)) {
        count(byKind, kind, isHidden)
        if (!isHidden) missed.push(`${kind}: ${said}`)
      } else if (!PERSONAL.has(kind)) {
        count(lookAlikes, kind, isHidden)
        if (isHidden) mistaken.push(`${kind}: ${said}`)
      }
    }
  }
  return { byKind, lookAlikes, missed, mistaken }
}
