import { expect } from "bun:test"
import { EventEmitter } from "node:events"
import { Deferred, Effect, Fiber } from "effect"
import type { Browser } from "playwright"
import { makeSeat } from "../../../src/runtime/browser/BrowserSeat.ts"
import type { StartBrowser } from "../../../src/runtime/browser/RunningBrowser.ts"
import { it } from "../../support/effect.ts"

/** A browser that is asked for a context and never answers, as a killed one does now and then. */
class SilentBrowser extends EventEmitter {
  connected = true

  constructor(readonly newContext: () => Promise<never>) {
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

it.effect("gives up at once on a page of a browser that goes away while it opens", () =>
  Effect.gen(function* () {
    const asked = yield* Deferred.make<void>()
    const silent = new SilentBrowser(() => {
      Deferred.doneUnsafe(asked, Effect.void)
      return new Promise(() => undefined)
    })
    const startBrowser: StartBrowser = (_options, onStart) =>
      Effect.sync(() =>
        onStart({
          browser: silent as unknown as Browser,
          kill: Effect.void,
          close: Effect.void,
          memory: Effect.succeed(0)
        })
      )
    const seat = yield* makeSeat({ startBrowser, mostMemory: Number.POSITIVE_INFINITY })

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
