/** A job type: everything Callboard knows about one kind of work, and the script that does it. */
import { Context, Duration, Effect, Option, Schema, SchemaIssue, type Scope } from "effect"
import { defaultRetryPolicy, type RetryPolicy } from "./Backoff.ts"
import type { BrowserSession } from "./BrowserSession.ts"
import { CurrentCaller } from "./Caller.ts"
import { FatalError } from "./JobError.ts"
import type { JsonOf } from "./JsonOf.ts"
import { faultOf, faultOfLane, gaveNoEffect } from "./jobTypeFault.ts"
import { type Lane, OWN_LANE, type TeamLane } from "./Lane.ts"
import { messageOf } from "./messageOf.ts"
import type { Operator } from "./Operator.ts"
import { hasUnreachableSecret, type JsonSchemaDocument } from "./Secret.ts"
import type { StepDefinition } from "./StepDefinition.ts"
import type { Steps } from "./Steps.ts"
import { unstorable } from "./Storable.ts"

/** One thing that is wrong with an input: `{ path: "tags[0].name", message: "must not be empty" }`. */
export const InputIssue = Schema.Struct({ path: Schema.String, message: Schema.String })
export type InputIssue = typeof InputIssue.Type

/** The input does not fit the job type's schema. Holds no rejected value, because it may be a secret. */
export class InvalidInput extends Schema.TaggedError<InvalidInput>()("InvalidInput", {
  jobType: Schema.String,
  issues: Schema.Array(InputIssue)
}) {}

export type ScriptServices = Steps | Operator | BrowserSession | Scope.Scope

export interface JobType {
  /** Lower case with dashes or underscores, unique: `add-item-tags`. */
  readonly name: string
  readonly title: string
  /** One or two sentences for people who are not engineers. */
  readonly description: string
  readonly lane: Lane
  readonly steps: ReadonlyArray<StepDefinition>
  /** Longest time one attempt may take. */
  readonly timeout: Duration.Duration
  readonly retry: RetryPolicy
  /** JSON Schema of the input as it is sent and stored. */
  readonly inputSchema: JsonSchemaDocument
  readonly resultSchema: JsonSchemaDocument
  /** An input that works, in its JSON form. A function where it depends on where the server listens. */
  readonly example: () => unknown
  /** Checks an input and gives its stored form: defaults filled in, unknown fields refused. */
  readonly parseInput: (input: unknown) => Effect.Effect<unknown, InvalidInput>
  /** Runs the script on a stored input with its secrets opened. Gives the result in its JSON form. */
  readonly run: (input: unknown) => Effect.Effect<unknown, unknown, ScriptServices>
  /** What is wrong with its definition, or what it needs and lacks, as a sentence that does not repeat its name. A process lists such a type with the reason, and runs none of its jobs. */
  readonly fault?: Error
}

type Services<L extends Lane> = Steps | Operator | Scope.Scope | (L extends "browser" ? BrowserSession : never)

export interface JobTypeDefinition<L extends Lane, Input, InputJson, Result, ResultJson> {
  readonly name: string
  readonly title: string
  readonly description: string
  /** `browser` gives the script a page and shares the few browser sessions, `quick` is for many jobs of well under a second, `default` for the rest. */
  readonly lane: L
  readonly input: Schema.Codec<Input, InputJson>
  readonly result: Schema.Codec<Result, ResultJson>
  /** The steps in the order they run; each name is used once with `Steps.run` or `Steps.prepare`, unless it repeats. */
  readonly steps: ReadonlyArray<StepDefinition>
  /** In its JSON form. */
  readonly example: NoInfer<JsonOf<InputJson> | (() => JsonOf<InputJson>)>
  /** Default: 10 minutes. */
  readonly timeout?: Duration.Input
  /** Default: 3 retries after 5 s, 10 s and 20 s. */
  readonly retry?: Partial<RetryPolicy>
  readonly run: (input: Input) => Effect.Effect<NoInfer<Result>, unknown, Services<L>>
}

const DEFAULT_TIMEOUT = Duration.minutes(10)

/** `["tags", 0, "name"]` -> `tags[0].name`, the form people write. */
export const formatPath = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    ""
  )

const toIssues = SchemaIssue.makeFormatterStandardSchemaV1()

/** JSON has no infinities: a schema lets them be texts, and of what is neither a number nor one of these it names only these. */
const NO_NUMBER = /^Expected (?:number \| )?"Infinity" \| "-Infinity" \| "NaN"$/u

