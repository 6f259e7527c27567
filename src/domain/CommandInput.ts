/** How the input of a job reaches a program: as arguments, environment or standard input. */
import { Duration, Option, Predicate, Redacted } from "effect"
import { type Command, LONGEST_KILL_AFTER } from "./Commands.ts"
import { FatalError } from "./JobError.ts"
import { type JsonSchemaDocument, placeInSchema } from "./Secret.ts"

/** Places in an input, in the form `tags` or `login.email`. */
export type InputPath<Json> =
  Json extends ReadonlyArray<unknown>
    ? never
    : Json extends object
      ? string extends keyof Json
        ? string
        : { [K in keyof Json & string]: K | `${K}.${InputPath<NonNullable<Json[K]>>}` }[keyof Json & string]
      : never

/**
 * A fixed text, or a value of the input: a list gives one argument for each item, an object its JSON, an absent value
 * nothing. With a flag, `true` gives the flag alone and `false` nothing; a flag that ends in `=` is joined with its value.
 */
export type CommandArgument<Path extends string> = string | { readonly input: Path; readonly flag?: string }

export interface CommandMapping<Path extends string = string> {
  /** A path, or a name that is looked up on PATH. */
  readonly program: string
  /** They are visible to every user of the machine: a secret is refused here. */
  readonly arguments?: ReadonlyArray<CommandArgument<Path>>
  readonly environment?: Readonly<Record<string, string | { readonly input: Path }>>
  /** Names of variables that the program needs of Callboard's own environment, besides PATH, HOME, LANG and TZ. */
  readonly inherit?: ReadonlyArray<string>
  /** The whole input as JSON, or one value of it. */
  readonly stdin?: "json" | { readonly input: Path }
  /** Default: the working directory of Callboard. `import.meta.dirname` is the folder of your file. */
  readonly directory?: string
  /** Time between SIGTERM and SIGKILL when the job ends before the program. Default: half a second, at most 3. */
  readonly killAfter?: Duration.Input
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/u

/** Callboard's own: a program that needs a database gets an address of its own. */
const OWN_VARIABLE = /^(?:DATABASE_URL|CALLBOARD_.*)$/u

const isText = (value: unknown): value is string => typeof value === "string"

const isOfInput = (value: unknown): boolean => Predicate.isObject(value) && isText(value.input)

const isArgument = (value: unknown): boolean =>
  isText(value) ||
  (Predicate.isObject(value) && isText(value.input) && (value.flag === undefined || isText(value.flag)))

/** Files that nobody type-checked have these. */
const faultOfForm = (mapping: CommandMapping): string | undefined => {
  const { arguments: args = [], directory, environment = {}, inherit = [], program, stdin } = mapping
  if (!isText(program) || program.trim() === "") return "its command.program must name a program."
  if (!Array.isArray(args) || !args.every(isArgument)) {
    return "its command.arguments must be a list of texts and { input, flag }."
  }
  if (
    !Predicate.isObject(environment) ||
    !Object.values(environment).every((value) => isText(value) || isOfInput(value))
  ) {
    return "its command.environment must give each variable a text or { input }."
  }
  if (!Array.isArray(inherit) || !inherit.every(isText)) return "its command.inherit must be a list of texts."
  if (stdin !== undefined && stdin !== "json" && !isOfInput(stdin)) {
    return 'its command.stdin must be "json" or { input }.'
  }
  return directory === undefined || isText(directory) ? undefined : "its command.directory must be a text."
}

const faultOfKillAfter = ({ killAfter }: CommandMapping): string | undefined => {
  if (killAfter === undefined) return undefined
  const time = Option.getOrUndefined(Duration.fromInput(killAfter))
  return time !== undefined && Duration.between(time, { minimum: Duration.zero, maximum: LONGEST_KILL_AFTER })
    ? undefined
    : 'its command.killAfter must be at most 3 seconds, as "2 seconds".'
}

/** What is wrong with a mapping, in a sentence for its author. */
export const faultOfMapping = (mapping: CommandMapping, inputSchema: JsonSchemaDocument): string | undefined => {
  const wrongForm = faultOfForm(mapping)
  if (wrongForm !== undefined) return wrongForm
  const { arguments: args = [], environment = {}, inherit = [], stdin } = mapping
  for (const argument of args) {
    if (typeof argument === "string") continue
    const { holdsSecret, isThere } = placeInSchema(inputSchema, argument.input)
    if (!isThere) return `its command.arguments name "${argument.input}", which is no field of the input.`
    if (holdsSecret) {
      return `its command.arguments name the secret "${argument.input}". Every user of the machine can read arguments: give it by environment or stdin.`
    }
  }
  const values = [...Object.values(environment), ...(stdin === undefined || stdin === "json" ? [] : [stdin])]
  for (const value of values) {
    if (typeof value !== "string" && !placeInSchema(inputSchema, value.input).isThere) {
      return `its command names "${value.input}", which is no field of the input.`
    }
  }
  const names = [...Object.keys(environment), ...inherit]
  const wrong = names.find((name) => !VARIABLE.test(name))
  if (wrong !== undefined) return `"${wrong}" is no name of an environment variable.`
  const own = inherit.find((name) => OWN_VARIABLE.test(name)) ?? Object.keys(environment).find(isReserved)
  if (own !== undefined) return `its command may not have Callboard's own variable ${own}.`
  return faultOfKillAfter(mapping)
}

const isReserved = (name: string) => name.startsWith("CALLBOARD_")

const valueAt = (input: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>(
      (value, key) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined,
      input
    )

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

const isAbsent = (value: unknown): boolean => value === undefined || value === null

const argumentsOf = (argument: CommandArgument<string>, input: unknown): ReadonlyArray<string> => {
  if (typeof argument === "string") return [argument]
  const value = valueAt(input, argument.input)
  const { flag } = argument
  if (isAbsent(value)) return []
  const texts = (Array.isArray(value) ? value : [value]).map(textOf)
  if (flag === undefined) return texts
  if (typeof value === "boolean") return value ? [flag] : []
  return texts.flatMap((text) => (flag.endsWith("=") ? [flag + text] : [flag, text]))
}

/**
 * `--` says that what follows is no option, whatever it looks like. Behind a flag that takes no value, or an optional
 * one, a program would take a value with a dash for the next option, so only `--flag=` may have one, numbers included.
 */
const refuseOptions = (mapping: CommandMapping, input: unknown): FatalError | undefined => {
  const all = mapping.arguments ?? []
  const end = all.indexOf("--")
  for (const argument of end < 0 ? all : all.slice(0, end)) {
    if (typeof argument === "string" || argument.flag?.endsWith("=")) continue
    if (argumentsOf({ input: argument.input }, input).some((text) => text.startsWith("-"))) {
      return new FatalError({
        code: "VALIDATION_ERROR",
        message: `${argument.input} must not start with a dash: the command would take it for an option.`
      })
    }
  }
  return undefined
}

/** The program to start for an input in its JSON form, or why it is refused. */
export const commandOf = (mapping: CommandMapping, input: unknown, attempt: number): Command | FatalError => {
  const { arguments: args = [], directory, environment = {}, inherit = [], killAfter, program, stdin } = mapping
  const refused = refuseOptions(mapping, input)
  if (refused !== undefined) return refused
  const variables = Object.entries(environment).flatMap(
    ([name, value]): ReadonlyArray<readonly [string, NonNullable<Command["environment"]>[string]]> => {
      if (typeof value === "string") return [[name, value]]
      const found = valueAt(input, value.input)
      return isAbsent(found) ? [] : [[name, Redacted.make(textOf(found))]]
    }
  )
  const given = stdin === undefined ? undefined : stdin === "json" ? input : valueAt(input, stdin.input)
  return {
    program,
    args: args.flatMap((argument) => argumentsOf(argument, input)),
    environment: { ...Object.fromEntries(variables), CALLBOARD_ATTEMPT: String(attempt) },
    inherit,
    ...(killAfter !== undefined && { killAfter }),
    ...(!isAbsent(given) && { stdin: Redacted.make(stdin === "json" ? JSON.stringify(given) : textOf(given)) }),
    ...(directory !== undefined && { directory })
  }
}
