/** Steps whose checkpoints are kept in a map, in their JSON form, so that an attempt can go on from another one's. */
import { Effect, Layer, Schema } from "effect"
import { CurrentStep } from "../domain/CurrentJob.ts"
import { declaredStep, type StepDefinition } from "../domain/JobType.ts"
import { makeOnce, Steps, type StepsApi } from "../domain/Steps.ts"

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
}

export const MemorySteps = (memory: StepsMemory, { attempt = 1, declared }: MemoryStepsOptions = {}) => {
  const { checkpoints, progress, started } = memory
  const start = (name: string) =>
    declared === undefined || declaredStep(declared, name) !== undefined
      ? Effect.sync(() => started.push(name))
      : Effect.die(new Error(`The job type does not declare a step named "${name}".`))
  const cutOff = (name: string) =>
    Effect.suspend(() => (memory.cutOffAfter === name ? Effect.die(new Error(`cut off after ${name}`)) : Effect.void))
  const perform: StepsApi["prepare"] = (name, work) =>
    start(name).pipe(Effect.andThen(Effect.provideService(work, CurrentStep, name)), Effect.tap(cutOff(name)))
  const run: StepsApi["run"] = (name, output, work) => {
    const json = Schema.fromJsonString(Schema.toCodecJson(output))
    const kept = checkpoints.get(name)
    if (kept !== undefined) return Effect.orDie(Schema.decodeEffect(json)(kept))
    const keep = (value: typeof output.Type) =>
      Effect.orDie(Schema.encodeEffect(json)(value)).pipe(Effect.map((text) => checkpoints.set(name, text)))
    return perform(name, work).pipe(Effect.tap(keep))
  }
  return Layer.sync(Steps, () => {
    const once = makeOnce()
    return {
      run: (name, output, work) => run(name, output, work).pipe(once(name)),
      prepare: perform,
      progress: (message) => Effect.sync(() => progress.push(message)),
      attempt
    }
  })
}
