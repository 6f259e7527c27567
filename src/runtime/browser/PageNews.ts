/** What a session's pages say meanwhile: console messages, errors and failed requests, collected from step to step. */
import type { BrowserContext, ConsoleMessage, Request, Response } from "playwright"
import type { ConsoleLine, FailedRequest } from "../../domain/StepEvidence.ts"
import { type Masker, shorten } from "../Masker.ts"
import { shownUrl, withShownUrls } from "./shownUrl.ts"

/** Lines of each kind that one step keeps; a page that complains in a circle must not fill the database. */
const MOST_LINES = 50

const LONGEST_LINE = 500

/** Of what is kept until it is masked. Cut off sooner, a secret could be cut in two. */
const LONGEST_RAW = 10_000

const levelOf = (message: ConsoleMessage): ConsoleLine["level"] => {
  const type = message.type()
  if (type === "error" || type === "assert") return "error"
  return type === "warning" ? "warning" : "info"
}

/** A request that the page itself gave up, because it went on, is no failure. */
const GIVEN_UP = "net::ERR_ABORTED"

export interface PageNews {
  /** What came since the last call. */
  readonly take: () => { readonly console: ReadonlyArray<ConsoleLine>; readonly requests: ReadonlyArray<FailedRequest> }
}

/** Listens until the context closes. `mask` is asked for when lines are taken: a step may end in learning a secret. */
export const collectNews = (context: BrowserContext, mask: () => Masker): PageNews => {
  let console: Array<ConsoleLine> = []
  let requests: Array<FailedRequest> = []
  const raw = (text: string) => shorten(text, LONGEST_RAW)
  const say = (level: ConsoleLine["level"], text: string) => {
    if (console.length < MOST_LINES) console.push({ level, text: raw(text) })
  }
  const fail = (request: Request, problem: string) => {
    if (requests.length >= MOST_LINES) return
    requests.push({ method: request.method(), url: raw(shownUrl(request.url())), problem: raw(problem) })
  }

  context.on("console", (message) => say(levelOf(message), message.text()))
  context.on("weberror", (error) => say("error", String(error.error())))
  context.on("requestfailed", (request) => {
    const problem = request.failure()?.errorText ?? "failed"
    if (problem !== GIVEN_UP) fail(request, problem)
  })
  context.on("response", (response: Response) => {
    if (response.status() >= 400) fail(response.request(), String(response.status()))
  })

  return {
    take: () => {
      const hide = mask()
      const clean = (text: string) => shorten(hide(withShownUrls(text)), LONGEST_LINE)
      const taken = {
        console: console.map(({ level, text }) => ({ level, text: clean(text) })),
        requests: requests.map(({ method, problem, url }) => ({ method, url: hide(url), problem: clean(problem) }))
      }
      console = []
      requests = []
      return taken
    }
  }
}
