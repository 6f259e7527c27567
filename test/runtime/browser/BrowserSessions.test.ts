import { expect } from "bun:test"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Fiber, Latch, Layer, Queue } from "effect"
import { TestClock } from "effect/testing"
import { BrowserSessions } from "../../../src/runtime/browser/BrowserSessions.ts"
import { eventually } from "../../support/CallboardProcess.ts"
import { it } from "../../support/effect.ts"
import { awaitPids, becomeIdle, foldersOf, newWorker, pidsOf, sessionsOf, title } from "../../support/TestSessions.ts"

it.live("never has more sessions open than it may", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const sessions = yield* BrowserSessions
    const entered = yield* Queue.unbounded<void>()
    const leave = yield* Latch.make()
    const use = sessions.open.pipe(
      Effect.andThen(Queue.offer(entered, undefined)),
      Effect.andThen(Latch.await(leave)),
      Effect.scoped
    )

    const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(use))
    yield* Queue.take(entered)
    yield* Queue.take(entered)
    const inUse = yield* sessions.inUse
    yield* Latch.open(leave)
    yield* Fiber.joinAll(fibers)

    expect(inUse).toBe(2)
    expect(yield* sessions.peak).toBe(2)
    expect(yield* sessions.inUse).toBe(0)
  }).pipe(Effect.provide(sessionsOf(worker)))
})

it.live("gives each session a context of its own and closes it with the scope", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const { open } = yield* BrowserSessions
    const first = yield* Effect.gen(function* () {
      const session = yield* open
      return yield* session.use(async (page) => {
        await page.context().addCookies([{ name: "who", value: "first", url: "http://portal.test" }])
        return page
      })
    }).pipe(Effect.scoped)
    const afterFirst = yield* pidsOf(worker)
    const cookies = yield* Effect.gen(function* () {
      const session = yield* open
      return yield* session.use((page) => page.context().cookies())
    }).pipe(Effect.scoped)

    expect(first.isClosed()).toBe(true)
    expect(cookies).toEqual([])
    expect(afterFirst.length).toBeGreaterThan(0)
    expect(yield* pidsOf(worker)).toContain(afterFirst[0]!)
  }).pipe(Effect.provide(sessionsOf(worker)))
})

it.live("keeps no browser in which a script opened a context of its own", () =>
  Effect.gen(function* () {
    const { open } = yield* BrowserSessions
    const own = yield* Effect.gen(function* () {
      const session = yield* open
      return yield* session.use(async (page) => {
        const context = await page.context().browser()!.newContext()
        await context.addCookies([{ name: "who", value: "first", url: "http://portal.test" }])
        return context
      })
    }).pipe(Effect.scoped)

    const { context } = yield* open

    expect(own.browser()!.isConnected()).toBe(false)
    expect(context.browser()!.contexts()).toEqual([context])
  }).pipe(Effect.scoped, Effect.provide(sessionsOf(newWorker())))
)

it.live("opens the next page ahead of time, in a context that nobody has used", () =>
  Effect.gen(function* () {
    const { open } = yield* BrowserSessions
    const first = yield* Effect.scoped(open)
    const browser = first.context.browser()!
    const ahead = yield* eventually(Effect.sync(() => browser.contexts()[0]?.pages()[0]))

    const second = yield* open

    expect(second.page).toBe(ahead)
    expect(second.context).not.toBe(first.context)
    expect(browser.contexts()).toHaveLength(1)
  }).pipe(Effect.scoped, Effect.provide(sessionsOf(newWorker())))
)

it.live("takes the browser down under a script that is interrupted, and gives the next one another", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const { inUse, open } = yield* BrowserSessions
    const started = yield* Latch.make()
    const script = Effect.gen(function* () {
      const session = yield* open
      yield* Latch.open(started)
      yield* session.use((page) => page.waitForTimeout(60_000))
    }).pipe(Effect.scoped)

    const running = yield* Effect.forkChild(script)
    yield* Latch.await(started)
    const before = yield* pidsOf(worker)
    expect(before.length).toBeGreaterThan(0)
    yield* Fiber.interrupt(running)

    expect(yield* inUse).toBe(0)
    expect(yield* pidsOf(worker)).toEqual([])
    expect(yield* title).toBe("It works")
  }).pipe(Effect.provide(sessionsOf(worker, { sessions: 1 })))
})

