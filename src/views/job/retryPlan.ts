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

type Fates = Pick<RetryPreview, "kept" | "again">

/** Where a retry goes on: "Retry from step 5", "Retry after step 5" where no other is left, "Retry from the beginning". */
const retryFrom = ({ again: [first], kept }: Fates): string => {
  const last = kept.at(-1)
  if (last === undefined) return "Retry from the beginning"
  return first === undefined ? `Retry after step ${last.number}` : `Retry from step ${first.number}`
}

/** The same with what it keeps: "Retry from step 5 (keeps steps 1–4)". */
export const retryLabel = (plan: Fates): string =>
  plan.kept.length === 0 ? retryFrom(plan) : `${retryFrom(plan)} (keeps ${stepNumbers(plan.kept)})`

/** In other words than the links that choose it, where nothing is to be said of steps. */
export const retryButton = (preview: RetryPreview): string => {
  if (preview.from === "start") return "Start over"
  return preview.from === "checkpoint" && preview.kept.length === 0 ? "Retry" : retryFrom(preview)
}
