/** The job types of a team, from one file of theirs: `export default [defineJobType({ ... })]`. */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { Duration, Effect, Predicate, Schema } from "effect"
import type { JobType } from "../domain/JobType.ts"

export class JobTypesUnusable extends Schema.TaggedError<JobTypesUnusable>()("JobTypesUnusable", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `The job types in ${this.path} cannot be used: ${this.reason}`
  }
}

const isJobType = (value: unknown): value is JobType =>
  Predicate.isObject(value) &&
  "name" in value &&
  typeof value.name === "string" &&
  "run" in value &&
  typeof value.run === "function" &&
  "parseInput" in value

const areJobTypes = (value: unknown): value is ReadonlyArray<JobType> =>
  Array.isArray(value) && value.every((each) => isJobType(each))

const LONGEST_LOAD = Duration.seconds(30)

/** Syntax errors come as a bundle, each with its place. */
const reasonOf = (cause: unknown): string => {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join("; ")
  const message =
    cause instanceof Error || Predicate.hasProperty(cause, "message") ? String(cause.message) : String(cause)
  const place = Predicate.hasProperty(cause, "position") ? cause.position : undefined
  return Predicate.hasProperty(place, "line") ? `line ${String(place.line)}: ${message}` : message
}

/** Where job types are looked for when no file is named; nothing has to be there. */
const STANDARD_FILE = "callboard.config.ts"

export const loadOwnJobTypes = (file: string | undefined) =>
  Effect.gen(function* () {
    const path = resolve(file ?? STANDARD_FILE)
    if (!existsSync(path)) {
      if (file === undefined) return []
      return yield* new JobTypesUnusable({ path, reason: "there is no such file. CALLBOARD_CONFIG names it." })
    }
    const loaded = yield* Effect.tryPromise({
      try: (): Promise<{ readonly default?: unknown }> => import(pathToFileURL(path).href),
      catch: (cause) => new JobTypesUnusable({ path, reason: reasonOf(cause) })
    }).pipe(
      Effect.timeoutOrElse({
        duration: LONGEST_LOAD,
        orElse: () =>
          Effect.fail(new JobTypesUnusable({ path, reason: "it did not finish loading within 30 seconds." }))
      })
    )
    if (!areJobTypes(loaded.default)) {
      const reason = "its default export must be a list of job types, each made with defineJobType."
      return yield* new JobTypesUnusable({ path, reason })
    }
    return loaded.default
  })

/** Fails when two job types have one name: ours and a team's, or two of a team's. */
export const withoutDoubles = (types: ReadonlyArray<JobType>) => {
  const names = types.map((type) => type.name)
  const double = names.find((name, index) => names.indexOf(name) !== index)
  return double === undefined
    ? Effect.succeed(types)
    : Effect.fail(new JobTypesUnusable({ path: "your file", reason: `there are two job types named "${double}".` }))
}