/** A browser that starts and never answers. */
const silent = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = mkdtempSync(join(tmpdir(), "callboard-silent-"))
    const executablePath = join(directory, "chromium")
    writeFileSync(executablePath, "#!/bin/sh\nsleep 600 &\nwait\n")
    chmodSync(executablePath, 0o755)
    return { directory, chromium: { executablePath, env: {}, source: "configured" as const } }
  }),
  ({ directory }) => Effect.sync(() => rmSync(directory, { recursive: true }))
)

it.live("leaves nothing behind when it is interrupted while a browser starts", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const { chromium } = yield* silent
    const { inUse } = yield* BrowserSessions
    const layer = sessionsOf(worker, { chromium: Effect.succeed(chromium) })
    yield* Effect.gen(function* () {
      const opening = yield* Effect.forkChild(Effect.scoped((yield* BrowserSessions).open))
      yield* awaitPids(worker, (pids) => pids.length >= 2)

      yield* Fiber.interrupt(opening)

      expect(yield* pidsOf(worker)).toEqual([])
    }).pipe(Effect.provide(layer))
    expect(yield* inUse).toBe(0)
  }).pipe(Effect.provide(sessionsOf(newWorker())))
})

it.live("leaves nothing behind when it is interrupted at any moment of opening", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const { inUse, open } = yield* BrowserSessions
    for (let millis = 0; millis < 300; millis += 60) {
      yield* Effect.scoped(Effect.andThen(open, Effect.never)).pipe(Effect.timeoutOption(millis))
      expect(yield* inUse).toBe(0)
    }
    expect(yield* title).toBe("It works")
  }).pipe(
    Effect.provide(sessionsOf(worker, { sessions: 1 })),
    Effect.andThen(pidsOf(worker)),
    Effect.tap((pids) => Effect.sync(() => expect([pids, foldersOf(worker)]).toEqual([[], []])))
  )
})

it.effect("closes a browser that nobody used for five minutes", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    yield* becomeIdle
    yield* TestClock.adjust("299 seconds")
    const before = yield* pidsOf(worker)

    yield* TestClock.adjust("1 second")
    yield* awaitPids(worker, (pids) => pids.length === 0)

    expect(before.length).toBeGreaterThan(0)
  }).pipe(Effect.provide(sessionsOf(worker)))
})

it.effect("replaces a browser that is half an hour old", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const { open } = yield* BrowserSessions
    const before = yield* Effect.gen(function* () {
      yield* open
      yield* TestClock.adjust("30 minutes")
      return yield* pidsOf(worker)
    }).pipe(Effect.scoped)

    expect(before.length).toBeGreaterThan(0)
    expect(yield* pidsOf(worker)).toEqual([])
  }).pipe(Effect.provide(sessionsOf(worker)))
})

it.live("replaces a browser after a hundred sessions", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const { open } = yield* BrowserSessions
    yield* Effect.repeat(Effect.scoped(open), { times: 98 })
    const after99 = yield* pidsOf(worker)

    yield* Effect.scoped(open)

    expect(after99.length).toBeGreaterThan(0)
    expect(yield* pidsOf(worker)).toEqual([])
  }).pipe(Effect.provide(sessionsOf(worker)))
})

it.live("replaces a browser that uses more memory than it may", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const during = yield* Effect.gen(function* () {
      yield* (yield* BrowserSessions).open
      return yield* pidsOf(worker)
    }).pipe(Effect.scoped)

    expect(during.length).toBeGreaterThan(0)
    expect(yield* pidsOf(worker)).toEqual([])
    expect(yield* title).toBe("It works")
  }).pipe(Effect.provide(sessionsOf(worker, { mostMemory: 1 })))
})

it.effect("says what to do when there is no browser", () =>
  Effect.gen(function* () {
    const { open } = yield* BrowserSessions

    const error = yield* Effect.flip(Effect.scoped(open))

    expect(error).toMatchObject({ code: "BROWSER_LAUNCH_FAILED", retryable: true })
  }).pipe(
    Effect.provide(
      sessionsOf(newWorker(), {
        chromium: Effect.succeed({ executablePath: "/bin/false", env: {}, source: "configured" })
      }).pipe(Layer.orDie)
    )
  )
)
