import { expect } from "bun:test"
import { Effect, Exit, Layer, Redacted, Schema } from "effect"
import { BrowserSession } from "../../src/domain/BrowserSession.ts"
import { defineJobType, issuesOf } from "../../src/domain/JobType.ts"
import { Operator } from "../../src/domain/Operator.ts"
import { hasUnreachableSecret, mapSecrets, Secret } from "../../src/domain/Secret.ts"
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
      greet.parseInput({ name: "", extra: "hunter2", logins: [{ user: "a" }, { user: ["hunter2"], password: "p" }] })
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

it.effect("parses an input at once, so that a batch makes no effects for each of its jobs", () =>
  Effect.sync(() => {
    const count = defineJobType({
      name: "count",
      title: "Count",
      description: "Counts.",
      lane: "default",
      input: Schema.Struct({ number: Schema.Int }),
      result: Schema.Null,
      steps: [],
      example: { number: 1 },
      run: () => Effect.succeed(null)
    })

    expect(count.parseInput({ number: 2 })).toEqual(Exit.succeed({ number: 2 }))
    expect(Exit.isFailure(count.parseInput({ number: "2" }) as Exit.Exit<unknown>)).toBe(true)
  })
)

it.effect("runs the script on the stored input with its secrets opened", () =>
  Effect.gen(function* () {
    const result = yield* greet.run({ name: "Ada", loud: true, logins: [{ user: "a", password: "p" }] })

    expect(result).toEqual({ text: "Ada:true:p" })
  }).pipe(Effect.provide(Layer.mergeAll(stepsThatRun, Layer.mock(BrowserSession, {}), Layer.mock(Operator, {}))))
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

it.effect("finds secrets in tuples and behind key patterns too", () =>
  Effect.sync(() => {
    const type = defineJobType({
      name: "vault",
      title: "Vault",
      description: "Keeps secrets in odd places.",
      lane: "default",
      input: Schema.Struct({
        pair: Schema.Tuple([Schema.String, Secret]),
        keys: Schema.Record(Schema.TemplateLiteral(["key-", Schema.String]), Secret)
      }),
      result: Schema.Null,
      steps: [],
      example: { pair: ["ada", "p"], keys: { "key-a": "p" } },
      run: () => Effect.succeed(null)
    })

    expect(mapSecrets(type.inputSchema, { pair: ["ada", "p"], keys: { "key-a": "p" } }, () => "sealed")).toEqual({
      pair: ["ada", "sealed"],
      keys: { "key-a": "sealed" }
    })
  })
)

it.effect("says of a schema whether a secret stands where it could not be sealed", () =>
  Effect.sync(() => {
    const secret = { type: "string", format: "password", writeOnly: true }
    const document = (schema: object) => ({ schema, definitions: { Secret: secret } })

    expect(hasUnreachableSecret(document({ properties: { a: { $ref: "#/$defs/Secret" } } }))).toBe(false)
    expect(hasUnreachableSecret({ schema: { not: secret } as object, definitions: {} })).toBe(true)
  })
)

it.effect("says of what is no number that a number is expected, and nothing of infinities", () =>
  Effect.gen(function* () {
    const codec = Schema.toCodecJson(Schema.Struct({ price: Schema.Number, weight: Schema.Number }))

    const error = yield* Effect.flip(
      Schema.decodeUnknownEffect(codec, { errors: "all" })({ price: "a lot", weight: true })
    )

    expect(issuesOf(error)).toEqual([
      { path: "price", message: "Expected a number" },
      { path: "weight", message: "Expected a number" }
    ])
  })
)
