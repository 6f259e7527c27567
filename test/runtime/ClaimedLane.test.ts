/** Changes of many jobs run in whichever lane is open, and all that is told of an attempt names the lane it ran in. */
import { expect } from "bun:test"
import { Effect, Metric } from "effect"
import { it } from "../support/effect.ts"
import { scripted } from "../support/scripts.ts"
import { startWorker, until } from "../support/TestWorker.ts"

it.effect("counts the end of an attempt in the lane that claimed it, where its type is of another", () =>
  Effect.gen(function* () {
    const { queue, running } = yield* startWorker(
      scripted("anywhere", () => Effect.succeed(null)),
      { ...scripted("moved", () => Effect.succeed(null)), lane: "quick" }
    )
    const inQuick = yield* queue.add({ jobType: "anywhere", lane: "quick" })
    const inDefault = yield* queue.add({ jobType: "moved", lane: "default" })
    yield* until(() => inQuick.status === "ended" && inDefault.status === "ended")
    yield* running.awaitEmpty

    const lanesOf = (id: string, type: string) =>
      Effect.map(Metric.snapshot, (all) =>
        all.flatMap(({ attributes, id: of }) => (of === id && attributes?.type === type ? [attributes.lane] : []))
      )
    for (const id of [
      "callboard_jobs_claimed_total",
      "callboard_jobs_ended_total",
      "callboard_attempt_duration_seconds"
    ]) {
      expect([id, yield* lanesOf(id, "anywhere"), yield* lanesOf(id, "moved")]).toEqual([id, ["quick"], ["default"]])
    }
  }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
)
