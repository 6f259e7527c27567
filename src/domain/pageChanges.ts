/**
 * What changed on a page since a script last got through it, in words, most useful first:
 * `button "Save" is gone; new: button "Save changes"`. Data that differs from run to run is no change.
 */
import { isControl, isDialog, outlineOf, type PageElement } from "./PageOutline.ts"
import { likeness, withoutNoise } from "./pageNoise.ts"
import { type SoughtElement, soughtElement } from "./soughtElement.ts"

export interface PagesToCompare {
  /** ARIA snapshot of the last good run. */
  readonly before: string
  readonly now: string
  /** The message of the error, which may quote the locator of the element that was not found. */
  readonly failure?: string
}

const MOST_FACTS = 4
const LONGEST_NAME = 60
/** Longest answer, in UTF-16 units. */
export const LONGEST_CHANGES = 500

/** Pairs are looked for among this many gone and as many new elements. */
const MOST_PAIRED = 150
/** Less alike than this, a new element did not take the place of a gone one. */
const ALIKE = 0.4
/** A page with another heading that kept less than this share of its fields and buttons is another page. */
const SAME_PAGE = 0.34
/** Something that stands in so many rows belongs to the page and not to the data. */
const REPEATED = 2

const shortened = (name: string): string => {
  const line = name.replaceAll(/\s+/gu, " ").toWellFormed().trim()
  return line.length <= LONGEST_NAME ? line : `${line.slice(0, LONGEST_NAME - 1).toWellFormed()}…`
}
const say = ({ name, role }: { readonly name: string; readonly role?: string }): string =>
  `${role === undefined ? "" : `${role} `}"${shortened(name)}"`

interface Keyed extends PageElement {
  readonly words: string
}

interface Page {
  readonly all: ReadonlyArray<Keyed>
  /** The controls that are the same for everybody, the first of each role and name. */
  readonly controls: ReadonlyMap<string, Keyed>
  /** Names of the controls without links, which are the same on many pages, unless there is nothing else. */
  readonly names: ReadonlySet<string>
  readonly title: string
}

const keyOf = ({ role, words }: Pick<Keyed, "role" | "words">): string => `${role} ${words}`

const read = (snapshot: string): Page => {
  const all = outlineOf(snapshot)
    .map((element): Keyed => ({ ...element, words: withoutNoise(element.name) }))
    .filter(({ role, words }) => words !== "" || isDialog({ role }))
  const times = new Map<string, number>()
  for (const element of all) times.set(keyOf(element), (times.get(keyOf(element)) ?? 0) + 1)
  const controls = new Map<string, Keyed>()
  for (const element of all) {
    const key = keyOf(element)
    const isFixed = !element.inRow || times.get(key)! >= REPEATED
    if (isControl(element) && isFixed && !controls.has(key)) controls.set(key, element)
  }
  const heading = all.find(({ role }) => role === "heading")
  const names = [...controls.values()].filter(({ role }) => role !== "link").map(keyOf)
  return { all, controls, names: new Set(names.length > 0 ? names : controls.keys()), title: heading?.name ?? "" }
}

const kept = (before: Page, now: Page): number => {
  const shared = [...before.names].filter((name) => now.names.has(name)).length
  return shared / Math.max(1, Math.min(before.names.size, now.names.size))
}

const isAnotherPage = (before: Page, now: Page): boolean =>
  now.names.size > 0 &&
  before.names.size > 0 &&
  withoutNoise(before.title) !== withoutNoise(now.title) &&
  kept(before, now) < SAME_PAGE

const isSought = (sought: SoughtElement | undefined, { name, role }: PageElement): boolean =>
  sought !== undefined && (sought.role ?? role) === role && name.toLowerCase().includes(sought.name.toLowerCase())

/** The new element that most likely stands for the gone one: its equal in another role, else the most alike of its own. */
const successorOf = (gone: Pick<Keyed, "role" | "words">, fresh: ReadonlyArray<Keyed>): Keyed | undefined => {
  const renamed = fresh.find(({ role, words }) => words === gone.words && role !== gone.role)
  if (renamed !== undefined) return renamed
  let best: { readonly element: Keyed; readonly score: number } | undefined
  for (const element of fresh) {
    if (element.role !== gone.role) continue
    const contained = element.words.includes(gone.words) || gone.words.includes(element.words)
    const score = likeness(gone.words, element.words) + (contained ? 0.3 : 0)
    if (score >= ALIKE && score > (best?.score ?? 0)) best = { element, score }
  }
  return best?.element
}

const replaced = (gone: PageElement, by: PageElement): string =>
  gone.role !== by.role && withoutNoise(gone.name) === withoutNoise(by.name)
    ? `${say(gone)} is a ${by.role} now`
    : `${say(gone)} is gone; new: ${say(by)}`

/** One thing worth saying. The lower the rank, the more it helps. */
interface Fact {
  readonly rank: number
  readonly text: string
}

const RANK = {
  sought: 0,
  inFront: 1,
  page: 2,
  alert: 3,
  replaced: 4,
  disabled: 5,
  gone: 6,
  moved: 7,
  heading: 8,
  fresh: 9
}

/** Dialogs and alerts that were not there. */
const newcomers = (before: Page, now: Page): ReadonlyArray<Fact> => {
  const known = new Set(before.all.map(keyOf))
  return now.all
    .filter((element) => !known.has(keyOf(element)))
    .flatMap((element): ReadonlyArray<Fact> => {
      const name = shortened(element.name)
      if (isDialog(element)) {
        return [{ rank: RANK.inFront, text: name === "" ? "a dialog is in front" : `a dialog “${name}” is in front` }]
      }
      return element.role === "alert" ? [{ rank: RANK.alert, text: `the page says “${name}”` }] : []
    })
}

