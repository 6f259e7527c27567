/** A real Chromium for tests that look at pages as people do. */
import { Effect } from "effect"
import { chromium } from "playwright"
import { testChromium } from "./TestChromium.ts"

/** Ends with the scope. */
export const openBrowser = Effect.gen(function* () {
  const { env, executablePath } = yield* testChromium
  const launch = () =>
    chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0, env: { ...process.env, ...env } })
  return yield* Effect.acquireRelease(Effect.promise(launch), (browser) => Effect.promise(() => browser.close()))
})
