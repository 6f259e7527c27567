/** Jobs that go on when the test lets them: it writes files, they read them. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { defineJobType, FatalError, Steps } from "callboard"
import { Effect, Schedule, Schema } from "effect"

const opened = (gate: string) =>
  Effect.sync(() => existsSync(gate)).pipe(
    Effect.repeat({ until: (open) => open, schedule: Schedule.spaced("20 millis") })
  )

const trip = defineJobType({
  name: "plan_trip",
  title: "Plan a trip",
  description: "Waits at each step until its file is there.",
  lane: "default",
  input: Schema.Struct({ gates: Schema.String, fails: Schema.optionalKey(Schema.Boolean) }),
  result: Schema.Struct({ days: Schema.Int }),
  steps: [
    { name: "outline", title: "Outline" },
    { name: "days", title: "Days" }
  ],
  example: { gates: "/tmp/gates" },
  run: ({ fails, gates }) =>
    Effect.gen(function* () {
      const steps = yield* Steps
      yield* steps.run("outline", Schema.Null, Effect.as(opened(join(gates, "outline")), null))
      const days = Effect.andThen(steps.progress("Writing the days"), opened(join(gates, "days")))
      yield* steps.run("days", Schema.Null, Effect.as(days, null))
      if (fails) return yield* new FatalError({ code: "NOT_FOUND", message: "There is no such city" })
      return { days: 5 }
    })
})

export default [trip]
