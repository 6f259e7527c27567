import { expect } from "bun:test"
import { chmodSync, existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Page } from "playwright"
import { BrowserSessions } from "../../../src/runtime/browser/BrowserSessions.ts"
import { eventually } from "../../support/CallboardProcess.ts"
import { it } from "../../support/effect.ts"
import { testChromium } from "../../support/TestChromium.ts"
import {
  becomeIdle,
  foldersOf,
  newWorker,
  pidsOf,
  sessionsOf,
  signalAll,
  signalEach,
  title
} from "../../support/TestSessions.ts"
import { testDirectory } from "../../support/testDirectory.ts"

const CRASH = { _tag: "RetryableError", code: "BROWSER_CRASHED" }

/** A site that answers no request, and says when one came. */
const silentSite = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => {
      const asked = Promise.withResolvers<void>()
      const fetch = () => {
        asked.resolve()
        return new Promise<Response>(() => undefined)
      }
      return { server: Bun.serve({ port: 0, hostname: "127.0.0.1", fetch }), asked: asked.promise }
    }),
    ({ server }) => Effect.promise(() => server.stop(true))
  ),
  ({ asked, server }) => ({ asked, url: server.url.href })
)

/** Runs the call, and kills the browser under it. */
const failureUnder = (call: (page: Page) => Promise<unknown>, isUnderWay: Effect.Effect<unknown> = Effect.void) => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const error = yield* Effect.gen(function* () {
      const session = yield* (yield* BrowserSessions).open
      const running = yield* Effect.forkChild(session.use(call), { startImmediately: true })
      yield* isUnderWay
      yield* signalAll(worker, "SIGKILL")
      return yield* Effect.flip(Fiber.join(running))
    }).pipe(Effect.scoped)
    return { error, next: yield* title, folders: foldersOf(worker).length }
  }).pipe(Effect.provide(sessionsOf(worker, { sessions: 1 })))
}

const SURVIVED = { error: CRASH, next: "It works", folders: 1 }

it.live("tells who waits for something else that the browser or the page is gone", () => {
  const worker = newWorker()
  const goneAfter = (end: (page: Page) => Effect.Effect<unknown>) =>
    Effect.gen(function* () {
      const { page, untilGone } = yield* (yield* BrowserSessions).open
      const waiting = yield* Effect.forkChild(Effect.flip(untilGone), { startImmediately: true })
      yield* end(page)
      return [yield* Fiber.join(waiting), yield* Effect.flip(untilGone)]
    }).pipe(Effect.scoped)
  const crash = (page: Page) => Effect.promise(() => page.goto("chrome://crash").catch(() => undefined))

  return Effect.gen(function* () {
    expect(yield* goneAfter(crash)).toMatchObject([CRASH, CRASH])
    expect(yield* goneAfter(() => signalAll(worker, "SIGKILL"))).toMatchObject([CRASH, CRASH])
  }).pipe(Effect.provide(sessionsOf(worker, { sessions: 1 })))
})

it.live("reports a browser that is killed while a page loads as crashed", () =>
  Effect.gen(function* () {
    const { asked, url } = yield* silentSite

    const found = yield* failureUnder(
      (page) => page.goto(url),
      Effect.promise(() => asked)
    )

    expect(found).toMatchObject(SURVIVED)
  })
)

const calls: ReadonlyArray<readonly [string, (page: Page) => Promise<unknown>]> = [
  ["a click waits", (page) => page.getByRole("button").click()],
  ["the script waits for an element", (page) => page.getByText("Saved").waitFor()],
  ["the script waits for time to pass", (page) => page.waitForTimeout(60_000)],
  ["a script runs in the page", (page) => page.evaluate(() => new Promise(() => undefined))]
]

for (const [what, call] of calls) {
  it.live(`reports a browser that is killed while ${what} as crashed`, () =>
    Effect.gen(function* () {
      const found = yield* failureUnder(call)

      expect(found).toMatchObject(SURVIVED)
    })
  )
}

it.live("reports a browser that was killed between two calls as crashed", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const error = yield* Effect.gen(function* () {
      const session = yield* (yield* BrowserSessions).open
      const gone = Promise.withResolvers<unknown>()
      session.context.browser()?.once("disconnected", gone.resolve)
      yield* signalAll(worker, "SIGKILL")
      yield* Effect.promise(() => gone.promise)
      // Playwright itself gives an empty title then.
      return yield* Effect.flip(session.use((page) => page.title()))
    }).pipe(Effect.scoped)

    expect(error).toMatchObject(CRASH)
    expect(yield* title).toBe("It works")
  }).pipe(Effect.provide(sessionsOf(worker, { sessions: 1 })))
})

it.live("fails no other job when a browser crashes", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const { open } = yield* BrowserSessions
    const mine = yield* open
    const before = yield* pidsOf(worker)
    const other = yield* open
    const others = (yield* pidsOf(worker)).filter((pid) => !before.includes(pid))
    signalEach(others, "SIGKILL")

    expect(yield* Effect.flip(other.use((page) => page.evaluate("0")))).toMatchObject(CRASH)
    expect(yield* mine.use((page) => page.evaluate(() => 6 * 7))).toBe(42)
  }).pipe(Effect.scoped, Effect.provide(sessionsOf(worker)))
})

