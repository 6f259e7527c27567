import type { TypeEstimate } from "../domain/JobEstimates.ts"
import { Icon, type IconName } from "./components/Icon.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { usualText } from "./EstimateText.ts"
import type { ShownStep, StepState } from "./JobSteps.ts"
import { durationText } from "./Times.ts"

const words: Readonly<Record<StepState, string>> = {
  planned: "Not started",
  running: "Running",
  done: "Done",
  failed: "Failed",
  stopped: "Stopped"
}

const icons: Readonly<Record<StepState, IconName>> = {
  planned: "planned",
  running: "st-in_progress",
  done: "st-completed",
  failed: "st-failed",
  stopped: "st-cancelled"
}

const StepIcon = ({ state }: { readonly state: StepState }) =>
  state === "running" ? <Icon name={icons.running} turning="ring" /> : <Icon name={icons[state]} />

const StepTime = ({ step, nowMs }: { readonly step: ShownStep; readonly nowMs: number }) => {
  if (step.durationMs !== undefined) return <>{durationText(step.durationMs)}</>
  if (step.state === "running" && step.run) {
    return <TimeText at={step.run.startedAt.epochMilliseconds} nowMs={nowMs} kind="elapsed" />
  }
  return null
}

/** What is yet to come, or under way, is measured against what is usual. */
const Usual = ({ estimate, step }: { readonly step: ShownStep; readonly estimate: TypeEstimate | undefined }) => {
  const times = estimate?.steps.get(step.name)?.times
  if (times === undefined || (step.state !== "planned" && step.state !== "running")) return null
  return <span class="note"> usual {usualText(times.medianMs)}</span>
}

export interface JobStepListProps {
  readonly estimate?: TypeEstimate | undefined
  readonly steps: ReadonlyArray<ShownStep>
  readonly nowMs: number
}

export const JobStepList = ({ estimate, steps, nowMs }: JobStepListProps) => (
  <section class="card" id="job-steps" aria-labelledby="steps-title">
    <h2 id="steps-title">Steps</h2>
    {steps.length === 0 && <p class="muted">This job has no named steps.</p>}
    <ol class="steps">
      {steps.map((step) => (
        <li class={`step step-${step.state}`} id={`step-${step.name}`}>
          <StepIcon state={step.state} />
          <span class="step-title">
            <span class="visually-hidden">{words[step.state]}: </span>
            {step.title}
          </span>
          {step.reused && step.run && <span class="note">kept from try {step.run.attempt}</span>}
          {!step.reused && step.run?.kept && <span class="note">kept</span>}
          <span class="step-time">
            <StepTime step={step} nowMs={nowMs} />
            <Usual step={step} estimate={estimate} />
          </span>
        </li>
      ))}
    </ol>
  </section>
)
