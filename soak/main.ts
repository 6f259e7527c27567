/** `bun run soak [--jobs 200]`: many browser jobs in one process; prints its memory, and fails when something is left. */
import { parseArgs } from "node:util"
import { Console, Effect } from "effect"
import { reportOf, rowOf } from "./report.ts"
import { BLOCK, runSoak } from "./runSoak.ts"

const { values } = parseArgs({ options: { jobs: { type: "string", default: "200" } } })
const jobs = Number(values.jobs)

const main = Effect.gen(function* () {
  yield* Console.log(`soak: ${jobs} browser jobs, a reading every ${BLOCK}`)
  const verdict = yield* runSoak({
    jobs,
    kills: 3,
    mostGrowth: 0.2,
    onReading: (reading) => Console.log(rowOf(reading))
  })
  yield* Console.log(reportOf(verdict))
  if (verdict.broken.length > 0) process.exitCode = 1
})

await Effect.runPromise(Effect.scoped(main))