it.live("reports a crash of the page as a crash, and goes on with the next job", () =>
  Effect.gen(function* () {
    const error = yield* Effect.gen(function* () {
      const session = yield* (yield* BrowserSessions).open
      return yield* Effect.flip(session.use((page) => page.goto("chrome://crash")))
    }).pipe(Effect.scoped)

    expect(error).toMatchObject(CRASH)
    expect(yield* title).toBe("It works")
  }).pipe(Effect.provide(sessionsOf(newWorker(), { sessions: 1 })))
)

it.live("does not take a frozen browser for a missing element", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const error = yield* Effect.gen(function* () {
      const session = yield* (yield* BrowserSessions).open
      yield* signalAll(worker, "SIGSTOP")
      return yield* Effect.flip(session.use((page) => page.getByRole("button").click({ timeout: 200 })))
    }).pipe(Effect.scoped)

    expect(error).toMatchObject({ ...CRASH, message: "The browser does not answer any more." })
    expect(yield* pidsOf(worker)).toEqual([])
    expect(yield* title).toBe("It works")
  }).pipe(Effect.provide(sessionsOf(worker, { sessions: 1 })))
})

it.live("keeps what the script itself decided while the browser is well", () =>
  Effect.gen(function* () {
    const session = yield* (yield* BrowserSessions).open
    const error = yield* Effect.flip(session.use((page) => page.getByRole("button").click({ timeout: 50 })))
    yield* session.use((page) => page.context().close())
    const afterwards = yield* Effect.flip(session.use(() => Promise.reject(new RangeError("x"))))

    expect(error.code).toBe("ELEMENT_NOT_FOUND")
    expect(afterwards.code).toBe("SCRIPT_DEFECT")
  }).pipe(Effect.scoped, Effect.provide(sessionsOf(newWorker())))
)

it.live("replaces a browser that was killed while it was idle", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    yield* title
    const idle = yield* signalAll(worker, "SIGKILL")

    expect(idle.length).toBeGreaterThan(0)
    expect(yield* title).toBe("It works")
    expect(foldersOf(worker)).toHaveLength(1)
  }).pipe(Effect.provide(sessionsOf(worker, { sessions: 1 })))
})

it.effect("replaces a browser that froze while it was idle, without failing the next job", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    yield* becomeIdle
    const idle = yield* signalAll(worker, "SIGSTOP")
    const next = yield* Effect.forkChild(title, { startImmediately: true })

    // Time passes until the browser is given up, and then stands still for the fresh one.
    yield* pidsOf(worker).pipe(
      Effect.tap(TestClock.adjust("1 second")),
      Effect.tap(Effect.promise(() => Bun.sleep(20))),
      Effect.repeat({ until: (pids) => !pids.some((pid) => idle.includes(pid)) })
    )

    expect(yield* Fiber.join(next)).toBe("It works")
    expect(idle.length).toBeGreaterThan(0)
    expect((yield* pidsOf(worker)).filter((pid) => idle.includes(pid))).toEqual([])
  }).pipe(Effect.provide(sessionsOf(worker, { sessions: 1 })))
})

/** A browser that is killed while it starts: it says nothing until then. */
const stillborn = Effect.gen(function* () {
  const executablePath = join(yield* testDirectory, "chromium")
  writeFileSync(executablePath, '#!/bin/sh\n: > "$0.started"\nexec sleep 600\n')
  chmodSync(executablePath, 0o755)
  return { executablePath, env: {}, source: "configured" as const }
})

it.live("reports a browser that is killed while it starts, and starts another one", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const programs = [yield* stillborn, yield* testChromium]
    // What was found is searched for again once its program is gone.
    const chromium = Effect.sync(() => programs[0]!)
    const [error, next] = yield* Effect.gen(function* () {
      const opening = yield* Effect.forkChild(Effect.flip(Effect.scoped((yield* BrowserSessions).open)), {
        startImmediately: true
      })
      yield* eventually(Effect.sync(() => existsSync(`${programs[0]!.executablePath}.started`) || undefined))
      yield* signalAll(worker, "SIGKILL")
      const failed = yield* Fiber.join(opening)
      Bun.spawnSync(["rm", programs.shift()!.executablePath])
      return [failed, yield* title] as const
    }).pipe(Effect.provide(sessionsOf(worker, { sessions: 1, chromium })))

    expect(error).toMatchObject({ _tag: "RetryableError", code: "BROWSER_LAUNCH_FAILED" })
    expect(next).toBe("It works")
    expect(foldersOf(worker)).toEqual([])
  })
})

it.live("survives a browser that is killed while its session closes", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const { inUse, open } = yield* BrowserSessions
    yield* Effect.gen(function* () {
      const { context } = yield* open
      yield* signalAll(worker, "SIGSTOP")
      void context.close().catch(() => undefined)
      yield* signalAll(worker, "SIGKILL")
    }).pipe(Effect.scoped)

    expect(yield* inUse).toBe(0)
    expect(yield* title).toBe("It works")
  }).pipe(Effect.provide(sessionsOf(worker, { sessions: 1 })))
})

it.live("kills a browser that does not close a session", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const stopped = yield* Effect.gen(function* () {
      yield* (yield* BrowserSessions).open
      return yield* signalAll(worker, "SIGSTOP")
    }).pipe(Effect.scoped)

    expect(stopped.length).toBeGreaterThan(0)
    expect(yield* pidsOf(worker)).toEqual([])
    expect(yield* title).toBe("It works")
  }).pipe(Effect.provide(sessionsOf(worker, { sessions: 1 })))
})
