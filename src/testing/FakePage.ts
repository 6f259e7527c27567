/**
 * A page without a browser. It does what it is told (clicks, typing, navigation), answers only what a test told it, and
 * never guesses: a question without an answer fails with the line that would answer it.
 */
import { Effect, Layer, Predicate } from "effect"
import type { Locator, Page } from "playwright"
import { BrowserSession } from "../domain/BrowserSession.ts"
import { classifyFailure } from "../runtime/classifyFailure.ts"
import { SHOWN, showArguments } from "./showArguments.ts"

export interface FakePage {
  /** For code that takes a Playwright page. */
  readonly page: Page
  /** Everything that was done, in order: `getByRole("button", { name: "Save" }).click()`. */
  readonly calls: ReadonlyArray<string>
  /** What a call gives, in turn; the last answer stays. `answer((page) => page.getByLabel("Name").inputValue(), "Ada")` */
  readonly answer: <A>(call: (page: Page) => Promise<A>, ...answers: readonly [A, ...ReadonlyArray<A>]) => FakePage
  /** What a call fails with, each time. */
  readonly fail: (call: (page: Page) => Promise<unknown>, error: Error) => FakePage
  /** Nothing is found there: actions time out as Playwright's do, `count()` is 0 and `isVisible()` false. */
  readonly missing: (locate: (page: Page) => Locator) => FakePage
}

/** The page, or a part of it that was pointed at. */
interface Target {
  /** Empty for the page. */
  readonly text: string
  readonly within?: Target
  /** The other side of an `or` or `and`. */
  readonly other?: { readonly how: "or" | "and"; readonly target: Target }
}

interface Call {
  /** What it was called on. */
  readonly target: Target
  readonly method: string
  readonly args: ReadonlyArray<unknown>
  readonly text: string
}

type OnCall = (call: Call) => unknown

const LOCATES = /^(?:getBy\w+|locator|frameLocator|contentFrame|owner|first|last|nth|filter|describe|and|or)$/u
const PARTS = new Set(["keyboard", "mouse", "touchscreen", "request", "clock"])

/** These promise nothing but that they were done. */
const DOES =
  /^(?:goto|reload|goBack|goForward|click|dblclick|tap|fill|clear|type|press|pressSequentially|insertText|down|up|move|wheel|check|uncheck|setChecked|selectOption|selectText|setInputFiles|hover|focus|blur|dragTo|dragAndDrop|dispatchEvent|scrollIntoViewIfNeeded|bringToFront|waitFor|waitForURL|waitForLoadState|waitForTimeout|route|unroute|setViewportSize|setExtraHTTPHeaders|close)$/u

/** These are no promises. */
const SETS = /^(?:on|once|off|addListener|removeListener|setDefaultTimeout|setDefaultNavigationTimeout)$/u

/** These give something of a browser at once, and there is none. */
const OF_A_BROWSER = /^(?:context|frame|frames|mainFrame|page|video|viewportSize|workers)$/u

const PAGE: Target = { text: "" }

/** From what stands for a part of a page to that part. */
const targets = new WeakMap<object, Target>()

const otherOf = (how: string, [arg]: ReadonlyArray<unknown>): Pick<Target, "other"> => {
  const target = typeof arg === "object" && arg !== null ? targets.get(arg) : undefined
  return target !== undefined && (how === "or" || how === "and") ? { other: { how, target } } : {}
}

/** Stands for a page, or for a part of it. */
const proxyAt = (target: Target, onCall: OnCall): unknown => {
  const here = target.text === "" ? "" : `${target.text}.`
  const proxy: object = new Proxy(Object.create(null), {
    get: (_, name) => {
      if (name === SHOWN) return target.text === "" ? "page" : `page.${target.text}`
      // Awaiting a locator gives the locator.
      if (typeof name === "symbol" || name === "then") return undefined
      if (PARTS.has(name)) return proxyAt({ text: `${here}${name}`, within: target }, onCall)
      return (...args: ReadonlyArray<unknown>) => {
        const text = `${here}${name}(${showArguments(args)})`
        return LOCATES.test(name)
          ? proxyAt({ text, within: target, ...otherOf(name, args) }, onCall)
          : onCall({ target, method: name, args, text })
      }
    }
  })
  targets.set(proxy, target)
  return proxy
}

