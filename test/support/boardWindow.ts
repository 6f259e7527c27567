/** The board of a whole Callboard in a real browser. */
import { join } from "node:path"
import { Effect } from "effect"
import type { Page } from "playwright"
import { openBrowser } from "./browser.ts"
import { startCallboard, temporaryDirectory } from "./CallboardProcess.ts"

export const startBoard = (env: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const dataDirectory = join(yield* temporaryDirectory, "data")
    const [callboard, browser] = yield* Effect.all([startCallboard({ dataDirectory, env }), openBrowser], {
      concurrency: 2
    })
    return { callboard, browser, base: callboard.url.href.replace(/\/$/u, "") }
  })

export const look = <A>(body: () => Promise<A>) => Effect.promise(body)

/** What breaks the content security policy, or fails to load, ends up here. */
export const complaintsOf = (page: Page) => {
  const complaints: Array<string> = []
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
  page.on("pageerror", (error) => complaints.push(error.message))
  return complaints
}
