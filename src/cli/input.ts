/** The input of a job, as people type it: JSON, `@file`, or `-` for standard input. */
import { readFileSync } from "node:fs"
import { Effect } from "effect"
import { CliError, Flag } from "effect/cli"
import { messageOf } from "../domain/messageOf.ts"

const STANDARD_INPUT = 0

export const standardInput = (): string => readFileSync(STANDARD_INPUT, "utf8")

const textOf = (given: string): string => {
  if (given === "-") return standardInput()
  return given.startsWith("@") ? readFileSync(given.slice(1), "utf8") : given
}

export const inputFlag = (description: string) =>
  Flag.String("input").pipe(
    Flag.withMetavar("json | @file | -"),
    Flag.withDescription(
      `${description} JSON, @file, or - for standard input. Secrets do not belong on the line itself.`
    ),
    Flag.mapEffect((given) =>
      Effect.try({
        try: (): unknown => JSON.parse(textOf(given)),
        // Not what was given: it may hold a secret.
        catch: (cause) =>
          new CliError.InvalidValue({
            option: "input",
            value: given.startsWith("@") ? given : "…",
            expected: `JSON (${messageOf(cause)})`,
            kind: "flag"
          })
      })
    )
  )
