/** What Playwright's errors mean. It has few classes, so most is read from the first line of the message. */
import { FatalError, type JobError, RetryableError } from "../../domain/JobError.ts"

const stripAnsi = (text: string): string => Bun.stripANSI(text)

const firstLineOf = (text: string): string => stripAnsi(text).split("\n", 1)[0]!.trim()

/** `locator.click: Timeout 10000ms exceeded.`; under Bun the class is missing. */
const METHOD = /^(?:async )?(?:\w+\.)?([a-zA-Z]+): /u

const NAVIGATIONS = new Set([
  "goto",
  "reload",
  "goBack",
  "goForward",
  "setContent",
  "waitForURL",
  "waitForNavigation",
  "waitForLoadState"
])

/** These wait for something other than an element. */
const EVENTS = new Set([
  "waitForEvent",
  "waitForFunction",
  "waitForRequest",
  "waitForResponse",
  "get",
  "post",
  "put",
  "patch",
  "delete",
  "head",
  "fetch"
])

const CLOSED =
  /(?:page|context|browser) has been closed|(?:target|browser) closed|(?:target|page|browser) crashed|browser has disconnected/iu
const MOVED_ON = /execution context was destroyed|frame (?:was|got) detached|element is not attached/iu
const NET_ERROR = /net::(ERR_\w+)(?: at (\S+))?/u
const TIMEOUT = /Timeout (\d+)ms exceeded/u
/** A script and the evidence record one context. */
const TRACED_TWICE = /\bTracing has been already started\b/u
const STRICT = /strict mode violation: (.+) resolved to (\d+) elements/u

const PORTAL_CHANGED = "The portal may have changed. Compare its page with what the script looks for."

const hostOf = (url: string | undefined): string => (url && URL.canParse(url) ? new URL(url).host : "") || "the page"

const seconds = (ms: string): string => `${Number(ms) / 1000} s`

const LONGEST_LOCATOR = 150

/** The locator is the one thing of the call log that is told on: it says what was missing, and holds no typed text. */
const locatorIn = (message: string): string => {
  const found = /waiting for ((?:getBy|locator|frameLocator)[^\n]*?)(?: to be \w+)?\s*(?:\n|$)/u.exec(
    stripAnsi(message)
  )
  return found ? found[1]!.slice(0, LONGEST_LOCATOR) : "an element"
}

const timedOut = (method: string, ms: string, { message }: Error, cause: unknown): JobError => {
  if (NAVIGATIONS.has(method)) {
    return new RetryableError({
      code: "NAVIGATION_TIMEOUT",
      message: `The page did not load within ${seconds(ms)}.`,
      hint: "The site is slow or does not answer. It is tried again.",
      cause
    })
  }
  if (EVENTS.has(method)) {
    return new RetryableError({
      code: "TIMEOUT",
      message: `What the script waited for (${method}) did not happen within ${seconds(ms)}.`,
      cause
    })
  }
  return new FatalError({
    code: "ELEMENT_NOT_FOUND",
    message: `The script waited ${seconds(ms)} for ${locatorIn(message)} (${method}), and it did not become ready.`,
    hint: PORTAL_CHANGED,
    cause
  })
}

/** None when the error is not one of Playwright's. */
export const classifyPlaywright = (error: Error, cause: unknown): JobError | undefined => {
  const line = firstLineOf(error.message)
  const method = METHOD.exec(line)?.[1] ?? "call"
  if (CLOSED.test(line)) {
    return new RetryableError({
      code: "BROWSER_CRASHED",
      message: "The browser ended while the script was using it.",
      cause
    })
  }
  const net = NET_ERROR.exec(line)
  if (net) {
    const message = `${hostOf(net[2])} could not be loaded (${net[1]}).`
    return new RetryableError({
      code: "NETWORK_ERROR",
      message,
      hint: "Check that the site is up and its address right.",
      cause
    })
  }
  const timeout = TIMEOUT.exec(line)
  if (timeout) return timedOut(method, timeout[1]!, error, cause)
  const strict = STRICT.exec(line)
  if (strict) {
    const message = `${strict[1]!.slice(0, LONGEST_LOCATOR)} matches ${strict[2]} elements, and the script needs exactly one.`
    return new FatalError({ code: "ELEMENT_NOT_FOUND", message, hint: PORTAL_CHANGED, cause })
  }
  if (TRACED_TWICE.test(line)) {
    return new FatalError({
      code: "SCRIPT_DEFECT",
      message: "The script records a trace of its own, and Callboard records one already.",
      hint: "Leave out tracing.start and tracing.stop: Callboard keeps the trace of an attempt that fails, or of each with CALLBOARD_TRACE=always.",
      cause
    })
  }
  if (MOVED_ON.test(line)) {
    const message = "The page went on to another address while the script was using it."
    return new RetryableError({ code: "NAVIGATION_TIMEOUT", message, cause })
  }
  return undefined
}
