/**
 * The end of a process, as a load balancer needs it: first it says that it goes, then it takes requests for a while
 * longer, because nobody has heard yet, and only then it closes. A worker drains meanwhile.
 */
import { Context, Duration, Effect, Layer } from "effect"
import { monotonicMs } from "../domain/monotonicMs.ts"

export class Departure extends Context.Service<
  Departure,
  {
    readonly begin: Effect.Effect<void>
    readonly hasBegun: Effect.Effect<boolean>
    /** Waits until the delay since the beginning is over. */
    readonly wait: Effect.Effect<void>
  }
>()("callboard/runtime/Departure") {
  static readonly layer = (delay: Duration.Input) =>
    Layer.sync(Departure, () => {
      let begunMs: number | undefined
      return Departure.of({
        begin: Effect.map(monotonicMs, (nowMs) => {
          begunMs ??= nowMs
        }),
        hasBegun: Effect.sync(() => begunMs !== undefined),
        wait: Effect.flatMap(monotonicMs, (nowMs) => {
          const left = (begunMs ?? nowMs) + Duration.toMillis(Duration.fromInputUnsafe(delay)) - nowMs
          return left > 0 ? Effect.sleep(Duration.millis(left)) : Effect.void
        })
      })
    })

  /** Above everything that serves or works: the first to end. */
  static readonly beginning = Layer.effectDiscard(
    Effect.flatMap(Departure, ({ begin }) =>
      Effect.addFinalizer(() => Effect.andThen(Effect.logInfo("stopping"), begin))
    )
  )

  /** Above what takes requests, and below what works: ends when the first has drained and the delay is over. */
  static readonly lingering = Layer.effectDiscard(
    Effect.flatMap(Departure, ({ wait }) => Effect.addFinalizer(() => wait))
  )
}
