import { expect } from "bun:test"
import { Effect, Exit, Layer, Redacted, Schema } from "effect"
import { BrowserSession } from "../../src/domain/BrowserSession.ts"
import { type ContractsOf, defineJobType, issuesOf } from "../../src/domain/JobType.ts"
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

it.effect("has no lane system for anybody else", () =>
  Effect.sync(() => {
    const { fault } = defineJobType({
      name: "theirs",
      title: "Theirs",
      description: "",
      // @ts-expect-error Callboard's own
      lane: "system",
      input: Schema.Null,
      result: Schema.Null,
      steps: [],
      example: null,
      run: () => Effect.succeed(null)
    })

    expect(fault?.message).toBe("the lane system is Callboard's own.")
  })
)

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

const Wire = Schema.Struct({
  day: Schema.Date,
  cents: Schema.BigInt,
  tags: Schema.ReadonlySet(Schema.Date),
  prices: Schema.ReadonlyMap(Schema.String, Schema.BigInt)
})

const onTheWire = defineJobType({
  name: "on-the-wire",
  title: "On the wire",
  description: "Gives its input back.",
  lane: "default",
  input: Wire,
  result: Wire,
  steps: [],
  // Fails to compile unless the example, and what clients send and get, are JSON.
  example: { day: "1970-01-01T00:00:00.000Z", cents: "5", tags: ["1970-01-01T00:00:00.000Z"], prices: [["soup", "7"]] },
  run: Effect.succeed
})

it.effect("speaks of dates, whole numbers of any size, sets and maps in their JSON form", () =>
  Effect.gen(function* () {
    const sent: ContractsOf<readonly [typeof onTheWire]>["on-the-wire"]["input"] = {
      day: "1970-01-01T00:00:00.000Z",
      cents: "5",
      tags: ["1970-01-01T00:00:00.000Z"],
      prices: [["soup", "7"]]
    }
    const ran = yield* onTheWire
      .run(yield* onTheWire.parseInput(sent))
      .pipe(Effect.provide([stepsThatRun, Layer.mock(BrowserSession, {}), Layer.mock(Operator, {})]), Effect.scoped)

    expect(onTheWire.example()).toEqual(sent)
    expect(ran).toEqual(sent)
  })
)

it.effect("takes examples of Effect's own types as they are sent", () =>
  Effect.gen(function* () {
    const visit = defineJobType({
      name: "visit",
      title: "Visit",
      description: "Has a moment and perhaps a note.",
      lane: "default",
      input: Schema.Struct({ at: Schema.DateTimeUtc, note: Schema.Option(Schema.String) }),
      result: Schema.Null,
      steps: [],
      example: { at: "2027-01-31T09:30:00.000Z", note: { _tag: "None" } },
      run: () => Effect.succeed(null)
    })

    expect(visit.fault).toBeUndefined()
    expect(yield* visit.parseInput(visit.example())).toEqual(visit.example())
  })
)

it.effect("takes an example of either side of an input that has two", () =>
  Effect.gen(function* () {
    const either = defineJobType({
      name: "either",
      title: "Either",
      description: "Takes one of two.",
      lane: "default",
      input: Schema.Union([Schema.Struct({ url: Schema.String }), Schema.Struct({ csv: Schema.String })]),
      result: Schema.Null,
      steps: [],
      example: () => (Date.now() > 0 ? { csv: "a,b" } : { url: "https://example.com" }),
      run: () => Effect.succeed(null)
    })

    expect(yield* either.parseInput(either.example())).toEqual({ csv: "a,b" })
  })
)

it.effect("publishes that it refuses unknown fields, at any depth", () =>
  Effect.gen(function* () {
    const { items } = greet.inputSchema.schema.properties!.logins!

    expect([greet.inputSchema.schema.additionalProperties, items!.additionalProperties]).toEqual([false, false])
    expect(yield* Effect.flip(greet.parseInput({ name: "Ada", logins: [], nam: "" }))).toMatchObject({
      issues: [{ path: "nam" }]
    })
  })
)

it.effect("calls a result of another form a defect of the script", () =>
  Effect.gen(function* () {
    const wrong = defineJobType({
      name: "wrong",
      title: "Wrong",
      description: "Gives too little.",
      lane: "default",
      input: Schema.Struct({}),
      result: Schema.Struct({ dishes: Schema.Int }),
      steps: [],
      example: {},
      run: () => Effect.succeed({ dishes: 1.5 })
    })
    const error = yield* wrong
      .run({})
      .pipe(
        Effect.provide([stepsThatRun, Layer.mock(BrowserSession, {}), Layer.mock(Operator, {})]),
        Effect.scoped,
        Effect.flip
      )

    expect(error).toMatchObject({
      code: "SCRIPT_DEFECT",
      message: expect.stringMatching(/^The result has another form than its schema \(dishes: /u)
    })
  })
)
