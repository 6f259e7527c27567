/** How commands print: lines for people, JSON for programs. */
import { Console } from "effect"
import { Flag } from "effect/cli"

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

export const printed = (value: unknown) => Console.log(asJson(value, 2))

/** For programs that read while it goes on. */
export const printedLine = (value: unknown) => Console.log(asJson(value))

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
