/** Jobs that go on when the test lets them: it writes files, they read them. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { defineJobType, FatalError, Operator, Steps } from "callboard"
import { Effect, Redacted, Schedule, Schema } from "effect"

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

const guide = defineJobType({
  name: "ask_guide",
  title: "Ask a guide",
  description: "Asks for everything that can be asked for.",
  lane: "default",
  input: Schema.Struct({}),
  result: Schema.Struct({ code: Schema.String, city: Schema.String, sure: Schema.Boolean }),
  steps: [],
  example: {},
  run: () =>
    Effect.gen(function* () {
      const { prompt } = yield* Operator
      const code = Redacted.value(yield* prompt({ kind: "otp", label: "Code from the text message" }))
      const city = yield* prompt({ kind: "choice", label: "Which city?", choices: ["Rome", "Paris"] })
      const sure = yield* prompt({ kind: "confirm", label: "Book it?", hint: "It cannot be undone." })
      return { code: `${code.length} digits`, city, sure }
    })
})

export default [trip, guide]
