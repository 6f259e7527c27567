/** Job types that do what a test says instead of their work, for code that waits for jobs. */
import { Duration, Effect } from "effect"
import type { FatalError, JobError, RetryableError } from "../domain/JobError.ts"
import type { JobType, ScriptServices } from "../domain/JobType.ts"
import { type Answer, Operator, type Prompt } from "../domain/Operator.ts"

/** How one attempt goes. */
export type ScriptOutcome = Effect.Effect<unknown, unknown, ScriptServices>

/** The process that runs the job dies: nothing of the attempt is recorded, and the job is run again. */
export class WorkerGone extends Error {
  override readonly name = "WorkerGone"
  constructor() {
    super("The worker is gone.")
  }
}

const after = (wait: Duration.Input, outcome: ScriptOutcome): ScriptOutcome =>
  Duration.isZero(Duration.fromInputUnsafe(wait)) ? outcome : Effect.delay(outcome, wait)

export const outcomes = {
  /** The result is in its JSON form. */
  succeed: (result: unknown, wait: Duration.Input = 0): ScriptOutcome => after(wait, Effect.succeed(result)),
  failWith: (error: RetryableError | FatalError, wait: Duration.Input = 0): ScriptOutcome =>
    after(wait, Effect.fail(error)),
  /** Goes on until it is stopped. */
  hang: Effect.never as ScriptOutcome,
  /** A bug of the script. */
  bug: (message = "bug"): ScriptOutcome => Effect.die(new Error(message)),
  /** The worker dies with the attempt. */
  crash: Effect.suspend(() => Effect.die(new WorkerGone())) as ScriptOutcome,
  /** Asks a person, and goes on with the answer. */
  ask: <const P extends Prompt>(prompt: P, then: (answer: Answer<P["kind"]>) => ScriptOutcome): ScriptOutcome =>
    Effect.gen(function* () {
      const operator = yield* Operator
      return yield* then(yield* operator.prompt(prompt) as Effect.Effect<Answer<P["kind"]>, JobError>)
    })
}

/**
 * The same job type with another script: its n-th attempt goes as the n-th outcome says, and all later ones as the
 * last. `inputs` are the stored inputs that it was run with.
 */
export const mockScript = (type: JobType, ...script: readonly [ScriptOutcome, ...ReadonlyArray<ScriptOutcome>]) => {
  const inputs: Array<unknown> = []
  const run = (input: unknown) =>
    Effect.suspend(() => {
      inputs.push(input)
      return script[Math.min(inputs.length, script.length) - 1]!
    })
  return { type: { ...type, run } satisfies JobType, inputs }
}
