/** How commands print: lines for people, JSON for programs. */
import { writeSync } from "node:fs"
import { Effect, Predicate } from "effect"
import { Flag } from "effect/cli"
import { messageOf } from "../domain/messageOf.ts"
import { Refused } from "./Refused.ts"

export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON, as the API gives it."),
  Flag.withDefault(false)
)

const escaped = (character: string): string => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`

/** What jobs and portals say must not steer the terminal, nor look like a line of its own. */
export const visible = (text: string): string => text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, escaped)

/** The same of a text that may have lines: those after the first are set in. */
export const visibleLines = (text: string): string =>
  text
    .split(/\r?\n/u)
    .map((line) => line.split("\t").map(visible).join("\t"))
    .join("\n    ")

/** JSON says control characters as such but for the last few, which terminals know as well. */
const asJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).replace(/[\u007f-\u009f\p{Bidi_Control}]/gu, escaped)

const STANDARD_OUTPUT = 1

/** How long a reader is left alone that takes no more for now. */
const NEXT_TRY = "10 millis"

/** How much of it was written. */
const write = (bytes: Buffer) =>
  Effect.try({ try: () => writeSync(STANDARD_OUTPUT, bytes), catch: (cause) => cause }).pipe(
    Effect.catchIf(
      (cause) => Predicate.hasProperty(cause, "code") && cause.code === "EAGAIN",
      () => Effect.as(Effect.sleep(NEXT_TRY), 0)
    ),
    // Who closes the pipe has read enough.
    Effect.catchIf(
      (cause) => Predicate.hasProperty(cause, "code") && cause.code === "EPIPE",
      () => Effect.succeed(bytes.length)
    )
  )

/**
 * Writes a line to standard output, where `console.log` would lose it without a word. `lost` is what has to be known then.
 */
export const print = (text: string, lost = "") =>
  Effect.gen(function* () {
    for (let rest = Buffer.from(`${text}\n`); rest.length > 0; ) rest = rest.subarray(yield* write(rest))
  }).pipe(
    Effect.mapError(
      (cause) => new Refused({ message: `The output cannot be written: ${messageOf(cause)}. ${lost}`.trim() })
    )
  )

export const printed = (value: unknown) => print(asJson(value, 2))

/** For programs that read while it goes on. */
export const printedLine = (value: unknown) => print(asJson(value))

/** Columns as wide as their widest cell. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const shown = rows.map((row) => row.map(visible))
  const widths: Array<number> = []
  for (const row of shown) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  return shown
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}
