/** Steps whose checkpoints are kept in a map, in their JSON form, so that an attempt can go on from another one's. */
import { Effect, Layer, Schema } from "effect"
import { Steps, type StepsApi } from "../../../src/domain/Steps.ts"

export interface StepsMemory {
  readonly checkpoints: Map<string, string>
  /** Names of the steps that were started, in order, over all attempts. */
  readonly started: Array<string>
  readonly progress: Array<string>
}

export const makeStepsMemory = (): StepsMemory => ({ checkpoints: new Map(), started: [], progress: [] })

export const MemorySteps = ({ checkpoints, progress, started }: StepsMemory) => {
  const start = (name: string) => Effect.sync(() => started.push(name))
  const run: StepsApi["run"] = (name, output, work) => {
    const json = Schema.fromJsonString(output)
    const kept = checkpoints.get(name)
    if (kept !== undefined) return Effect.orDie(Schema.decodeEffect(json)(kept))
    const keep = (value: typeof output.Type) =>
      Effect.orDie(Schema.encodeEffect(json)(value)).pipe(Effect.map((text) => checkpoints.set(name, text)))
    return start(name).pipe(Effect.andThen(work), Effect.tap(keep))
  }
  return Layer.succeed(Steps, {
    run,
    prepare: (name, work) => Effect.andThen(start(name), work),
    progress: (message) => Effect.sync(() => progress.push(message)),
    attempt: 1
  })
}
