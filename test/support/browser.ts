/** A real Chromium for tests that look at pages as people do. */
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { type BrowserContextOptions, chromium } from "playwright"
import { findChromium } from "../../src/runtime/Chromium.ts"

const configured = process.env.CALLBOARD_CHROMIUM

/** Ends with the scope. */
export const openBrowser = Effect.gen(function* () {
  const { env, executablePath } = yield* findChromium({
    dataDirectory: join(tmpdir(), `callboard-test-browser-${process.getuid?.() ?? "user"}`),
    ...(configured !== undefined && { configured })
  })
  return yield* Effect.acquireRelease(
    Effect.promise(() =>
      chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0, env: { ...process.env, ...env } })
    ),
    (browser) => Effect.promise(() => browser.close())
  )
})

/** A fresh page in a context of its own. */
export const openPage = (options: BrowserContextOptions = {}) =>
  Effect.gen(function* () {
    const browser = yield* openBrowser
    return yield* Effect.promise(() => browser.newPage(options))
  })
