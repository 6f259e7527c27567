/** The browser, opened as a job would open it: sandbox and all. */
import { resolve } from "node:path"
import { Duration, Effect, Redacted } from "effect"
import { parseEndpoint } from "../../runtime/browser/BrowserEndpoint.ts"
import { BrowserSessions } from "../../runtime/browser/BrowserSessions.ts"
import { findChromium } from "../../runtime/browser/Chromium.ts"
import type { Settings } from "../../runtime/Settings.ts"
import { identityOf } from "../../runtime/ThisWorker.ts"
import { type Finding, fault, fine } from "./Finding.ts"

const ABOUT = "browser"

const LONGEST_LOOK = Duration.seconds(45)

const WITHOUT_HINT = "Jobs in the browser fail until one starts. See docs/browser.md."

const NOT_IN_TIME = `It did not show a page within ${Duration.format(LONGEST_LOOK)}.`

export const checkBrowser = ({ browserEndpoint, chromium: configured, dataDirectory }: Settings) =>
  Effect.gen(function* () {
    const path = resolve(dataDirectory)
    const endpoint = browserEndpoint && parseEndpoint(Redacted.value(browserEndpoint))
    const chromium = findChromium({ dataDirectory: path, ...(configured !== undefined && { configured }) })
    const place = endpoint?.host ?? (yield* chromium).executablePath
    // Not the server's own name: its browsers must not be taken for what an earlier start left behind.
    const worker = identityOf(path, false)
    const version = yield* Effect.flatMap(BrowserSessions, ({ open }) => open).pipe(
      Effect.flatMap(({ use }) =>
        use(async (page) => {
          await page.setContent("<h1>ready</h1>")
          return page.context().browser()?.version() ?? "unknown version"
        })
      ),
      Effect.scoped,
      Effect.provide(BrowserSessions.layer({ sessions: 1, worker, chromium, endpoint }))
    )
    return fine(ABOUT, `Chromium ${version} at ${place}`)
  }).pipe(
    Effect.timeoutOrElse({
      duration: LONGEST_LOOK,
      orElse: () => Effect.succeed(fault(ABOUT, NOT_IN_TIME, WITHOUT_HINT))
    }),
    Effect.catch(
      (error): Effect.Effect<Finding> =>
        Effect.succeed(fault(ABOUT, error.message, ("hint" in error ? error.hint : undefined) ?? WITHOUT_HINT))
    )
  )
