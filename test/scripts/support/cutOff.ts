/** Jobs whose attempts are cut off again and again. */
import { Effect } from "effect"
import { makeStepsMemory, type StepsMemory } from "./MemorySteps.ts"

type RunAttempt<A, E> = (input: unknown, memory: StepsMemory) => Effect.Effect<A, E>

/**
 * Runs one job in as many attempts as it has steps, and one more: each dies when the work of the next step is done,
 * before anybody wrote that down. Gives the result of the last attempt, which nothing disturbs.
 */
export const cutOffAfterEach = Effect.fn("cutOffAfterEach")(function* <A, E>(
  steps: ReadonlyArray<string>,
  attempt: RunAttempt<A, E>,
  input: unknown,
  memory: StepsMemory = makeStepsMemory()
) {
  yield* Effect.forEach(steps, (step) => {
    memory.cutOffAfter = step
    return Effect.exit(attempt(input, memory))
  })
  memory.cutOffAfter = undefined
  return yield* attempt(input, memory)
})
