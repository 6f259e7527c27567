/** A job type whose script is an existing program, described by data: nothing in the program has to change. */
import { Effect, type Exit, Queue, Schema } from "effect"
import { type CommandFailures, faultOfFailures } from "./CommandFailure.ts"
import { type CommandMapping, commandOf, faultOfMapping, type InputPath } from "./CommandInput.ts"
import { type CommandOutput, type LineNews, messageOf, resultPlaces } from "./CommandOutput.ts"
import { makeCommandReport } from "./CommandReport.ts"
import { type CommandEnd, Commands } from "./Commands.ts"
import type { JobError } from "./JobError.ts"
import { type JobTypeDefinition, makeJobType, type TypedJobType } from "./JobType.ts"
import type { JsonOf } from "./JsonOf.ts"
import type { StepDefinition } from "./StepDefinition.ts"
import { Steps } from "./Steps.ts"

export interface CommandJobTypeDefinition<Input, InputJson, Result, ResultJson>
  extends Omit<JobTypeDefinition<"default", Input, InputJson, Result, ResultJson>, "lane" | "run" | "steps"> {
  /** Default: one step, "Run the command". A program that names its steps moves through them. */
  readonly steps?: ReadonlyArray<StepDefinition>
  readonly command: CommandMapping<InputPath<NoInfer<JsonOf<InputJson>>>>
  readonly output?: CommandOutput
  readonly failures?: CommandFailures
}

const STANDARD_STEPS: ReadonlyArray<StepDefinition> = [{ name: "run", title: "Run the command" }]

const isPattern = (line: unknown) => line instanceof RegExp

const faultOfOutput = (output: CommandOutput): string | undefined => {
  if (typeof output !== "object" || output === null) return 'its output must be an object: { result: "json" }.'
  const { lines = [], result } = output
  if (!Array.isArray(lines) || !lines.every(isPattern)) return "its output.lines must be regular expressions."
  return result === undefined || resultPlaces.includes(result)
    ? undefined
    : `its output.result must be one of: ${resultPlaces.join(", ")}.`
}

type Event = LineNews | { readonly ended: Exit.Exit<CommandEnd, JobError> }

/** A program that says more than a step can show waits until it was shown. */
const EVENTS_AHEAD = 64

/** Runs the program and follows its lines from step to step. Gives how it ended. */
const follow = (
  names: ReadonlyArray<string>,
  events: Queue.Queue<Event>,
  conclude: (end: CommandEnd) => Effect.Effect<unknown, JobError>
) =>
  Effect.gen(function* () {
    const steps = yield* Steps
    const show = (news: LineNews) => {
      const message = messageOf(news)
      return message === undefined ? Effect.void : steps.progress(message, news.within)
    }
    /** Inside one step, until a line names a later one. What ends the program fails the step it was in. */
    const within = (index: number, first: LineNews) =>
      Effect.gen(function* () {
        yield* show(first)
        for (;;) {
          const event = yield* Queue.take(events)
          if ("ended" in event) return { result: yield* Effect.flatMap(event.ended, conclude) }
          const next = event.step === undefined ? -1 : names.indexOf(event.step)
          if (next > index) return { next, news: event }
          yield* show(event)
        }
      })
    let at: { readonly next: number; readonly news: LineNews } = { next: 0, news: {} }
    for (;;) {
      const left = yield* steps.prepare(names[at.next]!, within(at.next, at.news))
      if ("result" in left) return left.result
      at = left
    }
  })

/**
 * Turns a description into a job type:
 * `command: { program: "node", arguments: ["export.mjs", { flag: "--restaurant", input: "restaurant" }] }`.
 */
export const defineCommandJobType = <Input, InputJson, Result, ResultJson, const Name extends string = string>(
  definition: CommandJobTypeDefinition<Input, InputJson, Result, ResultJson> & { readonly name: Name }
): TypedJobType<Name, JsonOf<InputJson>, JsonOf<ResultJson>> => {
  const { command: mapping, failures = {}, output = {}, steps = STANDARD_STEPS, ...rest } = definition
  const run = (input: Input) =>
    Effect.gen(function* () {
      const commands = yield* Commands
      const { attempt } = yield* Steps
      const json = yield* Schema.encodeEffect(Schema.toCodecJson(definition.input))(input)
      const command = commandOf(mapping, json, attempt)
      if ("_tag" in command) return yield* command
      const report = makeCommandReport(output, failures, Schema.toCodecJson(definition.result))
      const events = yield* Queue.bounded<Event>(EVENTS_AHEAD)
      // Runs when the program has ended, whatever ended it: until then it may say something.
      yield* Effect.addFinalizer(() => report.close)
      const work = commands.run(command, (line) =>
        Effect.flatMap(report.read(line), (news) => (news === undefined ? Effect.void : Queue.offer(events, news)))
      )
      yield* Effect.forkScoped(Effect.flatMap(Effect.exit(work), (ended) => Queue.offer(events, { ended })))
      return (yield* follow(
        steps.map(({ name }) => name),
        events,
        report.conclude
      )) as Result
      // Ends before the scope of the attempt, which ends the log of the job.
    }).pipe(Effect.scoped)
  return makeJobType({ ...rest, lane: "default", steps, run }, (inputSchema) => {
    if (mapping === undefined) return "it has no command."
    if (Array.isArray(steps) && steps.length === 0) return "it needs at least one step."
    return faultOfMapping(mapping, inputSchema) ?? faultOfOutput(output) ?? faultOfFailures(failures)
  }) as TypedJobType<Name, JsonOf<InputJson>, JsonOf<ResultJson>>
}
