/** Before a job is run again: what is kept, what runs again, and what would happen twice. */
import { declaredStep } from "../../domain/StepDefinition.ts"
import { Once } from "../components/Once.tsx"
import { TimeText } from "../components/TimeText.tsx"
import type { ShownStep } from "../JobSteps.ts"
import { closed } from "../Sentence.ts"
import { jobName, type ShownJob } from "../ShownJob.ts"
import { keptText, type RetryPreview, retryButton, retryLabel, retryPreview } from "./retryPlan.ts"

const keptSentence = (preview: RetryPreview): string => {
  const { again, kept } = preview
  if (again.length === 0 && kept.length === 0) return "The job runs again as a whole."
  if (kept.length === 0) return "Nothing is kept: all steps run from the beginning."
  const rest = again.length === 0 ? "Nothing is left to run but the end of the script." : "The rest runs."
  return `What ${keptText(preview)} did is kept and not done again. ${rest}`
}

const Twice = ({ twice }: Pick<RetryPreview, "twice">) =>
  twice.length === 0 ? null : (
    <div class="box box-error">
      <h2>This would happen a second time</h2>
      <p>It has run before and cannot be undone:</p>
      <ul>
        {twice.map(({ number, title }) => (
          <li>
            {number} {title}
          </li>
        ))}
      </ul>
    </div>
  )

const fateOf = ({ kept }: RetryPreview, step: ShownStep): string => {
  if (kept.includes(step)) return "kept"
  return step.hasRun ? "runs again" : "runs"
}

const Steps = ({ preview, steps }: { readonly preview: RetryPreview; readonly steps: ReadonlyArray<ShownStep> }) => (
  <ol class="plan">
    {steps.map((step) => (
      <li value={step.number} class={preview.kept.includes(step) ? "plan-kept" : "plan-again"}>
        <span>{step.title}</span> <span class="note">{fateOf(preview, step)}</span>
      </li>
    ))}
  </ol>
)

/** What was cancelled before its time still has that time. */
const Planned = ({ shown: { job, nowMs } }: Pick<RetryPageProps, "shown">) =>
  job.startedAt === undefined && job.runAt.epochMilliseconds > nowMs ? (
    <p>
      It was planned for later and has not started yet, so it waits for its time:{" "}
      <TimeText at={job.runAt.epochMilliseconds} nowMs={nowMs} />.
    </p>
  ) : null

export interface RetryPageProps {
  readonly shown: ShownJob
  readonly steps: ReadonlyArray<ShownStep>
  readonly from: string
}

const Choice = ({ from, here, jobId, label }: { from: string; here: string; jobId: string; label: string }) => (
  <a
    class="chip"
    href={`/jobs/${jobId}/retry?from=${encodeURIComponent(from)}`}
    aria-current={from === here ? "true" : undefined}
  >
    {label}
  </a>
)

/** A step that repeats can run again as a whole, or one of its runs. */
const startsOf = ({ shown, steps }: Pick<RetryPageProps, "shown" | "steps">) =>
  shown.steps.flatMap((definition, index) => {
    const { name, title } = definition
    const runs = steps.filter((step) => step.name !== name && declaredStep(shown.steps, step.name)?.step === definition)
    const whole = { name, label: `${index + 1} ${title}${runs.length > 0 ? ", all" : ""}` }
    return [whole, ...runs.map((run) => ({ name: run.name, label: `${run.number} ${run.title}` }))]
  })

/** In this order: the cheapest retry first, the one that forgets everything last. */
const Choices = ({ from, shown, steps }: RetryPageProps) => {
  const { jobId } = shown.job
  const starts = startsOf({ shown, steps })
  return (
    <nav class="retry-choices" aria-labelledby="retry-how">
      <h2 id="retry-how">How to retry</h2>
      <Choice
        from="checkpoint"
        here={from}
        jobId={jobId}
        label={retryLabel(retryPreview(steps, "checkpoint", shown.steps))}
      />
      {starts.length > 1 && (
        <details open={starts.some(({ name }) => name === from)}>
          <summary class="chip">Choose a step…</summary>
          <div class="chips">
            {starts.map(({ label, name }) => (
              <Choice from={name} here={from} jobId={jobId} label={label} />
            ))}
          </div>
        </details>
      )}
      <a class="chip" href={`/jobs/${jobId}/retry/changes`}>
        Retry with changes…
      </a>
      <Choice from="start" here={from} jobId={jobId} label="Start over" />
    </nav>
  )
}

/** What the reader decides about, and that the same input may well end in the same way. */
const WhyItFailed = ({ shown: { job, status } }: Pick<RetryPageProps, "shown">) => {
  if (status !== "failed" || job.error === undefined) return null
  return (
    <div class={job.error.retryable ? "box" : "box box-wait"}>
      <p>It failed: {closed(job.error.message)}</p>
      {!job.error.retryable && (
        <p>
          Trying again as it is will most likely end in the same way.{" "}
          <a href={`/jobs/${job.jobId}/retry/changes`}>Retry with changes</a> instead, unless it was mended elsewhere.
        </p>
      )}
    </div>
  )
}

export const RetryPage = (props: RetryPageProps) => {
  const { from, shown, steps } = props
  const preview = retryPreview(steps, from, shown.steps)
  const { jobId } = shown.job
  return (
    <div class="narrow">
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/jobs">Jobs</a>
        <span aria-hidden="true">/</span>
        <a href={`/jobs/${jobId}`}>{jobName(shown)}</a>
      </nav>
      <h1>Retry this job?</h1>
      <WhyItFailed shown={shown} />
      <Choices {...props} />
      <section class="card" aria-labelledby="plan-title">
        <h2 id="plan-title">What will happen</h2>
        <p>{keptSentence(preview)}</p>
        <Planned shown={shown} />
        {steps.length > 0 && <Steps preview={preview} steps={steps} />}
      </section>
      <Twice twice={preview.twice} />
      <form method="post" action={`/jobs/${jobId}/retry`} class="buttons">
        <Once />
        <input type="hidden" name="from" value={from} />
        <button type="submit" class="button button-primary">
          {retryButton(preview)}
        </button>
        <a class="button" href={`/jobs/${jobId}`}>
          Back
        </a>
      </form>
    </div>
  )
}
