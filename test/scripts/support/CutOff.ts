/** Workers that are killed when the work of a step is done and not yet stored. */
import { Effect } from "effect"
import { makeStepsMemory, type StepsMemory } from "./MemorySteps.ts"

class DyingCheckpoints extends Map<string, string> {
  private readonly kept: Map<string, string>
  private readonly last: string

  constructor(kept: Map<string, string>, last: string) {
    super()
    for (const [name, json] of kept) super.set(name, json)
    this.kept = kept
    this.last = last
  }

  override set(name: string, json: string) {
    if (name === this.last) throw new Error(`The worker was killed after the work of ${name}.`)
    this.kept.set(name, json)
    return super.set(name, json)
  }
}

export const cutOffAfter = (step: string, memory: StepsMemory): StepsMemory => ({
  ...memory,
  checkpoints: new DyingCheckpoints(memory.checkpoints, step)
})

/** One attempt after the other is killed, each a step later; the last one ends. Gives its result. */
export const cutOffAfterEach = <A, E>(
  steps: ReadonlyArray<string>,
  attempt: (memory: StepsMemory) => Effect.Effect<A, E>,
  memory: StepsMemory = makeStepsMemory()
) =>
  Effect.gen(function* () {
    for (const step of steps) yield* Effect.flip(Effect.sandbox(attempt(cutOffAfter(step, memory))))
    return yield* attempt(memory)
  })
