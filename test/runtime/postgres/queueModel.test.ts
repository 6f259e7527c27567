/**
 * Random sequences of everything that can happen to the queue, on a real database and on a model in memory, compared
 * after each step. A failure prints a seed and a path, and the shortest sequence that still fails; to run that again:
 *
 *   QUEUE_MODEL_SEED=... QUEUE_MODEL_PATH=... bun test test/runtime/postgres/queueModel.test.ts
 *
 * QUEUE_MODEL_RUNS sets how many sequences are tried (default 150). After a change of the engine, try thousands:
 *
 *   QUEUE_MODEL_RUNS=3000 nice bun test test/runtime/postgres/queueModel.test.ts
 */
import { afterAll, test } from "bun:test"
import { ManagedRuntime } from "effect"
import fc from "fast-check"
import { type Command, commands, type Ending } from "../../support/QueueCommands.ts"
import { queueLayer } from "../../support/QueueDatabase.ts"
import { makeModelRun } from "../../support/QueueModelRun.ts"

const { QUEUE_MODEL_PATH: path, QUEUE_MODEL_RUNS: runs, QUEUE_MODEL_SEED: seed } = process.env

/** Only a failure takes minutes: its sequence is made as short as it gets. */
const LONGEST_MS = 3_600_000

const keyed: Command = {
  do: "create",
  job: { type: "idle", priority: 0, organisation: "default", needs: [], peers: [], dedupeKey: "one" }
}
const claim: Command = { do: "claim", worker: "a", lane: "default", limit: 1 }
const settle = (ending: Ending): Command => ({ do: "settle", lease: 0, stale: false, ending })

/** What chance seldom finds: a completed job does not keep a failed one with its key from being retried with the rest. */
const seldom: ReadonlyArray<Command> = [
  ...[keyed, claim, settle("Completed")],
  ...[keyed, claim, settle("Failed")],
  { do: "applyToMany", action: "retry", status: [], after: 1, until: 1, most: 20 }
]

const runtime = ManagedRuntime.make(queueLayer)
afterAll(() => runtime.dispose())

test(
  "does what its model does, whatever happens in whatever order",
  async () => {
    const run = await runtime.runPromise(makeModelRun)
    await fc.assert(
      fc.asyncProperty(commands, (sequence) => runtime.runPromise(run(sequence))),
      {
        numRuns: Number(runs ?? 150),
        examples: [[seldom]],
        ...(seed !== undefined && { seed: Number(seed) }),
        ...(path !== undefined && { path })
      }
    )
  },
  LONGEST_MS
)
