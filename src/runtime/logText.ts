/** A line of a script as its job's log has it, before secrets and personal data are hidden in it. */
import { inspect } from "node:util"
import { Cause } from "effect"

/** Stacks name files below the folder of the project, not where that is on this machine. */
const withoutPlace = (text: string): string => text.replaceAll(`${process.cwd()}/`, "")

const prettyCause = (cause: Cause.Cause<unknown>): string => withoutPlace(Cause.pretty(cause))

const textOf = (part: unknown): string => {
  if (typeof part === "string") return part
  if (part instanceof Error) return `${part.name}: ${part.message}`
  if (Cause.isCause(part)) return prettyCause(part)
  return withoutPlace(inspect(part, { depth: 4, breakLength: Number.POSITIVE_INFINITY }))
}

export const logText = (parts: ReadonlyArray<unknown>, cause: Cause.Cause<unknown>): string =>
  [...parts.map(textOf), ...(cause.reasons.length > 0 ? [prettyCause(cause)] : [])].join(" ")
