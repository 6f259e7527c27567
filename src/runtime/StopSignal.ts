/** How a running attempt is stopped from outside: its fiber is interrupted, and the reason is kept. The first one counts. */
import { Effect, Exit, Fiber } from "effect"

export type StopReason = "cancel" | "leaseLost" | "shutdown" | "timeout"

/** The script's own end, or a stop from outside after the script was taken down. */
export type AttemptEnd =
  | { readonly _tag: "Ended"; readonly exit: Exit.Exit<unknown, unknown> }
  | { readonly _tag: "Stopped"; readonly reason: StopReason }

export class StopSignal {
  #reason: StopReason | undefined
  #fiber: Fiber.Fiber<unknown, unknown> | undefined

  stop(reason: StopReason): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#fiber?.interruptUnsafe()
  }

  /**
   * Runs the script and returns when everything it opened is closed. A script that ended well while it was being
   * stopped has ended well.
   */
  run<R>(script: Effect.Effect<unknown, unknown, R>): Effect.Effect<AttemptEnd, never, R> {
    return Effect.gen({ self: this }, function* () {
      if (this.#reason !== undefined) return { _tag: "Stopped", reason: this.#reason } as const
      const fiber = yield* Effect.forkChild(script)
      this.#fiber = fiber
      const exit = yield* Fiber.await(fiber)
      this.#fiber = undefined
      return this.#reason !== undefined && Exit.isFailure(exit)
        ? ({ _tag: "Stopped", reason: this.#reason } as const)
        : ({ _tag: "Ended", exit } as const)
    })
  }
}
