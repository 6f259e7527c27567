/**
 * What a script may ask of the runtime while it runs. Log lines need no service: `Effect.logInfo` inside a script is
 * kept with the job.
 */
import { Context, Effect, Exit, type Schema } from "effect"
import { FatalError } from "./JobError.ts"
import type { StepFraction } from "./Progress.ts"

export interface StepsApi {
  /**
   * Runs a named step once per job: its output is stored, and a later attempt gets the stored output instead of
   * running it again. The output must not hold secrets. A step that was cut off before its output was stored runs
   * again, so `work` should check what is already there before it creates anything.
   */
  readonly run: <A, I, E, R>(
    name: string,
    output: Schema.Codec<A, I>,
    work: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E, R>
  /** Runs a named step in every attempt, because what it makes lives only as long as the browser: signing in. */
  readonly prepare: <A, E, R>(name: string, work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Says in a few words what is happening, and how far inside the current step: `("18 of 40 photos", { done: 18, of: 40 })`. */
  readonly progress: (message: string, within?: StepFraction) => Effect.Effect<void>
  /** Number of this attempt, counted from 1. */
  readonly attempt: number
}

export class Steps extends Context.Service<Steps, StepsApi>()("callboard/domain/Steps") {}

const usedTwice = (name: string) =>
  new FatalError({
    code: "SCRIPT_DEFECT",
    message: `The step "${name}" was used twice; declare it with repeats: true and name it ${name}-1, ${name}-2.`,
    hint: "A step keeps one output, so a later attempt would get that of the last use for all of them."
  })

/** For the steps of one attempt that keep an output. One that failed may be run again. */
export const makeOnce = () => {
  const used = new Set<string>()
  return (name: string) =>
    <A, E, R>(step: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.suspend(() => {
        if (used.has(name)) return Effect.die(usedTwice(name))
        used.add(name)
        return Effect.onExit(step, (exit) =>
          Exit.isFailure(exit) ? Effect.sync(() => used.delete(name)) : Effect.void
        )
      })
}