export const issuesOf = (error: Schema.SchemaError): ReadonlyArray<InputIssue> =>
  toIssues(error.issue).issues.map((issue) => ({
    path: formatPath(
      (issue.path ?? []).map((segment) => (typeof segment === "object" ? segment.key : segment) as PropertyKey)
    ),
    message: issue.message.replace(NO_NUMBER, "Expected a number")
  }))

/** What a script gave does not fit its schema: a bug of the script, and not of what it was given. */
export const otherForm = (what: string, error: Schema.SchemaError) => {
  const issues = issuesOf(error).map(({ message, path }) => (path === "" ? message : `${path}: ${message}`))
  return new FatalError({
    code: "SCRIPT_DEFECT",
    message: `${what} has another form than its schema (${issues.join("; ")}).`,
    hint: "Mend the script, or the schema in its job type."
  })
}

/** What else can be wrong with a kind of definition that has more to it. */
type FaultOfRest = (inputSchema: JsonSchemaDocument) => string | undefined

/** Throws a sentence when the definition is wrong. */
const build = <L extends Lane, Input, InputJson, Result, ResultJson>(
  definition: JobTypeDefinition<L, Input, InputJson, Result, ResultJson>,
  faultOfRest: FaultOfRest
): JobType => {
  const { example, input, name, result, run, steps } = definition
  const timeout = Option.getOrElse(Duration.fromInput(definition.timeout ?? DEFAULT_TIMEOUT), () => Duration.zero)
  const retry = { ...defaultRetryPolicy, ...definition.retry }
  const fault = faultOf(definition, timeout, retry)
  if (fault !== undefined) throw new Error(fault)
  const inputSchema = Schema.toJsonSchemaDocument(input, { onExcessProperty: "error" }) as JsonSchemaDocument
  if (hasUnreachableSecret(inputSchema)) {
    throw new Error("a secret stands where it cannot be sealed. Move it into a plain field.")
  }
  const faultOfIt = faultOfRest(inputSchema)
  if (faultOfIt !== undefined) throw new Error(faultOfIt)
  // What is stored has to be JSON, also where a schema's encoded side is a Date or a bigint.
  const inputCodec = Schema.toCodecJson(input)
  const decode = Schema.decodeUnknownEffect(inputCodec, { errors: "all", onExcessProperty: "error" })
  const encodeInput = Schema.encodeEffect(inputCodec)
  const encodeResult = Schema.encodeEffect(Schema.toCodecJson(result))
  return {
    name,
    title: definition.title,
    description: definition.description,
    lane: definition.lane,
    steps,
    timeout,
    retry,
    inputSchema,
    resultSchema: Schema.toJsonSchemaDocument(result) as JsonSchemaDocument,
    example: typeof example === "function" ? (example as () => unknown) : () => example,
    parseInput: (value) => {
      const refused = unstorable(value)
      if (refused !== undefined) {
        const issue = { path: formatPath(refused.path), message: refused.issue }
        return Effect.fail(new InvalidInput({ jobType: name, issues: [issue] }))
      }
      // Eagerly, because almost every schema is done at once: batches would make five effects for each of their jobs.
      return decode(value).pipe(
        Effect.flatMapEager(encodeInput),
        Effect.mapErrorEager((error) => new InvalidInput({ jobType: name, issues: issuesOf(error) }))
      )
    },
    run: (stored) =>
      decode(stored).pipe(
        Effect.flatMap((value) => {
          const script = run(value) as Effect.Effect<Result, unknown, ScriptServices>
          return Effect.isEffect(script) ? script : Effect.die(gaveNoEffect(script))
        }),
        Effect.flatMap((value) => Effect.mapError(encodeResult(value), (error) => otherForm("The result", error)))
      )
  }
}

const textOr = (value: unknown, standard: string): string => (typeof value === "string" ? value : standard)

/** Stands for a definition that is wrong, with what can be read of it. */
export const unusableJobType = (definition: Partial<Record<keyof JobType, unknown>>, fault: Error): JobType => {
  const name = textOr(definition.name, "(without a name)")
  return {
    name,
    title: textOr(definition.title, name),
    description: textOr(definition.description, ""),
    lane: "default",
    steps: [],
    timeout: DEFAULT_TIMEOUT,
    retry: defaultRetryPolicy,
    inputSchema: { schema: {}, definitions: {} },
    resultSchema: { schema: {}, definitions: {} },
    example: () => ({}),
    parseInput: () => Effect.die(fault),
    run: () => Effect.die(fault),
    fault
  }
}

/** The fault of a type that is right: something that it needs is not set up here. */
export class NotSetUp extends Error {}

