/**
 * The job types of a team, from one file of theirs: `export default [defineJobType({ ... })]`. A file that cannot be
 * read stops the start, because nobody knows what it would have held. One wrong entry of it takes no other one along.
 */
import { existsSync, statSync } from "node:fs"
import { dirname, relative, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { Duration, Effect, Predicate, Schema } from "effect"
import { isMadeHere, type JobType, JobTypes, unusableJobType } from "../domain/JobType.ts"
import { OWN_LANE } from "../domain/Lane.ts"

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

const LONGEST_LOAD = Duration.seconds(30)

/** Frames of our own code and of packages say nothing to the author of a job type. */
const OUR_CODE = `${dirname(import.meta.dir)}/`
const isOfAuthor = (path: string) => !path.startsWith(OUR_CODE) && !path.includes("/node_modules/")

const shownPath = (path: string): string => {
  const short = relative(process.cwd(), path)
  return short.startsWith("..") ? path : short
}

/** `callboard.config.ts:14:3`, the first place of the stack that is the author's. */
const placeInStack = (stack: string | undefined): string | undefined => {
  for (const [, at, line, column] of (stack ?? "").matchAll(/\(?((?:file:\/\/)?\/[^()\n]+?):(\d+):(\d+)\)?$/gmu)) {
    const path = at!.startsWith("file:") ? fileURLToPath(at!) : at!
    if (isOfAuthor(path)) return `${shownPath(path)}:${line}:${column}`
  }
  return undefined
}

const placeOf = (cause: unknown): string | undefined => {
  const position = Predicate.hasProperty(cause, "position") ? cause.position : undefined
  if (Predicate.isObject(position) && "file" in position && "line" in position && "column" in position) {
    const file = String(position.file).replace(/^file:\/\//u, "")
    return `${shownPath(file)}:${String(position.line)}:${String(position.column)}`
  }
  return cause instanceof Error ? placeInStack(cause.stack) : undefined
}

/** Syntax errors come as a bundle, each with its place. */
const reasonOf = (cause: unknown): string => {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join("; ")
  const message =
    cause instanceof Error || Predicate.hasProperty(cause, "message") ? String(cause.message) : String(cause)
  const place = placeOf(cause)
  return place === undefined ? message : `${place}: ${message}`
}

/** What somebody put into the list instead of a job type. */
const kindOf = (entry: unknown): string => {
  if (Array.isArray(entry)) return "a list"
  if (entry === null || entry === undefined) return String(entry)
  if (typeof entry !== "object") return `a ${typeof entry}`
  return "run" in entry || "command" in entry ? "a definition that was not given to defineJobType" : "an object"
}

const nameOf = (entry: unknown, number: number): string =>
  Predicate.hasProperty(entry, "name") && typeof entry.name === "string" && entry.name !== ""
    ? entry.name
    : `entry ${number}`

const OTHER_COPY =
  "it is made with another copy of callboard than the one that runs. Move the file to where the running one and its effect are found, or start the one that the file imports."

/** Every entry as a job type: one that is none carries its fault, as one with a wrong definition does. */
const toJobType =
  (path: string) =>
  (entry: unknown, index: number): JobType => {
    const number = index + 1
    if (!isJobType(entry)) {
      const fault = `entry ${number} of the list is ${kindOf(entry)}, and no job type. Make it with defineJobType.`
      return unusableJobType({ name: nameOf(entry, number) }, new Error(`${shownPath(path)}: ${fault}`))
    }
    if (entry.fault !== undefined) return unusableJobType(entry, new Error(reasonOf(entry.fault)))
    return isMadeHere(entry) ? entry : unusableJobType(entry, new Error(`${shownPath(path)}: ${OTHER_COPY}`))
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
      catch: (cause) => {
        const reason = reasonOf(cause)
        const isEmptyFolder = reason.startsWith(`Cannot find module '${path}'`) && statSync(path).isDirectory()
        return new JobTypesUnusable({
          path,
          reason: isEmptyFolder ? "it is a folder without an index.ts. CALLBOARD_CONFIG names a file." : reason
        })
      }
    }).pipe(
      Effect.timeoutOrElse({
        duration: LONGEST_LOAD,
        orElse: () =>
          Effect.fail(new JobTypesUnusable({ path, reason: "it did not finish loading within 30 seconds." }))
      })
    )
    if (!Array.isArray(loaded.default)) {
      const found = "default" in loaded ? `its default export is ${kindOf(loaded.default)}` : "it has no default export"
      const reason = `${found}; it must be a list of job types: export default [defineJobType({ ... })].`
      return yield* new JobTypesUnusable({ path, reason })
    }
    return loaded.default.map(toJobType(path))
  })

/**
 * Ours keep their names. When two of a team have one name, nobody knows which was meant, so neither runs.
 */
const withoutDoubles = (ours: ReadonlyArray<JobType>, own: ReadonlyArray<JobType>): ReadonlyArray<JobType> => {
  const refuse = (type: JobType, reason: string) => unusableJobType(type, new Error(reason))
  return own.map((type) => {
    if (type.fault !== undefined) return type
    if (type.lane === OWN_LANE) return refuse(type, `the lane ${OWN_LANE} is Callboard's own.`)
    if (ours.some(({ name }) => name === type.name)) return refuse(type, "Callboard has a job type of this name.")
    const namesakes = own.filter(({ fault, name }) => fault === undefined && name === type.name)
    return namesakes.length === 1 ? type : refuse(type, `there are ${namesakes.length} job types of this name.`)
  })
}

/** All job types of a process. Says which of a team's can be used, and why the others cannot. */
export const joinJobTypes = Effect.fnUntraced(function* (ours: ReadonlyArray<JobType>, own: ReadonlyArray<JobType>) {
  const types = JobTypes.from([...ours, ...withoutDoubles(ours, own)])
  if (own.length > 0)
    yield* Effect.annotateLogs(Effect.logInfo("Job types"), { available: types.all.map(({ name }) => name) })
  // Ours that lack a setting are no news: most people never set it.
  for (const { fault, name } of types.unavailable.filter((type) => own.some((each) => each.name === type.name))) {
    yield* Effect.annotateLogs(Effect.logWarning("A job type is not available"), {
      jobType: name,
      reason: fault?.message
    })
  }
  return types
})
