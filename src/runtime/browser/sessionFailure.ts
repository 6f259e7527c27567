/**
 * Why a call of a script failed. What Playwright says when a browser goes away depends on what it was doing: a click on a
 * frozen browser looks like a button that is not there. So the browser itself is asked first.
 */
import { Duration, Effect } from "effect"
import type { BrowserContext, Page } from "playwright"
import { type JobError, RetryableError } from "../../domain/JobError.ts"
import { classifyFailure } from "../classifyFailure.ts"

/** A healthy browser answers within milliseconds, whatever its pages do. */
const LONGEST_ANSWER = Duration.seconds(2)

/** Has no cause: Playwright adds the log of the browser, which may hold anything, and its own connection's address. */
const crashed = (message: string) => new RetryableError({ code: "BROWSER_CRASHED", message })

const PAGE_CRASHED = crashed("The page of the browser crashed.")
const BROWSER_GONE = crashed("The browser ended, or the connection to it was lost, while the script was using it.")
const BROWSER_SILENT = crashed("The browser does not answer any more.")

export interface SessionHealth {
  /** What is wrong with the browser, or none. */
  readonly fault: Effect.Effect<JobError | undefined>
}

/** Watches a session from its start. */
export const watchHealth = (context: BrowserContext, page: Page): SessionHealth => {
  let isCrashed = false
  page.once("crash", () => {
    isCrashed = true
  })
  const known = () => {
    if (!context.browser()?.isConnected()) return BROWSER_GONE
    return isCrashed ? PAGE_CRASHED : undefined
  }
  // Cookies are kept by the browser itself. A refusal is an answer; what it means is known by then.
  const ask = Effect.promise(() => context.cookies("http://localhost").then(known, known)).pipe(
    Effect.timeoutOrElse({ duration: LONGEST_ANSWER, orElse: () => Effect.succeed(BROWSER_SILENT) })
  )
  return {
    fault: Effect.suspend(() => Effect.succeed(known())).pipe(
      Effect.flatMap((fault) => (fault ? Effect.succeed(fault) : ask))
    )
  }
}

export const sessionFailure = ({ fault }: SessionHealth, cause: unknown): Effect.Effect<never, JobError> =>
  Effect.flatMap(fault, (found) => Effect.fail(found ?? classifyFailure(cause)))
