/**
 * What matters of a page's ARIA snapshot, as Playwright writes it (YAML of one known shape, so it is read line by line):
 * what can be used or names a part of the page, with its state. Values of fields and running text are left out.
 */

export interface PageElement {
  readonly role: string
  /** As people read it; empty where it has none. */
  readonly name: string
  readonly disabled: boolean
  /** The nearest dialog, form or other part of the page around it: "dialog Cookies". Empty for the page itself. */
  readonly place: string
  /** It stands in a row or an item of a list, which come and go with the data. */
  readonly inRow: boolean
  /** Position in the page, to keep the order of reading. */
  readonly index: number
}

const CONTROLS = new Set([
  "button",
  "link",
  "textbox",
  "searchbox",
  "combobox",
  "listbox",
  "checkbox",
  "radio",
  "switch",
  "slider",
  "spinbutton",
  "tab",
  "menuitem",
  "menuitemcheckbox",
  "menuitemradio"
])
export const isControl = ({ role }: Pick<PageElement, "role">): boolean => CONTROLS.has(role)

const DIALOGS = new Set(["dialog", "alertdialog"])
export const isDialog = ({ role }: Pick<PageElement, "role">): boolean => DIALOGS.has(role)

/** Their words are found in what they hold, when they have no name. */
const SPOKEN = new Set([...DIALOGS, "alert"])

const PLACES = new Set([...DIALOGS, "form", "navigation", "search", "region", "tabpanel", "menu", "toolbar"])
const ROWS = new Set(["row", "listitem", "treeitem", "article"])
/** Lists of these are the same for everybody. */
const FIXED = new Set(["navigation", "menu", "menubar", "tablist", "toolbar", "banner", "contentinfo"])

/** Of a snapshot of any size, this much is read. */
const LONGEST_SNAPSHOT = 1_000_000
const LONGEST_LINE = 2_000
const MOST_ELEMENTS = 4_000
const LONGEST_WORDS = 120

interface Line {
  readonly depth: number
  readonly role: string
  readonly name: string
  readonly states: string
  readonly value: string
}

/** `button "Save" [disabled]: value`; Playwright puts the part before the colon into single quotes when YAML asks for it. */
const ENTRY = /^(\s*)- (?:'((?:[^']|'')*)'|([a-z]+(?: "(?:[^"\\]|\\.)*")?(?: \[[^\]]*\])*))(?::\s*(.*))?$/u
const KEY = /^([a-z]+)(?: "((?:[^"\\]|\\.)*)")?((?: \[[^\]]*\])*)$/u

const unescaped = (text: string): string => text.replaceAll(/\\(.)/gu, "$1")

const textOf = (text: string): string =>
  text.length > 1 && text.startsWith('"') && text.endsWith('"') ? unescaped(text.slice(1, -1)) : text

const parseLine = (text: string): Line | undefined => {
  if (text.length > LONGEST_LINE) return undefined
  const entry = ENTRY.exec(text)
  if (entry === null) return undefined
  const [, indent = "", quoted, plain = "", value = ""] = entry
  const key = KEY.exec(quoted === undefined ? plain : quoted.replaceAll("''", "'"))
  if (key === null) return undefined
  const [, role = "", name = "", states = ""] = key
  return { depth: indent.length, role, name: unescaped(name).trim(), states, value: textOf(value) }
}

interface Open {
  readonly depth: number
  readonly role: string
  readonly name: string
  /** Where it is in the outline, if it is there. */
  readonly at: number | undefined
}

const isInRow = (around: ReadonlyArray<Open>): boolean => {
  const row = around.findLastIndex(({ role }) => ROWS.has(role))
  return row >= 0 && !around.slice(0, row).some(({ role }) => FIXED.has(role))
}

const placeOf = (around: ReadonlyArray<Open>): string => {
  const place = around.findLast(({ role }) => PLACES.has(role))
  return place === undefined ? "" : `${place.role} ${place.name}`.trim()
}

/** Lines as they are read, up to the bounds. */
function* linesOf(ariaSnapshot: string): Generator<Line> {
  for (const text of ariaSnapshot.slice(0, LONGEST_SNAPSHOT).split("\n")) {
    const line = parseLine(text)
    if (line !== undefined) yield line
  }
}

const isStructure = (role: string): boolean =>
  role === "heading" || SPOKEN.has(role) || PLACES.has(role) || ROWS.has(role) || FIXED.has(role)

const written = ({ depth, name, role, states, value }: Line): string => {
  const label = name === "" ? "" : ` ${JSON.stringify(name)}`
  const state = states.includes("[disabled]") ? " [disabled]" : ""
  const key = `${role}${label}${state}`.replaceAll("'", "''")
  return `${" ".repeat(depth)}- '${key}'${value === "" ? "" : `: ${JSON.stringify(value)}`}`
}

/**
 * A snapshot that gives the same outline and holds little else: no values of fields (a page's passwords are among
 * them), no running text, no data of rows. This is what is kept.
 */
export const condensed = (ariaSnapshot: string): string => {
  const kept: Array<string> = []
  /** Depths of the parts that the next line may be in. */
  const open: Array<number> = []
  let speakerDepth: number | undefined
  for (const line of linesOf(ariaSnapshot)) {
    const closes = open.length > 0 && open.at(-1)! >= line.depth
    while (open.length > 0 && open.at(-1)! >= line.depth) open.pop()
    if (speakerDepth !== undefined && line.depth <= speakerDepth) speakerDepth = undefined
    const isSpoken = speakerDepth !== undefined || SPOKEN.has(line.role)
    if (SPOKEN.has(line.role)) speakerDepth ??= line.depth
    if (isControl(line)) kept.push(written({ ...line, value: "" }))
    else if (isSpoken || isStructure(line.role)) {
      kept.push(written({ ...line, name: ROWS.has(line.role) ? "" : line.name, value: isSpoken ? line.value : "" }))
      open.push(line.depth)
    } else if (closes) {
      // What is below it is in no row and no part that ended before.
      kept.push(written({ depth: line.depth, role: "group", name: "", states: "", value: "" }))
    }
  }
  return kept.join("\n")
}

/** Never fails: what cannot be read is left out. */
export const outlineOf = (ariaSnapshot: string): ReadonlyArray<PageElement> => {
  const elements: Array<PageElement> = []
  const around: Array<Open> = []

  /** A dialog or an alert without a name is called by the first words in it. */
  const speak = (words: string) => {
    const speaker = around.findLast(({ role }) => SPOKEN.has(role))
    const silent = speaker?.at === undefined ? undefined : elements[speaker.at]
    if (silent?.name === "" && words !== "") elements[silent.index] = { ...silent, name: words.slice(0, LONGEST_WORDS) }
  }

  for (const line of linesOf(ariaSnapshot)) {
    if (elements.length >= MOST_ELEMENTS) break
    const { depth, name, role, states, value } = line
    while (around.length > 0 && around.at(-1)!.depth >= depth) around.pop()
    const named = SPOKEN.has(role) && name === "" ? value.slice(0, LONGEST_WORDS) : name
    if (!isControl(line)) speak(name === "" ? value.trim() : name)
    const isKept = isControl(line) || role === "heading" || SPOKEN.has(role) || (PLACES.has(role) && name !== "")
    if (isKept) {
      elements.push({
        role,
        name: named,
        disabled: states.includes("[disabled]"),
        place: placeOf(around),
        inRow: isInRow(around),
        index: elements.length
      })
    }
    around.push({ depth, role, name, at: isKept ? elements.length - 1 : undefined })
  }
  return elements
}
