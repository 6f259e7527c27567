/** Rows of `job_estimates` as the driver gives them, and what callers see. */
import { Schema } from "effect"
import type { DurationStats, StepEstimate, TypeEstimate } from "../../domain/JobEstimates.ts"

const Milliseconds = Schema.NullOr(Schema.Int)

export const EstimateRow = Schema.Struct({
  jobType: Schema.String,
  step: Schema.String,
  runs: Schema.Int,
  p25Ms: Milliseconds,
  medianMs: Milliseconds,
  p75Ms: Milliseconds,
  p90Ms: Milliseconds,
  offPercent: Schema.NullOr(Schema.Int),
  durationsMs: Schema.Array(Schema.Int),
  ended: Schema.Int,
  failed: Schema.Int,
  commonError: Schema.NullOr(Schema.String),
  since: Schema.NullOr(Schema.DateTimeUtcFromDate)
})
export type EstimateRow = typeof EstimateRow.Type

const timesOf = ({ medianMs, p25Ms, p75Ms, p90Ms, runs }: EstimateRow): DurationStats | undefined =>
  medianMs === null ? undefined : { runs, medianMs, p25Ms: p25Ms ?? 0, p75Ms: p75Ms ?? 0, p90Ms: p90Ms ?? 0 }

const stepOf = (row: EstimateRow): StepEstimate => {
  const times = timesOf(row)
  return {
    failed: row.failed,
    ...(times && { times }),
    ...(row.commonError !== null && { commonError: row.commonError })
  }
}

/** Steps stand behind the whole run of their type, whose row every type has. */
export const typeEstimatesOf = (rows: ReadonlyArray<EstimateRow>): ReadonlyMap<string, TypeEstimate> =>
  new Map(
    rows
      .filter(({ step }) => step === "")
      .map((row) => {
        const steps = rows.filter(({ jobType, step }) => jobType === row.jobType && step !== "")
        return [
          row.jobType,
          {
            ...stepOf(row),
            ended: row.ended,
            durationsMs: row.durationsMs,
            ...(row.offPercent !== null && { offPercent: row.offPercent }),
            ...(row.since !== null && { since: row.since }),
            steps: new Map(steps.map((step) => [step.step, stepOf(step)]))
          }
        ]
      })
  )
