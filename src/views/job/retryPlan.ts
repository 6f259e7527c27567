/** What a retry would do, step by step, before anybody asks for it. */
import { declaredStep, type StepDefinition } from "../../domain/JobType.ts"
import type { ShownStep } from "../JobSteps.ts"

export interface RetryPreview {
  /** What `Jobs.retry` takes. */
  readonly from: string
  readonly kept: ReadonlyArray<ShownStep>
  readonly again: ReadonlyArray<ShownStep>
  /** Those of them that have run before and cannot be undone. */
  readonly twice: ReadonlyArray<ShownStep>
}

const isKept = ({ run }: ShownStep): boolean => run?.kept === true

/** `from`: `checkpoint`, `start`, or the name of the first step that is to run again. */
export const retryPreview = (
  steps: ReadonlyArray<ShownStep>,
  from: string,
  definitions: ReadonlyArray<StepDefinition>
): RetryPreview => {
  const at = from === "start" ? 0 : from === "checkpoint" ? steps.length : steps.findIndex(({ name }) => name === from)
  const kept = steps.filter((step, index) => isKept(step) && index < at)
  const again = steps.filter((step) => !kept.includes(step))
  const twice = again.filter(
    ({ hasRun, name }) => hasRun && declaredStep(definitions, name)?.step.irreversible === true
  )
  return { from, kept, again, twice }
}

/** "step 3", "steps 1–4", "steps 1, 3 and 4" */
export const stepNumbers = (steps: ReadonlyArray<ShownStep>): string => {
  const numbers = steps.map(({ number }) => number)
  const [first = 0] = numbers
  const last = numbers.at(-1) ?? 0
  if (numbers.length === 1) return `step ${first}`
  if (numbers.length > 2 && last - first === numbers.length - 1) return `steps ${first}–${last}`
  return `steps ${numbers.slice(0, -1).join(", ")} and ${last}`
}

/** "Retry from step 5", or where nothing is kept "Retry from the beginning". */
export const retryFrom = (steps: ReadonlyArray<ShownStep>): string => {
  const first = steps.find((step) => !isKept(step))
  return first === undefined || !steps.some(isKept) ? "Retry from the beginning" : `Retry from step ${first.number}`
}

/** The same with what it keeps: "Retry from step 5 (keeps steps 1–4)". */
export const retryLabel = (steps: ReadonlyArray<ShownStep>): string => {
  const label = retryFrom(steps)
  return label.endsWith("beginning") ? label : `${label} (keeps ${stepNumbers(steps.filter(isKept))})`
}
