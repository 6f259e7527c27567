/** `bun run chaos [--seconds 180] [--seed N]`: one run; prints what it proved, and fails when something is broken. */
import { parseArgs } from "node:util"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Duration, Effect } from "effect"
import * as ProcessLog from "../src/runtime/ProcessLog.ts"
import { reportOf } from "./report.ts"
import { runChaos } from "./runChaos.ts"

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "180" }, seed: { type: "string" } }
})
const seconds = Number(values.seconds)
const seed = values.seed === undefined ? crypto.getRandomValues(new Uint32Array(1))[0]! : Number(values.seed)

const main = Effect.gen(function* () {
  yield* Console.log(`chaos: ${seconds} s of faults, again with --seconds ${seconds} --seed ${seed}`)
  const verdict = yield* runChaos({
    seed,
    duration: Duration.seconds(seconds),
    gap: { least: 1_500, most: 5_000 },
    first: [],
    drainLimit: Duration.minutes(2)
  })
  yield* Console.log(reportOf(verdict))
  if (verdict.broken.size > 0) process.exitCode = 1
})

NodeRuntime.runMain(main.pipe(Effect.scoped, Effect.provide(ProcessLog.layer("error"))))
