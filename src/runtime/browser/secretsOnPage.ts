/**
 * Whether a page shows a secret of its job just now. The page's text is brought here and looked through: the secrets
 * themselves are never given to a page.
 */
import { Clock, Duration, Effect } from "effect"
import type { CDPSession, Frame, Page } from "playwright"
import { type Masker, makeMasker } from "../Masker.ts"

export interface Look {
  /** `unknown`: the page does not answer. It cannot while it waits for the next document. */
  readonly verdict: "clean" | "secret" | "unknown"
  /** When the page was read, by its own clock. */
  readonly atMs: number
  /** Since when these documents are shown and noted: what was seen before, nobody can vouch for. */
  readonly sinceMs: number
}

interface Seen {
  readonly texts: ReadonlyArray<string>
  readonly values: ReadonlyArray<string>
  readonly isTooMuch: boolean
  readonly atMs: number
  /** Null before the document was painted. */
  readonly sinceMs: number | null
}

/** Later than any picture. */
export const UNPAINTED = Number.POSITIVE_INFINITY

/** A page that is busy for longer is not asked again until the next turn. */
const LONGEST_LOOK = Duration.seconds(2)

/**
 * Runs in the page, and in new documents before anything else does. A text that is typed and sent at once is gone at the
 * next look, so values are also noted when they are typed. Fields for passwords show dots.
 */
const read = (): Seen => {
  const LATE_MS = 50
  // Half of what a screen of 60 Hz takes: the picture of a paint and the paint are not noted in the same moment.
  const SAME_PAINT_MS = 8
  const MOST_TYPED = 500
  const MOST_CHARACTERS = 2_000_000
  interface Notes {
    readonly sinceMs: number
    readonly typed: Array<string>
  }
  const key = Symbol.for("callboard-live-view")
  const place = document as Document & { [notes: symbol]: Notes | undefined }
  const valueIn = (field: unknown): string => {
    const { type, value } = (field ?? {}) as { readonly type?: unknown; readonly value?: unknown }
    return typeof value === "string" && type !== "password" && type !== "hidden" ? value : ""
  }
  const begin = (): Notes => {
    // In the middle of a document's life, a picture may be older by this than the time that is written on it.
    const sinceMs = document.readyState === "loading" ? performance.timeOrigin : Date.now() + LATE_MS
    const notes: Notes = { sinceMs, typed: [] }
    Object.defineProperty(document, key, { value: notes })
    const note = (event: Event) => {
      if (notes.typed.length < MOST_TYPED) notes.typed.push(valueIn(event.composedPath()[0]))
    }
    document.addEventListener("input", note, { capture: true, passive: true })
    return notes
  }
  const { sinceMs, typed } = place[key] ?? begin()
  // Until a document is painted, its place shows the one before.
  const painted = performance
    .getEntriesByType("paint")
    .map(({ startTime }) => performance.timeOrigin + startTime - SAME_PAINT_MS)
  const isShown = window !== window.top || painted.length > 0
  const texts: Array<string> = []
  const values: Array<string> = []
  const collect = (root: Document | ShadowRoot) => {
    texts.push((root instanceof Document ? root.documentElement : root)?.textContent ?? "")
    for (const field of root.querySelectorAll("input, textarea, select")) values.push(valueIn(field))
    for (const element of root.querySelectorAll("*")) if (element.shadowRoot) collect(element.shadowRoot)
  }
  collect(document)
  const noted = typed.splice(0)
  const length = [...texts, ...values, ...noted].reduce((sum, text) => sum + text.length, 0)
  const isTooMuch = noted.length >= MOST_TYPED || length > MOST_CHARACTERS
  return {
    texts: isTooMuch ? [] : [...texts, ...noted],
    values: isTooMuch ? [] : values,
    isTooMuch,
    atMs: Date.now(),
    sinceMs: isShown ? Math.max(sinceMs, ...(window === window.top ? painted.slice(0, 1) : [])) : null
  }
}

/** For new documents, so that they are noted from their beginning. */
export const NOTES_SCRIPT = `(${read.toString()})()`

/** The masker of no secrets: it only makes a text storable, as every masker does. */
const unmasked = makeMasker([])

const reveals = (mask: Masker, text: string): boolean => mask(text) !== unmasked(text)

/** Fields for one digit each, side by side. A short code is known only when nothing else stands next to it. */
const digitsOf = (values: ReadonlyArray<string>): string =>
  values.map((value) => (value.length === 1 ? value : " ")).join("")

/** Codes are shown in groups, and typed into a field for each digit. */
const isRevealed = (mask: Masker, { texts, values }: Seen): boolean =>
  [...texts, ...values, values.join(""), digitsOf(values)].some(
    (text) => reveals(mask, text) || reveals(mask, text.replaceAll(/\s+/gu, ""))
  )

/** Straight from Chromium: a trace of the script would take two snapshots of the page for each call of Playwright. */
const readPage = (cdp: CDPSession) =>
  Effect.tryPromise(() => cdp.send("Runtime.evaluate", { expression: NOTES_SCRIPT, returnByValue: true })).pipe(
    Effect.filterOrFail(({ exceptionDetails }) => exceptionDetails === undefined),
    Effect.map(({ result }) => result.value as Seen)
  )

const readFrame = (frame: Frame) => Effect.tryPromise(() => frame.evaluate(read))

/** `cdp` is a session of the page. */
export const lookForSecrets = (page: Page, cdp: CDPSession, mask: Masker): Effect.Effect<Look> =>
  Effect.suspend(() => {
    const inner = page.frames().filter((frame) => frame !== page.mainFrame())
    return Effect.all([readPage(cdp), ...inner.map(readFrame)], { concurrency: "unbounded" })
  }).pipe(
    Effect.map((seen): Look => {
      const isSecret = seen.some((each) => each.isTooMuch || isRevealed(mask, each))
      return {
        verdict: isSecret ? "secret" : "clean",
        atMs: Math.max(0, ...seen.map(({ atMs }) => atMs)),
        sinceMs: Math.max(0, ...seen.map(({ sinceMs }) => sinceMs ?? UNPAINTED))
      }
    }),
    Effect.timeout(LONGEST_LOOK),
    Effect.catch(() =>
      Effect.map(Clock.currentTimeMillis, (atMs): Look => ({ verdict: "unknown", atMs, sinceMs: atMs }))
    )
  )
