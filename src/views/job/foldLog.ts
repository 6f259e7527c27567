/** Log lines with runs of similar ones put together: "uploaded img_17.jpg" forty times says little more than once. */
import type { LogLine } from "../../domain/Attempt.ts"

/** Fewer similar lines are read faster than they are opened. */
const FEWEST_FOLDED = 4

export interface LogGroup {
  readonly line: LogLine
  /** Lines after it that differ only in numbers and names in quotes. */
  readonly similar: ReadonlyArray<LogLine>
}

const shapeOf = ({ attempt, level, message, step }: LogLine): string =>
  [attempt, level, step, message.replaceAll(/["“'‘][^"”'’]*["”'’]/gu, "“”").replaceAll(/\d+/gu, "0")].join("\n")

export const foldLog = (lines: ReadonlyArray<LogLine>): ReadonlyArray<LogGroup> => {
  const groups: Array<Array<LogLine>> = []
  for (const line of lines) {
    const last = groups.at(-1)
    if (last?.[0] && shapeOf(last[0]) === shapeOf(line)) last.push(line)
    else groups.push([line])
  }
  return groups.flatMap(([line, ...similar]): ReadonlyArray<LogGroup> => {
    if (line === undefined) return []
    if (similar.length + 1 >= FEWEST_FOLDED) return [{ line, similar }]
    return [line, ...similar].map((each) => ({ line: each, similar: [] }))
  })
}
