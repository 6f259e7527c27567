/** How a running attempt is stopped from outside: its fiber is interrupted, and the reason is kept. The first one counts. */
import { Effect, Exit, type Fiber, Latch } from "effect"

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
  #isUrgent = false
  /** Made when somebody waits for it. */
  #urgent: Latch.Latch | undefined
  #own: Exit.Exit<unknown, unknown> | undefined

  /** Why the attempt is being stopped, if it is. */
  get reason(): StopReason | undefined {
    return this.#reason
  }

  /** Its script has ended, so that only the record of that is left. */
  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * Waits until the attempt has to be gone at once. That is every stop but a time-out, also one that comes after the
   * script has ended or was stopped for another reason: its lease may be lost while its evidence is kept.
   */
  get urgent(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#isUrgent) return Effect.void
      this.#urgent ??= Latch.makeUnsafe(false)
      return Latch.await(this.#urgent)
    })
  }

  stop(reason: StopReason): void {
    if (reason !== "timeout") {
      this.#isUrgent = true
      this.#urgent?.openUnsafe()
    }
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

  /** The script itself has ended; what it opened is still to be closed, which a stop may come into. */
  finished(exit: Exit.Exit<unknown, unknown>): void {
    if (!Exit.hasInterrupts(exit)) this.#own = exit
  }

  /** A script that ended well while it was being stopped has ended well, and one that failed was not too slow. */
  endOf(exit: Exit.Exit<unknown, unknown>): AttemptEnd {
    const own = this.#own
    const isKept = own !== undefined && (Exit.isSuccess(own) || this.#reason === "timeout")
    if (this.#reason !== undefined && isKept) return { _tag: "Ended", exit: own }
    return this.#reason !== undefined && Exit.isFailure(exit)
      ? { _tag: "Stopped", reason: this.#reason }
      : { _tag: "Ended", exit }
  }
}
