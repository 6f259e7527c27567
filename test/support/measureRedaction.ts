/** How well personal data are found in texts where they are marked. */
import { findPersonal } from "../../src/domain/personal/redactPersonal.ts"

interface Marked {
  readonly kind: string
  readonly from: number
  readonly until: number
}

const MARK = /\{(email|card|account|document|phone|address|name)\|([^}]*)\}/gu

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

export interface RedactionFigures {
  readonly byKind: ReadonlyMap<string, { readonly found: number; readonly of: number }>
  readonly found: number
  readonly of: number
  readonly missed: ReadonlyArray<string>
  /** Places that were taken out and say nothing of anybody. */
  readonly mistaken: ReadonlyArray<string>
  readonly words: number
}

export const measureRedaction = (corpus: ReadonlyArray<string>): RedactionFigures => {
  const byKind = new Map<string, { found: number; of: number }>()
  const missed: Array<string> = []
  const mistaken: Array<string> = []
  let words = 0
  for (const each of corpus) {
    const { marks, text } = unmarked(each)
    const spans = findPersonal(text)
    words += text.split(/\s+/u).length
    for (const { from, kind, until } of marks) {
      const count = byKind.get(kind) ?? { found: 0, of: 0 }
      // Every letter or digit of it has to be gone.
      const isFound = [...Array(until - from).keys()].every(
        (i) =>
          !/[\p{L}\p{N}]/u.test(text[from + i]!) || spans.some((span) => span.from <= from + i && span.until > from + i)
      )
      byKind.set(kind, { found: count.found + (isFound ? 1 : 0), of: count.of + 1 })
      if (!isFound) missed.push(`${kind}: ${text.slice(from, until)}`)
    }
    for (const span of spans) {
      if (!marks.some(({ from, until }) => span.from < until && span.until > from)) {
        mistaken.push(`${span.kind}: ${text.slice(span.from, span.until)}`)
      }
    }
  }
  const counts = [...byKind.values()]
  return {
    byKind,
    found: counts.reduce((sum, count) => sum + count.found, 0),
    of: counts.reduce((sum, count) => sum + count.of, 0),
    missed,
    mistaken,
    words
  }
}
