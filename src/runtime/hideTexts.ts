/**
 * Hides texts wherever another text has them, in one walk for all of them. Neither the texts nor what they are looked
 * for in may make it slow: both come from strangers, and the whole worker waits meanwhile. A regular expression would go
 * back over runs of backslashes and over texts that almost agree. Here all agreements go on side by side, and where they
 * are too many, for the text's length or in all, everything is hidden.
 */
import { BACKSLASH, LEADS, makeSpellings, type Spelling } from "./spellings.ts"

/** Agreements that may go on at one place, on average, and what short texts may have in addition. */
const MOST_AT_ONCE = 16
const ALLOWANCE = 1000

/** Places looked at closely and agreements in one text, however long it is: some tenths of a second. */
const MOST_WORK = 2_000_000

/** A tree of the texts by their UTF-16 units. Its nodes are numbers; 0 is the root. */
interface Tree {
  readonly steps: ReadonlyMap<number, number>
  readonly ends: ReadonlySet<number>
  /** What a backslash leads to. Texts write any number of them for one. */
  readonly backslashes: ReadonlySet<number>
  readonly beginnings: Beginnings
}

const ROOT = 0
const keyOf = (node: number, unit: number): number => node * 0x1_00_00 + unit

/** So many first units are compared before a place of a text is looked at more closely. */
const MOST_COMPARED = 4
const ENDED = 1
const bitOf = (length: number): number => 1 << length

/**
 * Says where one of the texts may begin: most places are passed over by this alone, so it must cost little and let
 * through few, also when thousands of texts begin with every letter. For each hash of some first units there are bits
 * that say how many they are. What has the same hash by chance is only looked at in vain.
 */
type Beginnings = Uint8Array

const mixed = (hash: number, unit: number): number => (Math.imul(hash, 0x9e_3b) ^ unit) & 0xff_ff

const beginningsOf = (texts: ReadonlyArray<string>): Beginnings => {
  const beginnings = new Uint8Array(0x1_00_00)
  for (const text of texts) {
    let hash = 0
    const compared = Math.min(MOST_COMPARED, text.length)
    for (let length = 1; length <= compared; length++) {
      hash = mixed(hash, text.charCodeAt(length - 1))
      beginnings[hash]! |= bitOf(length)
    }
    if (text.length < MOST_COMPARED) beginnings[hash]! |= ENDED
  }
  return beginnings
}

const LEAD_UNITS: ReadonlyArray<boolean> = Array.from({ length: 0x80 }, (_, unit) =>
  LEADS.includes(String.fromCharCode(unit))
)

const mayBeginAt = (beginnings: Beginnings, text: string, at: number): boolean => {
  let hash = 0
  for (let length = 1; length <= MOST_COMPARED; length++) {
    const unit = text.charCodeAt(at + length - 1)
    if (LEAD_UNITS[unit] === true) return true
    hash = mixed(hash, unit)
    const bits = beginnings[hash]!
    if ((bits & bitOf(length)) === 0) return false
    if ((bits & ENDED) !== 0) return true
  }
  return true
}

const treeOf = (texts: ReadonlyArray<string>): Tree => {
  const steps = new Map<number, number>()
  const ends = new Set<number>()
  const backslashes = new Set<number>()
  for (const text of texts) {
    let node = ROOT
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      const key = keyOf(node, unit)
      node = steps.get(key) ?? steps.size + 1
      steps.set(key, node)
      if (unit === BACKSLASH) backslashes.add(node)
    }
    ends.add(node)
  }
  return { steps, ends, backslashes, beginnings: beginningsOf(texts) }
}

interface Span {
  start: number
  end: number
}

/** What overlaps is one, so that many agreements at one place take no room. */
const addSpan = (spans: Array<Span>, start: number, end: number): void => {
  const last = spans.at(-1)
  if (last === undefined || start >= last.end || end <= last.start) {
    spans.push({ start, end })
    return
  }
  last.start = Math.min(last.start, start)
  last.end = Math.max(last.end, end)
}

