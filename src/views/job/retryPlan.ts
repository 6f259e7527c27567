/** What a retry would do, step by step, before anybody asks for it. */
import { declaredStep, runsAgain, type StepDefinition } from "../../domain/StepDefinition.ts"
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
  const isForgotten = runsAgain(definitions, from) ?? (() => false)
  const kept = steps.filter((step) => isKept(step) && !isForgotten(step.name))
  const again = steps.filter((step) => !kept.includes(step))
  const twice = again.filter(
    ({ hasRun, name }) => hasRun && declaredStep(definitions, name)?.step.irreversible === true
  )
  return { from, kept, again, twice }
}

/** "step 3", "steps 1–4", "steps 1, 3 and 4" */
export const stepNumbers = (numbers: ReadonlyArray<number>): string => {
  const [first = 0] = numbers
  const last = numbers.at(-1) ?? 0
  if (numbers.length === 1) return `step ${first}`
  if (numbers.length > 2 && last - first === numbers.length - 1) return `steps ${first}–${last}`
  return `steps ${numbers.slice(0, -1).join(", ")} and ${last}`
}

type Fates = Pick<RetryPreview, "kept" | "again">

/** "step 1 and a part of step 2": of a step that repeats, some runs may be kept and others not. */
export const keptText = ({ again, kept }: Fates): string => {
  const numbers = [...new Set(kept.map(({ number }) => number))]
  const isPart = (number: number) => again.some((step) => step.number === number)
  const [whole, parts] = [numbers.filter((number) => !isPart(number)), numbers.filter(isPart)]
  if (parts.length === 0) return stepNumbers(whole)
  const partText = `a part of ${stepNumbers(parts)}`
  return whole.length === 0 ? partText : `${stepNumbers(whole)} and ${partText}`
}

/** Where a retry goes on: "Retry from step 5", "Retry after step 5" where no other is left, "Retry from the beginning". */
const retryFrom = ({ again: [first], kept }: Fates): string => {
  const last = kept.at(-1)
  if (last === undefined) return "Retry from the beginning"
  return first === undefined ? `Retry after step ${last.number}` : `Retry from step ${first.number}`
}

/** The same with what it keeps: "Retry from step 5 (keeps steps 1–4)". */
export const retryLabel = (plan: Fates): string =>
  plan.kept.length === 0 ? retryFrom(plan) : `${retryFrom(plan)} (keeps ${keptText(plan)})`

/** In other words than the links that choose it, where nothing is to be said of steps. */
export const retryButton = (preview: RetryPreview): string => {
  if (preview.from === "start") return "Start over"
  return preview.from === "checkpoint" && preview.kept.length === 0 ? "Retry" : retryFrom(preview)
}
