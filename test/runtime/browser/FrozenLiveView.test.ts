import { expect } from "bun:test"
import { Effect, Fiber, Layer, Option } from "effect"
import type { BrowserContext, Page } from "playwright"
import type { Lease } from "../../../src/domain/Lease.ts"
import type { LiveSize } from "../../../src/domain/LiveView.ts"
import { BrowserSessions } from "../../../src/runtime/browser/BrowserSessions.ts"
import * as Live from "../../../src/runtime/LiveSessions.ts"
import { makeMasker } from "../../../src/runtime/Masker.ts"
import { it } from "../../support/effect.ts"
import { newWorker, pidsOf, sessionsOf, signalAll, title } from "../../support/TestSessions.ts"

/** Somebody watches everything. */
const watched = Layer.mock(Live.LivePictures, {
  wanted: (sessions) => Effect.succeed(new Map(sessions.map(({ jobId }) => [jobId, "small" as LiveSize]))),
  end: () => Effect.void
})

it.live("lets a cancelled job go whose browser froze before somebody watched it", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const attaching = Promise.withResolvers<void>()
    const script = Effect.gen(function* () {
      const session = yield* (yield* BrowserSessions).open
      yield* signalAll(worker, "SIGSTOP")
      const context = {
        newCDPSession: (page: Page) => {
          attaching.resolve()
          return session.context.newCDPSession(page)
        }
      } as unknown as BrowserContext
      const lease = { jobId: Bun.randomUUIDv7(), attempt: 1 } as Lease
      yield* (yield* Live.LiveSessions).offer(lease, { ...session, context }, makeMasker([]))
      return yield* Effect.never
    }).pipe(Effect.scoped)
    const running = yield* Effect.forkChild(script)
    yield* Effect.promise(() => attaching.promise)

    // Several seconds before a worker that stops gives up on it.
    const cancelled = yield* Effect.timeoutOption(Fiber.interrupt(running), "4 seconds")

    expect(Option.isSome(cancelled)).toBe(true)
    expect(yield* pidsOf(worker)).toEqual([])
    expect(yield* title).toBe("It works")
  }).pipe(Effect.provide(Layer.merge(sessionsOf(worker, { sessions: 1 }), Layer.provide(Live.layer, watched))))
})
