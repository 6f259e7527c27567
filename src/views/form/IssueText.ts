/** What was wrong with an input, in the words of a form. */
import type { InputIssue } from "../../domain/JobType.ts"

const LENGTH = /^Expected a value with a length of at (least|most) (\d+)/u

export const issueText = ({ message }: InputIssue): string => {
  if (message === "Missing key") return "Fill this in."
  const [, bound, count] = LENGTH.exec(message) ?? []
  if (bound === "least" && count === "1") return "Fill this in."
  if (bound !== undefined) return `Give at ${bound} ${count}.`
  if (message === "Expected no excess property") return "This field is not known here."
  if (message.startsWith("Expected a string matching the RegExp")) return "This does not have the right form."
  return /[.!?]$/u.test(message) ? message : `${message}.`
}