export const unavailableJobType = (type: JobType, reason: string): JobType => ({ ...type, fault: new NotSetUp(reason) })

/** By what a job type has from its definition on, also where a part of it was replaced. */
const madeHere = new WeakSet<JobType["parseInput"]>()

/** Another copy of this module makes types that look the same, and whose errors, services and schemas are not ours. */
export const isMadeHere = ({ parseInput }: JobType): boolean => madeHere.has(parseInput)

const made = (type: JobType): JobType => {
  madeHere.add(type.parseInput)
  return type
}

/** `faultOfRest` looks at what this kind of definition adds. */
export const makeJobType = <L extends Lane, Input, InputJson, Result, ResultJson>(
  definition: JobTypeDefinition<L, Input, InputJson, Result, ResultJson>,
  faultOfRest: FaultOfRest = () => undefined
): JobType => {
  try {
    return made(build(definition, faultOfRest))
  } catch (cause) {
    // Made here, because its stack leads to the place of the definition.
    return unusableJobType(definition, new Error(messageOf(cause)))
  }
}

/** A job type whose name, input and result (as JSON) the compiler knows. */
export interface TypedJobType<Name extends string, InputJson, ResultJson> extends JobType {
  readonly name: Name
  /** There is no value; it carries the types to clients. */
  readonly "~contract"?: { readonly input: InputJson; readonly result: ResultJson }
}

/**
 * Input and result of each job type of a list, by name, for `createClient`:
 * `export type MyJobs = ContractsOf<typeof jobTypes>`.
 */
export type ContractsOf<Types extends ReadonlyArray<JobType>> = {
  readonly [Type in Types[number] as Type["name"]]: Type extends { readonly "~contract"?: infer Contract }
    ? NonNullable<Contract>
    : never
}

/**
 * Turns a typed definition into a job type. Does not throw when the definition is wrong, because that would take all
 * other job types of the same file along: the type then carries its `fault`.
 */
export const defineJobType = <
  L extends TeamLane,
  Input,
  InputJson,
  Result,
  ResultJson,
  const Name extends string = string
>(
  definition: JobTypeDefinition<L, Input, InputJson, Result, ResultJson> & { readonly name: Name }
) => makeJobType(definition, faultOfLane(definition)) as TypedJobType<Name, JsonOf<InputJson>, JsonOf<ResultJson>>

/** No job type that can be run has this name. */
export class UnknownJobType extends Schema.TaggedError<UnknownJobType>()("UnknownJobType", {
  jobType: Schema.String,
  known: Schema.Array(Schema.String),
  /** Why the one that has it is not available. */
  reason: Schema.optionalKey(Schema.String)
}) {}

/** All job types of this process: those that ship and those of the configuration file. */
export class JobTypes extends Context.Service<
  JobTypes,
  {
    /** Those that can be run. */
    readonly all: ReadonlyArray<JobType>
    /** What Callboard sends out itself: run like the others, but made and seen by nobody else. */
    readonly own: ReadonlyArray<JobType>
    /** Those with a fault, each name once. */
    readonly unavailable: ReadonlyArray<JobType>
    readonly find: (name: string) => Option.Option<JobType>
    /** For names that callers send. */
    readonly named: (name: string) => Effect.Effect<JobType, UnknownJobType>
  }
>()("callboard/domain/JobTypes") {
  static readonly from = (types: ReadonlyArray<JobType>) => {
    const sound = types.filter(({ fault }) => fault === undefined)
    const all = sound.filter(({ lane }) => lane !== OWN_LANE)
    const own = sound.filter(({ lane }) => lane === OWN_LANE)
    const faulty = types.filter(({ fault }) => fault !== undefined)
    const unavailable = faulty.filter(({ name }, index) => faulty.findIndex((type) => type.name === name) === index)
    const byName = new Map(sound.map((type) => [type.name, type]))
    const find = (name: string) => Option.fromNullishOr(byName.get(name))
    const known = all.map((type) => type.name)
    const unknown = (jobType: string) => {
      const reason = unavailable.find(({ name }) => name === jobType)?.fault?.message
      return new UnknownJobType({ jobType, known, ...(reason !== undefined && { reason }) })
    }
    return JobTypes.of({
      all,
      own,
      unavailable,
      find,
      named: (name) =>
        Effect.flatMap(CurrentCaller, (caller) =>
          Option.match(
            Option.isSome(caller) ? Option.filter(find(name), ({ lane }) => lane !== OWN_LANE) : find(name),
            {
              onNone: () => Effect.fail(unknown(name)),
              onSome: Effect.succeed
            }
          )
        )
    })
  }
}
