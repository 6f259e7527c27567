import { shownPercent } from "../EstimateText.ts"
import { jobName, type ShownJob } from "../ShownJob.ts"

export interface ProgressBarProps {
  readonly shown: ShownJob
  /** Id of the sentence that says the same in words. */
  readonly describedBy: string
}

/** Jobs of unknown length have no value: the bar says only that something goes on. */
export const ProgressBar = ({ shown, describedBy }: ProgressBarProps) => {
  const { totalSteps } = shown.job.progress
  const percent = shownPercent(shown)
  const unknown = shown.status === "in_progress" && totalSteps === 0 && percent === 0
  return (
    <progress
      class={`bar st-${shown.status}`}
      max={100}
      {...(unknown ? {} : { value: percent })}
      aria-label={jobName(shown)}
      aria-describedby={describedBy}
    />
  )
}
