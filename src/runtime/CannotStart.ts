import { inspect } from "node:util"
import { Console, Effect, Schema } from "effect"
import { redact } from "../domain/redact.ts"

export class CannotStart extends Schema.TaggedError<CannotStart>()("CannotStart", { message: Schema.String }) {}

/** What stops the start is a sentence for the person who typed the command; a bug keeps its stack. */
export const reporting = <E extends { readonly message: string }>(main: Effect.Effect<never, E>) =>
  main.pipe(
    Effect.mapError(({ message }) => new CannotStart({ message: redact(`Callboard cannot start. ${message}`) })),
    Effect.tapDefect((defect) => Console.error(redact(`Callboard stopped because of a bug. ${inspect(defect)}`)))
  )
