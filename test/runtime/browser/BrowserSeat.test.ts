import { expect } from "bun:test"
import { EventEmitter } from "node:events"
import { Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Browser } from "playwright"
import { makeSeat } from "../../../src/runtime/browser/BrowserSeat.ts"
import type { StartBrowser } from "../../../src/runtime/browser/RunningBrowser.ts"
import { it } from "../../support/effect.ts"

class FakeBrowser extends EventEmitter {
  connected = true

  constructor(readonly newContext: () => Promise<unknown>) {
    super()
  }

  isConnected() {
    return this.connected
  }

  contexts() {
    return []
  }

  die() {
    this.connected = false
    this.emit("disconnected")
  }
}

const seatWith = (browser: FakeBrowser) => {
  const startBrowser: StartBrowser = (_options, onStart) =>
    Effect.sync(() =>
      onStart({
        browser: browser as unknown as Browser,
        kill: Effect.void,
        close: Effect.void,
        memory: Effect.succeed(0)
      })
    )
  return makeSeat({ startBrowser, mostMemory: Number.POSITIVE_INFINITY })
}

it.effect("gives up at once on a page of a browser that goes away while it opens", () =>
  Effect.gen(function* () {
    const asked = yield* Deferred.make<void>()
    // Asked for a context it never answers, as a killed one does now and then.
    const silent = new FakeBrowser(() => {
      Deferred.doneUnsafe(asked, Effect.void)
      return new Promise(() => undefined)
    })
    const seat = yield* seatWith(silent)

    const opening = yield* Effect.forkChild(Effect.flip(Effect.scoped(seat.open)))
    yield* Deferred.await(asked)
    yield* Effect.yieldNow
    expect(silent.listenerCount("disconnected")).toBe(1)
    silent.die()

    // On the test clock no time passes, so no limit ends the wait.
    expect(yield* Fiber.join(opening)).toMatchObject({ _tag: "RetryableError", code: "BROWSER_CRASHED" })
    expect(silent.listenerCount("disconnected")).toBe(0)
  })
)

it.effect("ends a call of a script that its killed browser leaves unanswered", () =>
  Effect.gen(function* () {
    const asked = yield* Deferred.make<void>()
    const browser: FakeBrowser = new FakeBrowser(async () => ({
      browser: () => browser,
      setDefaultTimeout: () => undefined,
      setDefaultNavigationTimeout: () => undefined,
      newPage: async () => new EventEmitter(),
      close: async () => undefined
    }))
    const seat = yield* seatWith(browser)
    const script = Effect.flatMap(seat.open, ({ use }) =>
      use(() => {
        Deferred.doneUnsafe(asked, Effect.void)
        return new Promise(() => undefined)
      })
    )

    const running = yield* Effect.forkChild(Effect.flip(Effect.scoped(script)))
    yield* Deferred.await(asked)
    yield* Effect.yieldNow
    browser.die()

    expect(yield* Fiber.join(running)).toMatchObject({ _tag: "RetryableError", code: "BROWSER_CRASHED" })
    expect(browser.listenerCount("disconnected")).toBe(0)
  })
)

it.effect("waits a second at most for the next page of a browser that froze, and takes a fresh one", () =>
  Effect.gen(function* () {
    const asked = yield* Deferred.make<void>()
    const context = (browser: FakeBrowser) => ({
      browser: () => browser,
      setDefaultTimeout: () => undefined,
      setDefaultNavigationTimeout: () => undefined,
      newPage: async () => new EventEmitter(),
      close: async () => undefined
    })
    let opened = 0
    const freezing: FakeBrowser = new FakeBrowser(() => {
      if (++opened === 1) return Promise.resolve(context(freezing))
      Deferred.doneUnsafe(asked, Effect.void)
      return new Promise(() => undefined)
    })
    const fresh: FakeBrowser = new FakeBrowser(async () => context(fresh))
    const browsers = [freezing, fresh]
    const startBrowser: StartBrowser = (_options, onStart) =>
      Effect.sync(() => {
        const browser = browsers.shift()!
        const kill = Effect.sync(() => browser.die())
        onStart({ browser: browser as unknown as Browser, kill, close: kill, memory: Effect.succeed(0) })
      })
    const seat = yield* makeSeat({ startBrowser, mostMemory: Number.POSITIVE_INFINITY })
    yield* Effect.scoped(seat.open)
    yield* Deferred.await(asked)

    const next = yield* Effect.forkChild(Effect.scoped(Effect.flatMap(seat.open, ({ use }) => use(async () => "used"))))
    yield* Effect.repeat(Effect.yieldNow, { times: 50 })
    yield* TestClock.adjust("1 second")

    expect(yield* Fiber.join(next)).toBe("used")
    expect([freezing.connected, fresh.connected]).toEqual([false, true])
  })
)
