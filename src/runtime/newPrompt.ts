/** The question of a script as it is kept. One that nobody could read or answer is a bug of the script. */
import { Duration, Effect } from "effect"
import { PromptId } from "../domain/JobPrompt.ts"
import type { NewPrompt } from "../domain/JobPrompts.ts"
import type { Prompt } from "../domain/Operator.ts"
import type { Masker } from "./Masker.ts"
import { newId } from "./newId.ts"

const DEFAULT_TIMEOUT = Duration.minutes(10)
const LONGEST_TIMEOUT = Duration.hours(24)

const LONGEST_LABEL = 200
const LONGEST_HINT = 1_000
const LONGEST_CHOICE = 200
const MOST_CHOICES = 50

const isText = (text: string, longest: number) => text.trim() !== "" && text.length <= longest

const problemOf = ({ choices, hint, label, timeout }: NewPrompt): string | undefined => {
  if (!isText(label, LONGEST_LABEL)) return `a label of 1 to ${LONGEST_LABEL} characters`
  if (hint !== undefined && hint.length > LONGEST_HINT) return `a hint of at most ${LONGEST_HINT} characters`
  if (!Duration.isGreaterThan(timeout, Duration.zero) || Duration.isGreaterThan(timeout, LONGEST_TIMEOUT)) {
    return "a timeout of more than nothing and at most 24 hours"
  }
  if (choices === undefined) return undefined
  const fits = choices.length > 0 && choices.length <= MOST_CHOICES && new Set(choices).size === choices.length
  return fits && choices.every((choice) => isText(choice, LONGEST_CHOICE))
    ? undefined
    : `1 to ${MOST_CHOICES} different choices of 1 to ${LONGEST_CHOICE} characters`
}

/** "10 minutes", "45 seconds". */
export const lengthInWords = (duration: Duration.Duration): string => {
  const seconds = Math.max(1, Math.round(Duration.toSeconds(duration)))
  const [count, unit] = seconds % 60 === 0 ? [seconds / 60, "minute"] : [seconds, "second"]
  return `${count} ${unit}${count === 1 ? "" : "s"}`
}

/**
 * Label and hint are masked, because a script may quote a secret in them. Choices are compared with the answer, so one
 * that would have to be masked is refused.
 */
export const newPromptOf = (question: Prompt, mask: Masker, step: string | undefined): Effect.Effect<NewPrompt> => {
  const prompt: NewPrompt = {
    id: PromptId.make(newId()),
    kind: question.kind,
    label: mask(question.label),
    timeout: question.timeout === undefined ? DEFAULT_TIMEOUT : Duration.fromInputUnsafe(question.timeout),
    ...(question.hint !== undefined && question.hint !== "" && { hint: mask(question.hint) }),
    ...(question.kind === "choice" && { choices: question.choices }),
    ...(step !== undefined && { step })
  }
  const isSecret = prompt.choices?.some((choice) => mask(choice) !== choice) === true
  const problem = problemOf(prompt) ?? (isSecret ? "choices that hold no secret" : undefined)
  return problem === undefined
    ? Effect.succeed(prompt)
    : Effect.die(new Error(`A question to a person needs ${problem}.`))
}
