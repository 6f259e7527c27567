/** The scripts that the workers run. They write down each deed before they go on, and do nothing else. */
import { appendFileSync, existsSync, statSync } from "node:fs"
import { join } from "node:path"
import { defineJobType, FatalError, type JobType, RetryableError, Steps } from "callboard"
import { Duration, Effect, Schedule, Schema } from "effect"
import { type Journal, openJournal, type ScriptDeed } from "./Journal.ts"

export const MOST_STEPS = 4

const Input = Schema.Struct({
  ref: Schema.String,
  steps: Schema.Int,
  /** Deeds per step, or of the whole script when it has no steps, and the time between them. */
  ticks: Schema.Int,
  tickMs: Schema.Int,
  /** How it ends. `flaky`: fails `failures` times first. */
  ending: Schema.Literals(["well", "flaky", "hopeless", "fatal"]),
  failures: Schema.Int
})
export type ScriptInput = typeof Input.Type

const stepNames = Array.from({ length: MOST_STEPS }, (_, index) => `step-${index + 1}`)

const failure = new RetryableError({ code: "SERVICE_UNAVAILABLE", message: "The partner is away." })
const refusal = new FatalError({ code: "PERMISSION_DENIED", message: "The partner does not want this." })

/** Fails as often as it was told to, whichever process it runs in. */
const failSometimes = (directory: string, { failures, ref }: ScriptInput) =>
  Effect.suspend(() => {
    const counter = join(directory, `failures-${ref}`)
    if (existsSync(counter) && statSync(counter).size >= failures) return Effect.void
    appendFileSync(counter, "x")
    return Effect.fail(failure)
  })

const script = (directory: string, journal: Effect.Effect<Journal>) => (input: ScriptInput) =>
  Effect.gen(function* () {
    const steps = yield* Steps
    const { note } = yield* journal
    const say = (what: ScriptDeed, more: { readonly step?: string; readonly output?: string } = {}) =>
      note({ what, ref: input.ref, attempt: steps.attempt, ...more })
    const ticks = (step?: string) =>
      Effect.sleep(Duration.millis(input.tickMs)).pipe(
        Effect.andThen(say("tick", step === undefined ? {} : { step })),
        Effect.repeat({ times: input.ticks - 1 })
      )
    const runStep = Effect.fnUntraced(function* (step: string) {
      const work = Effect.gen(function* () {
        const output = Bun.randomUUIDv7()
        yield* say("step", { step, output })
        yield* ticks(step)
        yield* say("stepDone", { step, output })
        return output
      })
      // That it came back means that its output is stored, now or by an earlier attempt.
      yield* say("kept", { step, output: yield* steps.run(step, Schema.String, work) })
    })

    yield* Effect.gen(function* () {
      yield* say("begin")
      if (input.steps === 0) yield* ticks()
      yield* Effect.forEach(stepNames.slice(0, input.steps), runStep, { discard: true })
      if (input.ending === "fatal") return yield* refusal
      if (input.ending === "hopeless") return yield* failure
      if (input.ending === "flaky") yield* failSometimes(directory, input)
      yield* say("end")
    }).pipe(
      Effect.tapError(() => say("fail")),
      Effect.onInterrupt(() => say("interrupted"))
    )
    return input.ref
  })

const example: ScriptInput = { ref: "example", steps: 0, ticks: 1, tickMs: 1, ending: "well", failures: 0 }

/** `directory` holds the journal; it is opened by the first script that runs. */
export const chaosTypes = (directory: string): ReadonlyArray<JobType> => {
  let opened: Journal | undefined
  const journal = Effect.sync(() => (opened ??= openJournal(join(directory, "journal"))))
  const define = (lane: "default" | "quick", steps: ReadonlyArray<string>) =>
    defineJobType({
      name: `chaos-${lane}`,
      title: `Chaos (${lane})`,
      description: "Does what its input says, and writes down what it did.",
      lane,
      input: Input,
      result: Schema.String,
      steps: steps.map((name) => ({ name, title: name })),
      retry: { schedule: Schedule.spaced("200 millis") },
      example,
      run: script(directory, journal)
    })
  return [define("default", stepNames), define("quick", [])]
}
