/** Browser sessions of one worker with a real Chromium, and what is left of them. */
import { readdirSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import type { WorkerIdentity } from "../../src/domain/Lease.ts"
import { BrowserSessions, type BrowserSettings } from "../../src/runtime/browser/BrowserSessions.ts"
import { findMarked, markerOf } from "../../src/runtime/ProcessSweep.ts"
import { testChromium } from "./TestChromium.ts"

export const newWorker = (name: string = crypto.randomUUID()): WorkerIdentity => ({ name, bootId: crypto.randomUUID() })

export const sessionsOf = (worker: WorkerIdentity, settings: Partial<BrowserSettings> = {}) =>
  BrowserSessions.layer({ sessions: 2, worker, chromium: testChromium, ...settings })

export const pidsOf = (worker: WorkerIdentity) =>
  Effect.map(findMarked(markerOf(worker)), (found) => found.map(({ pid }) => pid).toSorted())

/** Processes come and go in real time, whatever clock a test runs on. */
export const awaitPids = (worker: WorkerIdentity, isRight: (pids: ReadonlyArray<number>) => boolean) =>
  pidsOf(worker).pipe(Effect.tap(Effect.promise(() => Bun.sleep(5))), Effect.repeat({ until: isRight }))

/** Those that ended meanwhile do not matter. */
export const signalEach = (pids: ReadonlyArray<number>, signal: NodeJS.Signals) =>
  Bun.spawnSync(["kill", "-s", signal.slice(3), ...pids.map(String)], { stderr: "ignore" })

/** To all processes of the worker's browsers. */
export const signalAll = (worker: WorkerIdentity, signal: NodeJS.Signals) =>
  Effect.tap(pidsOf(worker), (pids) => Effect.sync(() => signalEach(pids, signal)))

const readRecord = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

/** Folders of browsers whose record names this worker. */
export const foldersOf = ({ name }: WorkerIdentity): ReadonlyArray<string> =>
  readdirSync(tmpdir())
    .filter((each) => each.startsWith("callboard-browser-"))
    .map((each) => join(tmpdir(), each))
    .filter((path) => readRecord(join(path, "owner.json")).includes(name))

/** Opens a session, and proves that it works. */
export const title = Effect.gen(function* () {
  const session = yield* (yield* BrowserSessions).open
  return yield* session.use(async (page) => {
    await page.goto("data:text/html,<title>It works</title>")
    return page.title()
  })
}).pipe(Effect.scoped)

/** Opens and closes a session, and waits in real time until its browser has the next page ready and is idle. */
export const becomeIdle = Effect.gen(function* () {
  const { open } = yield* BrowserSessions
  const { context } = yield* Effect.scoped(open)
  const browser = context.browser()!
  yield* Effect.promise(() => Bun.sleep(5)).pipe(
    Effect.repeat({ until: () => browser.contexts()[0]?.pages().length === 1 })
  )
})
