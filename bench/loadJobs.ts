/** Job types of the load: one that runs as long as the measurement and tells its progress each second. */
import { Effect, Schema } from "effect"
import { defineJobType, Steps } from "../src/callboard.ts"

const SECONDS = 600

export default [
  defineJobType({
    name: "tick",
    title: "Tick",
    description: "Tells its progress each second.",
    lane: "default",
    input: Schema.Struct({}),
    result: Schema.Null,
    steps: [{ name: "tick", title: "Tick" }],
    example: {},
    run: () =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const tick = (second: number) =>
          Effect.delay(steps.progress(`second ${second}`, { done: second, of: SECONDS }), "1 second")
        const seconds = Array.from({ length: SECONDS }, (_, second) => second)
        return yield* steps.run("tick", Schema.Null, Effect.as(Effect.forEach(seconds, tick), null))
      })
  })
]
