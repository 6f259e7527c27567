/** What the fiber of an attempt knows of its surroundings, and how it speaks to them. */
import { Context, Effect, Logger, Option, References } from "effect"
import { CurrentJob } from "../domain/CurrentJob.ts"
import type { Claim } from "../domain/JobQueue.ts"
import { Untimed } from "../domain/Untimed.ts"
import type { AttemptClock } from "./AttemptClock.ts"
import { moment } from "./Moment.ts"

/**
 * Lets something be told in the log of the process from inside of a script, whose own lines go elsewhere, without what
 * the script says in every line of its own.
 */
export const makeToProcess = Effect.gen(function* () {
  const loggers = yield* Logger.CurrentLoggers
  const annotations = yield* References.CurrentLogAnnotations
  const spans = yield* References.CurrentLogSpans
  return <A, E, R>(told: Effect.Effect<A, E, R>) =>
    told.pipe(
      Effect.provideService(Logger.CurrentLoggers, loggers),
      Effect.provideService(References.CurrentLogAnnotations, annotations),
      Effect.provideService(References.CurrentLogSpans, spans)
    )
})

/** What all attempts get, on top of what their fibers have, which is mostly the same: put together once, not per attempt. */
export const makeOutside = <S>(services: Context.Context<S>) => {
  let last: { readonly outer: Context.Context<never>; readonly whole: Context.Context<S> } | undefined
  return (outer: Context.Context<never>) => {
    if (last?.outer !== outer) last = { outer, whole: Context.merge(outer, services) }
    return last.whole
  }
}

const untimedBy =
  (clock: AttemptClock): Untimed =>
  (wait) =>
    Effect.acquireUseRelease(
      Effect.map(moment, ({ monotonicMs }) => clock.hold(monotonicMs)),
      () => wait,
      () => Effect.map(moment, ({ monotonicMs }) => clock.release(monotonicMs))
    )

/** For services that act in the name of the attempt. */
export const attemptReferences = ({ id, jobId, lease: { attempt }, organisationId }: Claim, clock: AttemptClock) =>
  Context.make(CurrentJob, Option.some({ id, jobId, organisationId, attempt })).pipe(
    Context.add(Untimed, untimedBy(clock))
  )
