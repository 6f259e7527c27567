import { expect } from "bun:test"
import { Cause, Console, Effect, Logger } from "effect"
import { loggerFor } from "../../src/runtime/ProcessLog.ts"
import { it } from "../support/effect.ts"

const TOKEN = "cb_3vQx8zR2mK7pL4wN9tY6bH1c"

/** What reaches the console when these effects log. */
const written = (isTerminal: boolean, logging: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const keep = (...parts: ReadonlyArray<unknown>) => void lines.push(parts.join(" "))
    const console = { ...globalThis.console, log: keep, error: keep, group: () => {}, groupEnd: () => {} }
    yield* logging.pipe(
      Effect.provide(Logger.layer([loggerFor(isTerminal)])),
      Effect.provideService(Console.Console, console)
    )
    return lines.join("\n")
  })

const logging = Effect.gen(function* () {
  yield* Effect.logInfo(`request of ada@example.com with ${TOKEN}`, { phone: "+49 30 23125 012", jobId: "JOB_1" })
  yield* Effect.logError("it failed", Cause.die(new Error(`postgres://callboard:hunter2@db/jobs`)))
})

for (const isTerminal of [true, false]) {
  it.effect(`writes no personal data and no credential ${isTerminal ? "on a terminal" : "as JSON"}`, () =>
    Effect.gen(function* () {
      const text = yield* written(isTerminal, logging)

      for (const secret of ["ada@example.com", TOKEN, "23125", "hunter2"]) expect(text).not.toContain(secret)
      for (const kept of ["request of [email] with [secret]", "JOB_1", "it failed", "@db/jobs"]) {
        expect(text).toContain(kept)
      }
    })
  )
}

it.effect("writes one JSON object per line", () =>
  Effect.gen(function* () {
    const text = yield* written(false, logging)

    expect(text.split("\n").map((line) => JSON.parse(line).level)).toEqual(["INFO", "ERROR"])
  })
)

it.effect("writes every message as text, and what else was logged behind it", () =>
  Effect.gen(function* () {
    const text = yield* written(
      false,
      Effect.all([Effect.logInfo("two", "parts", { jobId: "JOB_1" }), Effect.logInfo({ jobId: "JOB_2" })], {
        discard: true
      })
    )

    expect(text.split("\n").map((line) => JSON.parse(line))).toMatchObject([
      { message: "two parts", facts: { jobId: "JOB_1" } },
      { message: "", facts: { jobId: "JOB_2" } }
    ])
  })
)
