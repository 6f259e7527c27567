/**
 * Why a call of a script failed. What Playwright says when a browser goes away depends on what it was doing: a click on a
 * frozen browser looks like a button that is not there. So the browser itself is asked first.
 */
import { Duration, Effect } from "effect"
import type { BrowserContext, Page } from "playwright"
import { type JobError, RetryableError } from "../../domain/JobError.ts"
import { classifyFailure } from "../classifyFailure.ts"

/** A healthy browser answers within milliseconds, whatever its pages do, but a machine may be busy. */
const LONGEST_ANSWER = Duration.seconds(5)

/** Has no cause: Playwright adds the log of the browser, which may hold anything, and its own connection's address. */
const crashed = (message: string) => new RetryableError({ code: "BROWSER_CRASHED", message })

const PAGE_CRASHED = crashed("The page of the browser crashed.")
export const BROWSER_GONE = crashed(
  "The browser ended, or the connection to it was lost, while the script was using it."
)
const BROWSER_SILENT = crashed("The browser does not answer any more.")

export interface SessionHealth {
  /** What is known to be wrong with the browser, or none. */
  readonly knownFault: Effect.Effect<JobError | undefined>
  /** The same, after the browser was asked. */
  readonly fault: Effect.Effect<JobError | undefined>
  /** Fails when the page crashes. */
  readonly untilCrash: Effect.Effect<never, JobError>
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
  const answered = (question: () => Promise<unknown>, silence: JobError | undefined) =>
    Effect.promise(() => question().then(known, known)).pipe(
      Effect.timeoutOrElse({ duration: LONGEST_ANSWER, orElse: () => Effect.succeed(silence) })
    )
  const knownFault = Effect.sync(known)
  const questions = [
    knownFault,
    // Cookies are kept by the browser itself. A refusal is an answer; what it means is known by then.
    answered(() => context.cookies("http://localhost"), BROWSER_SILENT),
    // A crash is told some time after the call that suffered from it has failed. A page may also just be busy.
    answered(() => page.evaluate("0"), undefined)
  ]
  const untilCrash = Effect.callback<never, JobError>((resume) => {
    const end = () => resume(PAGE_CRASHED)
    if (isCrashed) return end()
    page.once("crash", end)
    return Effect.sync(() => page.off("crash", end))
  })
  const fault = Effect.gen(function* () {
    for (const question of questions) {
      const found = yield* question
      if (found) return found
    }
    return undefined
  })
  return { knownFault, fault, untilCrash }
}

export const sessionFailure = ({ fault }: SessionHealth, cause: unknown): Effect.Effect<never, JobError> =>
  Effect.flatMap(fault, (found) => Effect.fail(found ?? classifyFailure(cause)))

/** Some calls, such as `page.title()`, end well with an empty value when their browser goes away. */
export const trusted = <A>({ knownFault }: SessionHealth, value: A): Effect.Effect<A, JobError> =>
  Effect.flatMap(knownFault, (found) => (found ? Effect.fail(found) : Effect.succeed(value)))
