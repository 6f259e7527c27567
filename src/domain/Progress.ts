/** How far a job is. The percentage only rises within an attempt and reaches 100 only when the job is completed. */
import { Schema } from "effect"

export const Progress = Schema.Struct({
  /** 0 to 100, whole numbers. */
  percent: Schema.Int,
  message: Schema.optionalKey(Schema.String),
  /** Number of the current step, counted from 1; absent before the first. */
  step: Schema.optionalKey(Schema.Int),
  totalSteps: Schema.Int,
  stepName: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "Progress" })
export type Progress = typeof Progress.Type

/** Where inside the current step the script is: 18 of 40 photos. */
export interface StepFraction {
  readonly done: number
  readonly of: number
}

/** A count as people write it, in one group or several: 12010, 12,010, 12.010, 12’010, or with a narrow space. */
export const COUNT = String.raw`(?:[1-9]\d{0,2}(?:[.,'’\u00a0\u202f]\d{3})+|\d+)`

const isCount = new RegExp(`^${COUNT}$`, "u")

/** NaN for what is none. */
export const countOf = (text: string): number => (isCount.test(text) ? Number(text.replace(/\D/gu, "")) : Number.NaN)

const HIGHEST_BEFORE_END = 99

/** Each step has the same share; `stepsBefore` of `totalSteps` are finished. Unknown totals count as no progress. */
export const percentOf = (stepsBefore: number, totalSteps: number, within?: StepFraction): number => {
  if (totalSteps <= 0) return 0
  const fraction = within && within.of > 0 ? Math.min(1, Math.max(0, within.done / within.of)) : 0
  const percent = Math.floor(((stepsBefore + fraction) / totalSteps) * 100)
  return Math.min(HIGHEST_BEFORE_END, Math.max(0, percent))
}
