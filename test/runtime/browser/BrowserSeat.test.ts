import { expect } from "bun:test"
import { EventEmitter } from "node:events"
import { Deferred, Effect, Fiber } from "effect"
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
