/** A real browser for scripts under test: one Chromium per test, one fresh context per attempt. */
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { type Browser, chromium } from "playwright"
import { BrowserSession } from "../../../src/domain/BrowserSession.ts"
import { FatalError, type JobError } from "../../../src/domain/JobError.ts"
import { findChromium } from "../../../src/runtime/Chromium.ts"
import { classifyPlaywright } from "../../../src/runtime/classifyPlaywright.ts"

const configured = process.env.CALLBOARD_CHROMIUM
const dataDirectory = join(import.meta.dir, "../../../.callboard")

let found: ReturnType<typeof lookForChromium> | undefined

const lookForChromium = () =>
  Effect.runPromise(findChromium({ dataDirectory, ...(configured !== undefined && { configured }) }))

const launch = async () => {
  found ??= lookForChromium()
  const { env, executablePath } = await found
  return chromium.launch({
    executablePath,
    chromiumSandbox: process.getuid?.() !== 0,
    env: { ...process.env, ...env }
  })
}

export const openBrowser = Effect.acquireRelease(Effect.promise(launch), (browser) =>
  Effect.promise(() => browser.close())
)

/** Short, so that a test for what is missing ends soon. */
const ACTION_TIMEOUT_MS = 4_000

const classify = (cause: unknown): JobError => {
  const error = cause instanceof Error ? cause : new Error(String(cause))
  return classifyPlaywright(error, cause) ?? new FatalError({ code: "SCRIPT_DEFECT", message: error.message, cause })
}

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
      return BrowserSession.of({ use: (work) => Effect.tryPromise({ try: () => work(page), catch: classify }) })
    })
  )