const placeText = (place: string): string => {
  const [role = "", ...name] = place.split(" ")
  return place === "" ? "the page itself" : `the ${role}${name.length === 0 ? "" : ` “${shortened(name.join(" "))}”`}`
}

const movedOrDisabled = (before: Page, now: Page): ReadonlyArray<Fact & { readonly of: Keyed }> =>
  [...before.controls].flatMap(([key, was]) => {
    const is = now.controls.get(key)
    if (is === undefined) return []
    if (is.disabled && !was.disabled) return [{ rank: RANK.disabled, text: `${say(is)} is disabled now`, of: is }]
    if (withoutNoise(is.place) === withoutNoise(was.place)) return []
    const text = `${say(is)} moved from ${placeText(was.place)} into ${placeText(is.place)}`
    return [{ rank: RANK.moved, text, of: is }]
  })

/** Gone ones with what came in their place. The only one of its kind that went and the only one that came are a pair too. */
const pairsOf = (gone: ReadonlyArray<Keyed>, fresh: ReadonlyArray<Keyed>): ReadonlyMap<Keyed, Keyed> => {
  const left = new Set(fresh)
  const pairs = new Map<Keyed, Keyed>()
  const pair = (element: Keyed, successor: Keyed | undefined) => {
    if (successor === undefined) return
    pairs.set(element, successor)
    left.delete(successor)
  }
  for (const element of gone) pair(element, successorOf(element, [...left]))
  const lone = gone.filter((element) => !pairs.has(element))
  for (const element of lone) {
    const isLike = ({ place, role }: Keyed) => role === element.role && place === element.place
    const came = [...left].filter(isLike)
    if (lone.filter(isLike).length === 1 && came.length === 1) pair(element, came[0])
  }
  return pairs
}

const comeAndGone = (before: Page, now: Page, sought: SoughtElement | undefined): ReadonlyArray<Fact> => {
  const [known, present] = [new Set(before.all.map(keyOf)), new Set(now.all.map(keyOf))]
  const gone = [...before.controls.values()]
    .filter((element) => !present.has(keyOf(element)))
    .toSorted((a, b) => Number(isSought(sought, b)) - Number(isSought(sought, a)))
    .slice(0, MOST_PAIRED)
  const fresh = [...now.controls.values()].filter((element) => !known.has(keyOf(element))).slice(0, MOST_PAIRED)
  const pairs = pairsOf(gone, fresh)
  const successors = new Set(pairs.values())
  return [
    ...gone.map((element): Fact => {
      const successor = pairs.get(element)
      const rank = successor === undefined ? RANK.gone : RANK.replaced
      const text = successor === undefined ? `${say(element)} is gone` : replaced(element, successor)
      return { rank: isSought(sought, element) ? RANK.sought : rank, text }
    }),
    // What a dialog brings is said by naming the dialog.
    ...fresh
      .filter((element) => !successors.has(element) && !element.place.includes("dialog"))
      .map((element): Fact => ({ rank: RANK.fresh, text: `new: ${say(element)}` }))
  ]
}

/** The element may have been gone already when the step last went well: then the page of now says more. */
const soughtNow = (now: Page, sought: SoughtElement | undefined): ReadonlyArray<Fact> => {
  if (sought === undefined || now.all.some((element) => isSought(sought, element))) return []
  const candidates = now.all
    .filter((element) => isControl(element) || element.role === "heading")
    .slice(0, MOST_PAIRED * 4)
  const words = withoutNoise(sought.name)
  const nearest =
    sought.role === undefined
      ? candidates
          .map((element) => successorOf({ role: element.role, words }, [element]))
          .find((one) => one !== undefined)
      : successorOf({ role: sought.role, words }, candidates)
  if (nearest === undefined) return []
  return [{ rank: RANK.sought, text: `there is no ${say(sought)}; the nearest is ${say(nearest)}` }]
}

const factsOf = ({ before, failure, now }: PagesToCompare): ReadonlyArray<Fact> => {
  const [was, is] = [read(before), read(now)]
  const sought = failure === undefined ? undefined : soughtElement(failure)
  const inFront = newcomers(was, is)
  if (isAnotherPage(was, is)) {
    const text =
      is.title === "" || was.title === ""
        ? "it is another page now"
        : `the step ended on the page “${shortened(was.title)}”, and is on “${shortened(is.title)}” now`
    return [...inFront, { rank: RANK.page, text }]
  }
  const changes = comeAndGone(was, is, sought)
  const states = movedOrDisabled(was, is).map(({ of, ...fact }) => (isSought(sought, of) ? { ...fact, rank: 0 } : fact))
  const knowsSought = [...changes, ...states].some(({ rank }) => rank === RANK.sought)
  const heading =
    withoutNoise(was.title) === withoutNoise(is.title) || was.title === "" || is.title === ""
      ? []
      : [{ rank: RANK.heading, text: `the heading “${shortened(was.title)}” is “${shortened(is.title)}” now` }]
  return [...inFront, ...(knowsSought ? [] : soughtNow(is, sought)), ...changes, ...states, ...heading]
}

/** Nothing where nothing that helps is different. Takes any two texts, of any length. */
export const pageChanges = (pages: PagesToCompare): string | undefined => {
  const facts = [
    ...new Set(
      factsOf(pages)
        .toSorted((a, b) => a.rank - b.rank)
        .map(({ text }) => text)
    )
  ].slice(0, MOST_FACTS)
  let said = ""
  for (const fact of facts) {
    const next = said === "" ? fact : `${said}; ${fact}`
    if (next.length > LONGEST_CHANGES) break
    said = next
  }
  return said === "" ? undefined : said
}
