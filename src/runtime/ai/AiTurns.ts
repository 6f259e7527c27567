/** How often a provider's key is used, by all processes together. */
import { Context, Duration, type Effect } from "effect"
import type { JobsUnavailable } from "../../domain/Jobs.ts"

/**
 * All who share a key are not kept waiting for longer: a provider may count in milliseconds, or have a wrong clock. After
 * this time it is asked once more, and may say so again. The job that it told so waits for as long as it said.
 */
export const LONGEST_PAUSE = Duration.hours(1)

export type Turn =
  /** It is the caller's, after this time. */
  | { readonly _tag: "Taken"; readonly wait: Duration.Duration }
  /** None is free yet, and none was taken: worth another look after this time. */
  | { readonly _tag: "Later"; readonly wait: Duration.Duration }
  /** The provider asked for a pause, which lasts so much longer. */
  | { readonly _tag: "Paused"; readonly wait: Duration.Duration }

export class AiTurns extends Context.Service<
  AiTurns,
  {
    readonly take: Effect.Effect<Turn, JobsUnavailable>
    /** The provider asked for a pause: nobody gets a turn before it is over. */
    readonly pause: (time: Duration.Duration) => Effect.Effect<void, JobsUnavailable>
  }
>()("callboard/runtime/AiTurns") {}
