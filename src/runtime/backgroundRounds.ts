/** Work that a process does again and again beside everything else, and that its end does not wait for. */
import { Duration, Effect, type Scope } from "effect"
import { giveUpAfter } from "./giveUpAfter.ts"

/** A connection that went silent must not keep the next round from coming. */
const LONGEST_ROUND = Duration.minutes(2)

/** A database that is away is not asked again at once, and not complained of all the time. */
const AFTER_FAILURE = Duration.seconds(5)

export interface RoundOptions {
  /** What the log says when a round failed. */
  readonly complaint: string
  /** Default: 2 minutes. */
  readonly longest?: Duration.Duration
}

export interface RoundsOptions extends RoundOptions {
  /** What lies between two rounds. */
  readonly pause: Effect.Effect<unknown>
}

/**
 * One round, which says whether it was done. Whoever interrupts it does not wait for its end: an interrupted statement
 * draws out for 5 s when the server is silent, and a process that stops has many rounds under way.
 */
export const round =
  ({ complaint, longest = LONGEST_ROUND }: RoundOptions) =>
  <E, R>(work: Effect.Effect<unknown, E, R>): Effect.Effect<boolean, never, R> =>
    work.pipe(
      giveUpAfter(longest),
      Effect.as(true),
      Effect.catchCause((cause) => Effect.as(Effect.logWarning(complaint, cause), false))
    )

/** Rounds one after another, in the background until the scope ends. */
export const keepDoing =
  ({ pause, ...options }: RoundsOptions) =>
  <E, R>(work: Effect.Effect<unknown, E, R>): Effect.Effect<void, never, R | Scope.Scope> =>
    round(options)(work).pipe(
      Effect.flatMap((isDone) => (isDone ? pause : Effect.andThen(Effect.sleep(AFTER_FAILURE), pause))),
      Effect.forever,
      Effect.forkScoped,
      Effect.asVoid
    )
