/** Jobs whose attempts are cut off again and again. */
import { Effect } from "effect"
import { makeStepsMemory, type StepsMemory } from "./MemorySteps.ts"

/**
 * Runs one job in as many attempts as it has steps, and one more: each dies when the work of the next step is done,
 * before anybody wrote that down. Gives the result of the last attempt, which nothing disturbs.
 */
export const cutOffAfterEach = Effect.fn("cutOffAfterEach")(function* <A, E>(
  steps: ReadonlyArray<string>,
  attempt: (memory: StepsMemory) => Effect.Effect<A, E>,
  memory: StepsMemory = makeStepsMemory()
) {
  for (const step of steps) {
    memory.cutOffAfter = step
    yield* Effect.flip(Effect.sandbox(attempt(memory)))
  }
  memory.cutOffAfter = undefined
  return yield* attempt(memory)
})
