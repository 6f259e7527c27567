/** Steps whose checkpoints are kept in a map, in their JSON form, so that an attempt can go on from another one's. */
import { Effect, Layer, Option, Schema } from "effect"
import { CurrentStep } from "../domain/CurrentJob.ts"
import { otherForm } from "../domain/JobType.ts"
import { declaredStep, type StepDefinition } from "../domain/StepDefinition.ts"
import { makeOnce, Steps, type StepsApi } from "../domain/Steps.ts"
import { unstorable } from "../domain/Storable.ts"
import type { Masker } from "../runtime/Masker.ts"
import { LARGEST_CHECKPOINTS, storedJson } from "../runtime/StoredSize.ts"
import { cannotBeStored } from "../runtime/settle.ts"

export interface StepsMemory {
  readonly checkpoints: Map<string, string>
  /** Names of the steps that were started, in order, over all attempts. */
  readonly started: Array<string>
  readonly progress: Array<string>
  /** The attempt dies when the work of this step is done and not yet kept, as in a crash. */
  cutOffAfter?: string | undefined
}

export const makeStepsMemory = (): StepsMemory => ({ checkpoints: new Map(), started: [], progress: [] })

export interface MemoryStepsOptions {
  /** Default: 1. */
  readonly attempt?: number
  /** The steps that the job type declares. Any name will do when they are not given. */
  readonly declared?: ReadonlyArray<StepDefinition>
  /** Hides the secrets of the job in what it says of its progress. */
  readonly mask?: Masker
}

export const MemorySteps = (
  memory: StepsMemory,
  { attempt = 1, declared, mask = (text) => text }: MemoryStepsOptions = {}
) => {
  const { checkpoints, progress, started } = memory
  const start = (name: string) =>
    declared === undefined || declaredStep(declared, name) !== undefined
      ? Effect.sync(() => started.push(name))
      : Effect.die(new Error(`The job type does not declare a step named "${name}".`))
  const cutOff = (name: string) =>
    Effect.suspend(() => (memory.cutOffAfter === name ? Effect.die(new Error(`cut off after ${name}`)) : Effect.void))
  const perform: StepsApi["prepare"] = (name, work) =>
    start(name).pipe(Effect.andThen(Effect.provideService(work, CurrentStep, name)), Effect.tap(cutOff(name)))
  const store = (name: string, encoded: Effect.Effect<unknown, Schema.SchemaError>) =>
    Effect.matchEffect(encoded, {
      onFailure: (error) => Effect.die(otherForm(`The output of the step ${name}`, error)),
      onSuccess: (value) => {
        const json = storedJson(value)
        const size = [...checkpoints.values()].reduce((sum, text) => sum + text.length, json?.length ?? 0)
        if (
          json === undefined ||
          size > LARGEST_CHECKPOINTS ||
          unstorable(value, Number.POSITIVE_INFINITY) !== undefined
        ) {
          return Effect.die(cannotBeStored(`The output of the step ${name}`))
        }
        return Effect.sync(() => checkpoints.set(name, json))
      }
    })
  const run: StepsApi["run"] = (name, output, work) => {
    const codec = Schema.toCodecJson(output)
    const kept = checkpoints.get(name)
    const stored =
      kept === undefined ? Effect.succeedNone : Effect.option(Schema.decodeEffect(Schema.fromJsonString(codec))(kept))
    return Effect.flatMap(
      stored,
      Option.match({
        onSome: Effect.succeed,
        // What no longer fits is done anew, as what was never done.
        onNone: () => Effect.tap(perform(name, work), (value) => store(name, Schema.encodeEffect(codec)(value)))
      })
    )
  }
  return Layer.sync(Steps, () => {
    const once = makeOnce()
    return {
      run: (name, output, work) => run(name, output, work).pipe(once(name)),
      prepare: perform,
      progress: (message) => Effect.sync(() => progress.push(mask(message))),
      attempt
    }
  })
}
