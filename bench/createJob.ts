/**
 * How long `POST /api/jobs` takes until its 202, while the browser lane is busy: median and 99th percentile of 100
 * requests, one after the other, beside the same number of `GET /healthz` in the same run. Prints milliseconds.
 */
import { join } from "node:path"
import { Console, Effect } from "effect"
import { startCallboard, temporaryDirectory } from "../test/support/CallboardProcess.ts"

const REQUESTS = 100

const quantile = (sorted: ReadonlyArray<number>, q: number) => sorted[Math.ceil(sorted.length * q) - 1]!

const timed = <A, E, R>(request: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const times: Array<number> = []
    for (let i = 0; i < REQUESTS; i++) {
      const before = performance.now()
      yield* request
      times.push(performance.now() - before)
    }
    const sorted = times.toSorted((a, b) => a - b)
    return { median: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
  })

const shown = ({ median, p99 }: { median: number; p99: number }) =>
  `median ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`

const measure = Effect.gen(function* () {
  const dataDirectory = join(yield* temporaryDirectory, "data")
  const callboard = yield* startCallboard({ dataDirectory })
  const { body } = yield* callboard.json<{ data: ReadonlyArray<{ name: string; example: object }> }>("/api/jobs/types")
  const input = body.data.find((type) => type.name === "add-item-tags")?.example
  const first = yield* callboard.create("add-item-tags", { ...input, restaurantId: "busy-1" })
  yield* callboard.create("add-item-tags", { ...input, restaurantId: "busy-2" })
  yield* callboard.jobWhen(first.id, (job) => job.progress.stepName === "assign-tags")

  let accepted = 0
  const create = Effect.map(
    callboard.post("/api/jobs", { jobType: "add-item-tags", input, runAt: "2099-01-01T00:00:00Z" }),
    ({ headers, status }) => {
      if (status === 202 && headers.has("Location")) accepted++
    }
  )
  const health = yield* timed(callboard.json("/healthz"))
  const jobs = yield* timed(create)
  yield* Console.log(`POST /api/jobs  ${shown(jobs)} (${accepted} of ${REQUESTS} answered 202 with Location)`)
  yield* Console.log(`GET /healthz    ${shown(health)}`)
  yield* Console.log(`ratio of the medians ${(jobs.median / health.median).toFixed(1)}`)
})

await Effect.runPromise(Effect.scoped(measure))
