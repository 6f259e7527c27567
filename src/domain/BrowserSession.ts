/** The page that a script in the `browser` lane works on: one fresh browser context per attempt, closed with it. */
import { Context, Effect } from "effect"
import type { Page } from "playwright"
import type { JobError } from "./JobError.ts"

export interface BrowserSessionApi {
  /**
   * Runs Playwright calls on the job's page. What Playwright throws comes back as a typed job error. The Promise is
   * not cancelled by interruption, but its page is closed under it, which makes it reject.
   */
  readonly use: <A>(work: (page: Page) => Promise<A>) => Effect.Effect<A, JobError>
}

export class BrowserSession extends Context.Service<BrowserSession, BrowserSessionApi>()(
  "callboard/domain/BrowserSession"
) {}

/** What scripts in the other lanes get. */
export const noBrowser = BrowserSession.of({
  use: () => Effect.die(new Error('This job type is in a lane that has no browser. Use lane "browser".'))
})
