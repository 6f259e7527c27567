import { expect } from "bun:test"
import { Effect, Layer, Redacted, Schema } from "effect"
import { BrowserSession } from "../../src/domain/BrowserSession.ts"
import { defineJobType } from "../../src/domain/JobType.ts"
import { mapSecrets, Secret } from "../../src/domain/Secret.ts"
import { Steps } from "../../src/domain/Steps.ts"
import { it } from "../support/effect.ts"

const greet = defineJobType({
  name: "greet",
  title: "Greet",
  description: "Says hello.",
  lane: "default",
  input: Schema.Struct({
    name: Schema.String.check(Schema.isNonEmpty()),
    loud: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
    logins: Schema.Array(Schema.Struct({ user: Schema.String, password: Secret }))
  }),
  result: Schema.Struct({ text: Schema.String }),
  steps: [{ name: "say", title: "Say it" }],
  example: { name: "Ada", logins: [] },
  run: (input) =>
    Effect.gen(function* () {
      const steps = yield* Steps
      const passwords = input.logins.map((login) => Redacted.value(login.password)).join()
      return yield* steps.run(
        "say",
        Schema.Struct({ text: Schema.String }),
        Effect.succeed({ text: `${input.name}:${input.loud}:${passwords}` })
      )
    })
})

const stepsThatRun = Layer.succeed(Steps, {
  run: (_name, _output, work) => work,
  prepare: (_name, work) => work,
  progress: () => Effect.void,
  attempt: 1
})

it.effect("fills defaults in and gives the stored form of an input", () =>
  Effect.gen(function* () {
    const stored = yield* greet.parseInput({ name: "Ada", logins: [{ user: "a", password: "p" }] })

    expect(stored).toEqual({ name: "Ada", loud: false, logins: [{ user: "a", password: "p" }] })
  })
)

it.effect("names every wrong field by its path and repeats no rejected value", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(
      greet.parseInput({ name: "", extra: 1, logins: [{ user: "a" }, { user: 2, password: "hunter2" }] })
    )

    expect(error.issues.map((issue) => issue.path).toSorted()).toEqual([
      "extra",
      "logins[0].password",
      "logins[1].user",
      "name"
    ])
    expect(JSON.stringify(error)).not.toContain("hunter2")
  })
)

it.effect("runs the script on the stored input with its secrets opened", () =>
  Effect.gen(function* () {
    const result = yield* greet.run({ name: "Ada", loud: true, logins: [{ user: "a", password: "p" }] })

    expect(result).toEqual({ text: "Ada:true:p" })
  }).pipe(Effect.provide(Layer.merge(stepsThatRun, Layer.mock(BrowserSession, {}))))
)

it.effect("finds secrets at any depth, and nothing else", () =>
  Effect.sync(() => {
    const input = { name: "Ada", loud: true, logins: [{ user: "a", password: "p" }] }

    expect(mapSecrets(greet.inputSchema, input, () => "sealed")).toEqual({
      name: "Ada",
      loud: true,
      logins: [{ user: "a", password: "sealed" }]
    })
  })
)