/** The text of what a test points at. */
const textOfCall = (point: (page: Page) => unknown): string => {
  let found = ""
  const onCall: OnCall = ({ text }) => {
    found = text
    return new Promise(() => undefined)
  }
  void point(proxyAt(PAGE, onCall) as Page)
  return found
}

const textOfLocator = (locate: (page: Page) => Locator): string =>
  textOfCall((page) => locate(page).count()).replace(/\.count\(\)$/u, "")

const ACTION_TIMEOUT_MS = 10_000

/** In the words of Playwright, from which the runtime reads what happened. */
const timedOut = (target: string, method: string) => {
  const error = new Error(
    `locator.${method}: Timeout ${ACTION_TIMEOUT_MS}ms exceeded.\nCall log:\n  - waiting for ${target}\n`
  )
  error.name = "TimeoutError"
  return error
}

const OF_NOTHING: Readonly<Record<string, unknown>> = {
  count: 0,
  isVisible: false,
  isHidden: true,
  all: [],
  allInnerTexts: [],
  allTextContents: []
}

/** `waitFor({ state: "hidden" })` */
const waitsForNothing = ([options]: ReadonlyArray<unknown>): boolean =>
  Predicate.hasProperty(options, "state") && (options.state === "hidden" || options.state === "detached")

export const makeFakePage = (url = "about:blank"): FakePage => {
  const calls: Array<string> = []
  const answers = new Map<string, ReadonlyArray<unknown>>()
  const failures = new Map<string, Error>()
  const absent = new Set<string>()
  let address = url
  let isClosed = false

  const isAbsent = ({ other, text, within }: Target): boolean => {
    if (absent.has(text)) return true
    const isOneAbsent = within !== undefined && isAbsent(within)
    if (other === undefined) return isOneAbsent
    return other.how === "or" ? isOneAbsent && isAbsent(other.target) : isOneAbsent || isAbsent(other.target)
  }

  const reply = ({ args, method, target, text }: Call): unknown => {
    const failure = failures.get(text)
    if (failure !== undefined) throw failure
    const given = answers.get(text)
    if (given !== undefined) {
      if (given.length > 1) answers.set(text, given.slice(1))
      return given[0]
    }
    if (isAbsent(target)) {
      if (method === "waitFor" && waitsForNothing(args)) return undefined
      if (Object.hasOwn(OF_NOTHING, method)) return OF_NOTHING[method]
      throw timedOut(target.text, method)
    }
    if (DOES.test(method)) return undefined
    throw new Error(`The fake page does not know what to answer: fake.answer((page) => page.${text}, ...)`)
  }

  const onCall: OnCall = (call) => {
    const { args, method, target, text } = call
    if (target === PAGE && method === "url") return address
    if (target === PAGE && method === "isClosed") return isClosed
    if (OF_A_BROWSER.test(method)) {
      throw new Error(`The fake page has no browser, so there is no ${text}. Keep that out of what the test runs.`)
    }
    calls.push(text)
    if (SETS.test(method)) return undefined
    return Promise.try(reply, call).then((value) => {
      if (target === PAGE && method === "goto") address = String(args[0])
      if (target === PAGE && method === "close") isClosed = true
      return value
    })
  }

  const fake: FakePage = {
    page: proxyAt(PAGE, onCall) as Page,
    calls,
    answer: (call, ...values) => {
      answers.set(textOfCall(call), values)
      return fake
    },
    fail: (call, error) => {
      failures.set(textOfCall(call), error)
      return fake
    },
    missing: (locate) => {
      absent.add(textOfLocator(locate))
      return fake
    }
  }
  return fake
}

/** The session that a script in the `browser` lane asks for. */
export const FakeBrowserSession = ({ page }: FakePage) =>
  Layer.succeed(BrowserSession, {
    use: (work) => Effect.tryPromise({ try: () => work(page), catch: classifyFailure })
  })
