/** The top of a job page: how it is doing in one sentence, and what can be done about it. */
import { canCancel, canRetry } from "../domain/JobStatus.ts"
import { Permitted, useMay, useMayCancel, WhoMay } from "./components/Permitted.tsx"
import { ProgressBar } from "./components/ProgressBar.tsx"
import { StatusBadge } from "./components/StatusBadge.tsx"
import { SentenceText } from "./components/TimeText.tsx"
import { estimateSentence, shownPercent } from "./EstimateText.ts"
import { jobSentence } from "./JobSentence.ts"
import type { ShownStep } from "./JobSteps.ts"
import { retryButton, retryPreview } from "./job/retryPlan.ts"
import { jobName, type ShownJob } from "./ShownJob.ts"

/** As `STOPS_WITHIN` of the domain. */
const STOP_AFTER_MS = 60_000

const CancelForm = ({ shown }: { readonly shown: ShownJob }) => {
  const { job } = shown
  const running = job.status === "in_progress"
  const question = `Cancel “${jobName(shown)}”? ${running ? "It stops within a second, in the middle of its step." : "It will not start."}`
  return (
    <form
      id="cancel-form"
      method="post"
      action={`/jobs/${job.jobId}/cancel`}
      hx-post={`/jobs/${job.jobId}/cancel`}
      hx-swap="none"
      hx-disable="find button"
      hx-confirm={question}
      data-confirm-keep={running ? "Keep running" : "Keep it"}
      data-confirm-label="Cancel job"
    >
      <button type="submit" class="button" id="cancel-button" data-key="c" disabled={!useMayCancel(job)}>
        Cancel
      </button>
    </form>
  )
}

/** Offered once it is clear that asking was not enough. */
const StopForm = ({ shown }: { readonly shown: ShownJob }) => {
  const { cancelRequestedAt, jobId } = shown.job
  const asked = cancelRequestedAt?.epochMilliseconds
  if (!shown.cancelling || asked === undefined || shown.nowMs - asked < STOP_AFTER_MS) return null
  return (
    <form
      id="stop-form"
      method="post"
      action={`/jobs/${jobId}/stop`}
      hx-post={`/jobs/${jobId}/stop`}
      hx-swap="none"
      hx-disable="find button"
      hx-confirm={`Stop “${jobName(shown)}” now? It is called cancelled at once. Its script may still do something outside.`}
      data-confirm-keep="Go on waiting"
      data-confirm-label="Stop now"
    >
      <button type="submit" class="button button-danger" id="stop-button" disabled={!useMay("operate")}>
        Stop now
      </button>
    </form>
  )
}

/** Nothing has happened yet, so there is nothing to look at before it starts again. */
const RetryForm = ({ shown }: { readonly shown: ShownJob }) => (
  <form
    id="retry-form"
    method="post"
    action={`/jobs/${shown.job.jobId}/retry`}
    hx-post={`/jobs/${shown.job.jobId}/retry`}
    hx-swap="none"
    hx-disable="find button"
  >
    <input type="hidden" name="from" value="start" />
    <button type="submit" class="button button-primary" data-key="e" disabled={!useMay("operate")}>
      Retry
    </button>
  </form>
)

/** Why the buttons are off, where they are. */
const WhyNot = ({ shown: { cancelling, job } }: Pick<JobActionsProps, "shown">) => {
  const retries = canRetry(job.status) && !useMay("operate")
  const cancels = canCancel(job.status) && !cancelling && !useMayCancel(job)
  return retries || cancels ? <WhoMay permission="operate" /> : null
}

/**
 * The plan is shown before anything happens a second time. Links cannot be off: who may not gets the reason alone. Where
 * trying again as it is cannot help, changes are the first choice.
 */
const RetryLinks = ({ shown, steps }: JobActionsProps) => {
  const address = `/jobs/${shown.job.jobId}/retry`
  const needsChanges = shown.job.status === "failed" && shown.job.error?.retryable === false
  return (
    <Permitted to="operate">
      <a class={needsChanges ? "button" : "button button-primary"} href={address} data-key="e">
        {retryButton(retryPreview(steps, "checkpoint", shown.steps))}…
      </a>
      <a class={needsChanges ? "button button-primary" : "button"} href={`${address}/changes`}>
        Retry with changes…
      </a>
    </Permitted>
  )
}

export interface JobActionsProps {
  readonly shown: ShownJob
  /** Some of them may be kept, so that a retry need not run them again. */
  readonly steps: ReadonlyArray<ShownStep>
}

const JobActions = ({ shown, steps }: JobActionsProps) => {
  const { attempts, status } = shown.job
  return (
    <div class="buttons" id="job-actions">
      {canRetry(status) && (attempts === 0 ? <RetryForm shown={shown} /> : <RetryLinks shown={shown} steps={steps} />)}
      {canCancel(status) && !shown.cancelling && <CancelForm shown={shown} />}
      <StopForm shown={shown} />
      <WhyNot shown={shown} />
    </div>
  )
}

export const JobHeadline = ({ shown, steps }: JobActionsProps) => (
  // The focus comes here where an action removed its own button.
  <section class={`headline st-${shown.status}`} id="job-headline" aria-label="Status" tabindex={-1}>
    <div class="headline-top">
      <StatusBadge shown={shown} />
      <JobActions shown={shown} steps={steps} />
    </div>
    <p class="headline-sentence" id="job-sentence">
      <SentenceText sentence={jobSentence(shown)} nowMs={shown.nowMs} />
      {estimateSentence(shown) !== undefined && <span class="headline-left"> {estimateSentence(shown)}</span>}
    </p>
    <div class="bar-line">
      <ProgressBar shown={shown} describedBy="job-sentence" />
      <span class="bar-number">{shownPercent(shown)}%</span>
    </div>
  </section>
)
