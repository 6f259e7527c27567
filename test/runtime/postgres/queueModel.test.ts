/**
 * Random sequences of everything that can happen to the queue, on a real database and on a model in memory, compared
 * after each step. A failure prints a seed and a path, and the shortest sequence that still fails; to run that again:
 *
 *   QUEUE_MODEL_SEED=... QUEUE_MODEL_PATH=... bun test test/runtime/postgres/queueModel.test.ts
 *
 * QUEUE_MODEL_RUNS sets how many sequences are tried; after a change of the engine, try thousands.
 */
import { afterAll, test } from "bun:test"
import { ManagedRuntime } from "effect"
import fc from "fast-check"
import { commands } from "../../support/QueueCommands.ts"
import { queueLayer } from "../../support/QueueDatabase.ts"
import { makeModelRun } from "../../support/QueueModelRun.ts"

const { QUEUE_MODEL_PATH: path, QUEUE_MODEL_RUNS: runs, QUEUE_MODEL_SEED: seed } = process.env

/** Sequences are made shorter for as long as it takes; only a failure takes longer than a minute. */
const LONGEST_MS = 3_600_000

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
        ...(seed !== undefined && { seed: Number(seed) }),
        ...(path !== undefined && { path })
      }
    )
  },
  LONGEST_MS
)
