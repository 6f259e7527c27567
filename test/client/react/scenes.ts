/** One Callboard, one Chromium and the scenes of the test page, for all tests of a file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Scope } from "effect"
import type { Page } from "playwright"
import { openBrowser } from "../../support/browser.ts"
import { startCallboard } from "../../support/CallboardProcess.ts"
import { bundle, html, stylesheet } from "./bundle.ts"

const CALLBOARD_CONFIG = join(import.meta.dir, "job-types.ts")

/** What the test page keeps for its tests. */
export interface Seen {
  readonly asked: ReadonlyArray<number>
  readonly underWay: ReadonlySet<Promise<unknown>>
  readonly told: ReadonlyArray<string>
}
declare global {
  interface Window {
    readonly seen: Seen
    readonly timers: ReadonlySet<unknown>
  }
}

/** Runs in the page before anything else: which timers have been set and not come or been cleared. */
export const countTimers = () => {
  const timers = new Set<unknown>()
  Object.assign(window, { timers })
  const { clearInterval, clearTimeout, setInterval, setTimeout } = window
  Object.assign(window, {
    setTimeout: (run: () => void, ms?: number) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        run()
      }, ms)
      timers.add(timer)
      return timer
    },
    setInterval: (run: () => void, ms?: number) => {
      const timer = setInterval(run, ms)
      timers.add(timer)
      return timer
    },
    clearTimeout: (timer: number) => {
      timers.delete(timer)
      clearTimeout(timer)
    },
    clearInterval: (timer: number) => {
      timers.delete(timer)
      clearInterval(timer)
    }
  })
}

export const openStage = async () => {
  const scope = await Effect.runPromise(Scope.make())
  const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) => Effect.runPromise(Scope.provide(effect, scope))
  const directory = mkdtempSync(join(tmpdir(), "callboard-react-"))
  Bun.spawnSync(["chmod", "755", directory])
  const dataDirectory = join(directory, "data")
  const env = { CALLBOARD_CONFIG, CALLBOARD_SHUTDOWN_GRACE: "1 second" }
  const serverScope = await Effect.runPromise(Scope.fork(scope))
  const [callboard, browser, css, ...scripts] = await Promise.all([
    Effect.runPromise(Scope.provide(startCallboard({ dataDirectory, env }), serverScope)),
    run(openBrowser),
    stylesheet(),
    bundle("app.tsx", 19),
    bundle("app.tsx", 18)
  ])
  const base = callboard.url.origin
  let trips = 0

  return {
    base,
    browser,
    callboard,
    css,
    /** A folder whose files let the steps of a trip go on. */
    makeTrip: () => {
      const gates = join(directory, `trip-${trips++}`)
      mkdirSync(gates)
      const open = (step: "outline" | "days") => writeFileSync(join(gates, step), "")
      const finish = () => {
        open("outline")
        open("days")
      }
      return { gates, open, finish }
    },
    createGuide: () => Effect.runPromise(callboard.create("ask_guide", {})),
    create: (gates: string, rest: object = {}, fails = false) =>
      Effect.runPromise(callboard.create("plan_trip", { gates, fails }, rest)),
    openScene: async (
      scene: string,
      {
        before,
        react = 19,
        ...params
      }: { job?: string; gates?: string; react?: 18 | 19; before?: (page: Page) => Promise<unknown> } = {}
    ) => {
      const page = await browser.newPage()
      page.setDefaultTimeout(55_000)
      const page0 = html(css, scripts[react === 19 ? 0 : 1]!)
      await page.addInitScript(countTimers)
      await before?.(page)
      await page.route(`${base}/test-page?*`, (route) => route.fulfill({ contentType: "text/html", body: page0 }))
      await page.goto(`${base}/test-page?${new URLSearchParams({ scene, ...params })}`)
      return page
    },
    stopServer: () => Effect.runPromise(Scope.close(serverScope, Exit.void)),
    restartServer: () => run(startCallboard({ dataDirectory, env: { ...env, PORT: callboard.url.port } })),
    close: async () => {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      rmSync(directory, { recursive: true, force: true })
    }
  }
}

export type Stage = Awaited<ReturnType<typeof openStage>>
