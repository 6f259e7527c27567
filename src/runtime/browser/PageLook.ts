/** What a page looks like now: a small picture, the same in words, its title and address. Secrets are masked in each. */
import type { Frame, Locator, Page } from "playwright"
import { type Masker, makeMasker, SHORT } from "../Masker.ts"
import { shownUrl } from "./shownUrl.ts"

/** Of the picture, in pixels. */
const WIDTH = 800
const QUALITY = 60

/** Characters of a page in words. */
const LONGEST_WORDS = 200_000

const SECRET_FIELDS =
  'input[type="password" i], input:is([autocomplete*="password" i], [autocomplete*="one-time-code" i], [autocomplete*="cc-" i])'

const ENGINE = "callboard-secret"

/**
 * Finds elements that show one of the texts, in what they say or hold. It runs apart from the page's own scripts, which
 * must not learn secrets that were never typed there.
 */
const engine = `({
  queryAll(root, body) {
    const { texts, short } = JSON.parse(body)
    const isWord = (char) => char !== undefined && /[\\p{L}\\p{N}]/u.test(char)
    const holds = (value) => texts.some((text) => {
      for (let at = value.indexOf(text); at >= 0; at = value.indexOf(text, at + 1)) {
        if (text.length > short || (!isWord(value[at - 1]) && !isWord(value[at + text.length]))) return true
      }
      return false
    })
    const found = []
    const visit = (parent) => {
      for (const element of parent.querySelectorAll("*")) {
        const said = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("")
        const held = "value" in element ? String(element.value) : ""
        if (holds(said) || holds(held) || holds(element.getAttribute("placeholder") ?? "")) found.push(element)
        if (element.shadowRoot) visit(element.shadowRoot)
      }
    }
    visit(root)
    return found
  },
  query(root, body) { return this.queryAll(root, body)[0] ?? null }
})`

type Selectors = typeof import("playwright")["selectors"]

const registered = new WeakMap<Selectors, Promise<void>>()

/** Once per process: Playwright refuses a second engine of the same name. What failed is tried again. */
export const registerEngine = (selectors: Selectors): Promise<void> => {
  const known = registered.get(selectors)
  if (known !== undefined) return known
  const registering = selectors.register(ENGINE, engine, { contentScript: true })
  registered.set(selectors, registering)
  registering.catch(() => registered.delete(selectors))
  return registering
}

export interface PageLook {
  readonly url: string
  readonly title?: string
  /** JPEG. */
  readonly picture?: Uint8Array
  /** The ARIA snapshot. */
  readonly words?: string
  /** What is in secret fields of its frames now, whoever typed it. */
  readonly typed: ReadonlyArray<string>
}

/** A question that gets no answer in time leaves its part out. */
const orNothing = <A>(answer: Promise<A>, timeoutMs: number): Promise<A | undefined> => {
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, timeoutMs, undefined).unref())
  return Promise.race([answer.catch(() => undefined), late])
}

type Typed = ReadonlyArray<string>

/** A page that loads anew, as advertisements do, has lost the question: it is asked again, once. */
const typedIn = async (frame: Frame): Promise<Typed> => {
  const ask = () =>
    frame
      .locator(SECRET_FIELDS)
      .evaluateAll((fields) => fields.map((field) => (field instanceof HTMLInputElement ? field.value : "")))
      .catch((cause) => (frame.isDetached() ? [] : Promise.reject(cause)))
  return ask().catch(ask)
}

/** Of the time of a question: what a frame gets. A busy one must not cost the page around it its own evidence. */
const FRAME_SHARE = 1 / 2

/** What has no address yet waits for a server, or to be scrolled to. It answers only where a script has written into it. */
const UNLOADED_SHARE = 1 / 8

interface Answers {
  readonly typed: Typed
  readonly isWhole: boolean
}

const askFrame = (frame: Frame, timeoutMs: number): Promise<Typed | undefined> =>
  orNothing(typedIn(frame), timeoutMs * (frame.url() === "" ? UNLOADED_SHARE : FRAME_SHARE))

const askFrames = async (page: Page, timeoutMs: number): Promise<Answers | undefined> => {
  const main = page.mainFrame()
  const inner = page.frames().filter((frame) => frame !== main)
  const [typed, ...answers] = await Promise.all([
    orNothing(typedIn(main), timeoutMs),
    ...inner.map((frame) => askFrame(frame, timeoutMs))
  ])
  if (typed === undefined) return undefined
  return {
    typed: [typed, ...answers].flatMap((texts = []) => texts).filter((text) => text !== ""),
    isWhole: !answers.includes(undefined)
  }
}

/** Covers every element of the frames that shows a secret. */
const covers = (frames: ReadonlyArray<Frame>, texts: Typed): Array<Locator> =>
  frames.flatMap((frame) => [
    frame.locator(SECRET_FIELDS),
    ...(texts.length > 0 ? [frame.locator(`${ENGINE}=${JSON.stringify({ texts, short: SHORT })}`)] : [])
  ])

const takePicture = async (page: Page, mask: Array<Locator>, timeout: number): Promise<Uint8Array> => {
  // Packing a large PNG would take longer than everything else.
  const whole = await page.screenshot({ type: "jpeg", quality: 90, timeout, mask, maskColor: "#5b6472" })
  return new Bun.Image(whole)
    .resize(WIDTH, WIDTH * 4, { fit: "inside", withoutEnlargement: true, filter: "bilinear" })
    .jpeg({ quality: QUALITY })
    .bytes()
}

type Picture = Promise<Uint8Array | undefined>

/** Frames are covered altogether. One in a closed shadow root cannot be: then there is no picture. */
const takeWithoutFrames = async (page: Page, secrets: Typed, timeout: number): Picture => {
  const frames = page.locator("iframe, frame, embed, object")
  const main = page.mainFrame()
  if ((await frames.count()) < main.childFrames().length) return undefined
  return takePicture(page, [frames, ...covers([main], secrets)], timeout)
}

const takeMaskedPicture = (page: Page, secrets: Typed, isWhole: boolean, timeout: number): Picture => {
  const alone = () => takeWithoutFrames(page, secrets, timeout)
  return isWhole ? takePicture(page, covers(page.frames(), secrets), timeout).catch(alone) : alone()
}

const cut = (mask: Masker, words: string): string =>
  words.length <= LONGEST_WORDS ? mask(words) : `${mask(words).slice(0, LONGEST_WORDS)}\n- text: more follows`

/**
 * `timeoutMs`: how long one question may take; there are two, one after the other. Without an answer of the
 * page about its password fields nothing else is asked, because nobody knows what would have to be hidden.
 */
export const lookAt = async (
  page: Page,
  known: ReadonlyArray<string>,
  timeoutMs: number,
  maskerOf: (secrets: ReadonlyArray<string>) => Masker = makeMasker
): Promise<PageLook | undefined> => {
  const answers = await askFrames(page, timeoutMs)
  if (answers === undefined) return undefined
  const { isWhole, typed } = answers
  const secrets = [...new Set([...known, ...typed])]
  const mask = maskerOf(secrets)
  const [picture, words, title] = await Promise.all([
    orNothing(takeMaskedPicture(page, secrets, isWhole, timeoutMs), timeoutMs),
    orNothing(page.locator("body").ariaSnapshot({ timeout: timeoutMs }), timeoutMs),
    orNothing(page.title(), timeoutMs)
  ])
  return {
    typed,
    url: mask(shownUrl(page.url())),
    ...(picture !== undefined && { picture }),
    ...(words !== undefined && { words: cut(mask, words) }),
    ...(title !== undefined && { title: mask(title).slice(0, 300) })
  }
}
