/** How a running attempt is stopped from outside: its fiber is interrupted, and the reason is kept. The first one counts. */
import { Exit, type Fiber } from "effect"

/** `postponed`: too many questions wait for people, so the job is handed back and asks later. */
export type StopReason = "cancel" | "leaseLost" | "postponed" | "shutdown" | "timeout"

/** The script's own end, or a stop from outside after the script was taken down. */
export type AttemptEnd =
  | { readonly _tag: "Ended"; readonly exit: Exit.Exit<unknown, unknown> }
  | { readonly _tag: "Stopped"; readonly reason: StopReason }

export class StopSignal {
  #reason: StopReason | undefined
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  #isOver = false
  #success: Exit.Exit<unknown> | undefined

  /** Why the attempt is being stopped, if it is. */
  get reason(): StopReason | undefined {
    return this.#reason
  }

  stop(reason: StopReason): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#fiber?.interruptUnsafe()
  }

  /** The fiber to interrupt, from now on; at once when the stop came first. */
  attach(fiber: Fiber.Fiber<unknown, unknown>): void {
    if (this.#isOver) return
    this.#fiber = fiber
    if (this.#reason !== undefined) fiber.interruptUnsafe()
  }

  /** The script has ended: from now on there is nothing to stop. */
  detach(): void {
    this.#fiber = undefined
    this.#isOver = true
  }

  /** The script has its result; what it opened is still to be closed, which a stop may come into. */
  succeeded(result: unknown): void {
    this.#success = Exit.succeed(result)
  }

  /** A script that ended well while it was being stopped has ended well. */
  endOf(exit: Exit.Exit<unknown, unknown>): AttemptEnd {
    if (this.#reason !== undefined && this.#success !== undefined) return { _tag: "Ended", exit: this.#success }
    return this.#reason !== undefined && Exit.isFailure(exit)
      ? { _tag: "Stopped", reason: this.#reason }
      : { _tag: "Ended", exit }
  }
}