const isWordBefore = (text: string, at: number) => /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, at - 2), at))
const isWordAt = (text: string, at: number) => /^[\p{L}\p{N}]/u.test(text.slice(at, at + 2))

/** An agreement of the text with the tree up to a node. */
interface Agreement {
  readonly node: number
  readonly start: number
}

/** Of several that came to the same node in different ways, the one that began first. */
const distinct = (all: ReadonlyArray<Agreement>): ReadonlyArray<Agreement> => {
  const byNode = new Map<number, Agreement>()
  for (const each of all) if ((byNode.get(each.node)?.start ?? each.start) >= each.start) byNode.set(each.node, each)
  return [...byNode.values()]
}

/** None where there is too much to look at. */
const spansIn = (tree: Tree, text: string, isWhole: boolean): Array<Span> | undefined => {
  const { backslashes, beginnings, ends, steps } = tree
  const found: Array<Span> = []
  const most = Math.min(MOST_WORK, ALLOWANCE + MOST_AT_ONCE * text.length)
  const spellingAt = makeSpellings(text)
  /** What goes on at the next place, and what comes together again behind another spelling. */
  let next: Array<Agreement> = []
  const ahead = new Map<number, Array<Agreement>>()
  let work = 0

  const reach = (agreements: Array<Agreement>, node: number | undefined, start: number, end: number) => {
    if (node === undefined) return
    work++
    agreements.push({ node, start })
    if (ends.has(node) && !(isWhole && isWordAt(text, end))) addSpan(found, start, end)
  }
  const reachBy = (from: number, start: number, { end, says }: Spelling) => {
    let node: number | undefined = from
    for (let at = 0; at < says.length && node !== undefined; at++) node = steps.get(keyOf(node, says.charCodeAt(at)))
    if (node === undefined) return
    const there = ahead.get(end) ?? []
    ahead.set(end, there)
    reach(there, node, start, end)
  }
  const hereAt = (at: number): ReadonlyArray<Agreement> => {
    const [here, others] = [next, ahead.get(at)]
    next = []
    ahead.delete(at)
    // One character leads from two nodes to two nodes; only backslashes and other spellings lead to one.
    return others !== undefined || text.charCodeAt(at - 1) === BACKSLASH ? distinct([...here, ...(others ?? [])]) : here
  }
  const goOn = (node: number, start: number, at: number, spelling: Spelling | undefined) => {
    const unit = text.charCodeAt(at)
    reach(next, steps.get(keyOf(node, unit)), start, at + 1)
    if (unit === BACKSLASH && backslashes.has(node)) reach(next, node, start, at + 1)
    if (spelling !== undefined) reachBy(node, start, spelling)
  }
  const nextFrom = (from: number): number => {
    if (next.length > 0 || ahead.size > 0) return from
    let at = from
    while (at < text.length && !mayBeginAt(beginnings, text, at)) at++
    return at
  }

  for (let at = nextFrom(0); at < text.length && work <= most; at = nextFrom(at + 1)) {
    work++
    const spelling = spellingAt(at)
    for (const { node, start } of hereAt(at)) goOn(node, start, at, spelling)
    if (mayBeginAt(beginnings, text, at) && !(isWhole && isWordBefore(text, at))) goOn(ROOT, at, at, spelling)
  }
  return work > most ? undefined : found
}

const replaceSpans = (text: string, spans: Array<Span>, by: string): string => {
  const pieces: Array<string> = []
  let shown = 0
  for (const { end, start } of spans.sort((a, b) => a.start - b.start)) {
    if (start >= shown) pieces.push(text.slice(shown, start), by)
    shown = Math.max(shown, end)
  }
  return pieces.join("") + text.slice(shown)
}

/** `isWhole`: only where no letter and no digit stands beside it. */
export const makeHider = (texts: ReadonlyArray<string>, by: string, isWhole = false): ((text: string) => string) => {
  if (texts.length === 0) return (text) => text
  const tree = treeOf(texts)
  return (text) => {
    const spans = spansIn(tree, text, isWhole)
    return spans === undefined ? by : replaceSpans(text, spans, by)
  }
}
