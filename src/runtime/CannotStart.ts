import { inspect } from "node:util"
import { Console, Effect, Schema } from "effect"
import { redact } from "../domain/redact.ts"

export class CannotStart extends Schema.TaggedError<CannotStart>()("CannotStart", { message: Schema.String }) {}

/** What stops the start is a sentence for the person who typed the command. */
export const reporting = <E extends { readonly message: string }>(main: Effect.Effect<never, E>) =>
  Effect.mapError(main, ({ message }) => new CannotStart({ message: redact(`Callboard cannot start. ${message}`) }))

/** Around all that a process runs: a bug, or a package that is missing, is told with its stack. */
export const tellingBugs = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.tapDefect(program, (defect) => Console.error(redact(`Callboard stopped because of a bug. ${inspect(defect)}`)))
