/**
 * What a script may ask of the runtime while it runs. Log lines need no service: `Effect.logInfo` inside a script is
 * kept with the job.
 */
import { Context, type Effect, type Schema } from "effect"
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
