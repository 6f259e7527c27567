import type { Effect } from "effect"
import type { AttemptClock } from "./AttemptClock.ts"
import type { AttemptEnd, StopSignal } from "./StopSignal.ts"

/** An attempt in two parts: what may be stopped, and what has to be recorded afterwards. */
export interface RunnableAttempt {
  /** Closes everything it opened before it ends. */
  readonly script: (signal: StopSignal, clock: AttemptClock) => Effect.Effect<unknown, unknown>
  readonly ended: (end: AttemptEnd) => Effect.Effect<unknown>
  /**
   * The same for a plain success, without a fiber of its own. False where that does not do; otherwise `then` hears whether
   * it is recorded, and `ended` has to be called if it is not.
   */
  readonly endedWell?: (result: unknown, then: (isRecorded: boolean) => void) => boolean
}
