/** A browser session for scripts under test: a fresh context per attempt, in a browser that the test opened. */
import { Effect, Layer } from "effect"
import type { Browser } from "playwright"
import { BrowserSession } from "../../../src/domain/BrowserSession.ts"
import { classifyFailure } from "../../../src/runtime/classifyFailure.ts"

/** Short, so that a test for what is missing ends soon. */
const ACTION_TIMEOUT_MS = 4_000

const openPage = (browser: Browser) =>
  Effect.acquireRelease(
    Effect.promise(() => browser.newContext()),
    (context) => Effect.promise(() => context.close())
  ).pipe(Effect.flatMap((context) => Effect.promise(() => context.newPage())))

/** Provide it anew for each attempt: its page lives as long as the layer. */
export const BrowserSessionOn = (browser: Browser) =>
  Layer.effect(
    BrowserSession,
    Effect.map(openPage(browser), (page) => {
      page.setDefaultTimeout(ACTION_TIMEOUT_MS)
      page.setDefaultNavigationTimeout(20_000)
      return BrowserSession.of({ use: (work) => Effect.tryPromise({ try: () => work(page), catch: classifyFailure }) })
    })
  )
