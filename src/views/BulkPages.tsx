/** One action on many jobs: what it would do, and how far it is. */
import type { JobId } from "../domain/JobId.ts"
import { isTerminal } from "../domain/JobStatus.ts"
import type { BulkAction } from "../domain/Jobs.ts"
import {
  agreedTo,
  type BulkPlan,
  changedText,
  filterWords,
  isNothing,
  jobsText,
  needsReason,
  planLabel,
  skippedText
} from "./bulkPlan.ts"
import { Once } from "./components/Once.tsx"
import { Permitted } from "./components/Permitted.tsx"
import { PersonName } from "./components/PersonName.tsx"
import { ProgressBar } from "./components/ProgressBar.tsx"
import { StatusBadge } from "./components/StatusBadge.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { isFiltered, type JobsQuery, jobsSearch, jobsUrl } from "./JobsQuery.ts"
import { closed } from "./Sentence.ts"
import type { ShownJob } from "./ShownJob.ts"

export const LONGEST_REASON = 300

export interface BulkPlanPageProps {
  readonly plan: BulkPlan
  readonly query: JobsQuery
  /** What was ticked; absent for all that match. */
  readonly ids?: ReadonlyArray<JobId> | undefined
  readonly formKey: string
  readonly reason: string
  /** Why it was not done. */
  readonly problem?: string | undefined
}

const Skipped = ({ plan: { action, skipped } }: Pick<BulkPlanPageProps, "plan">) =>
  skipped.length === 0 ? null : (
    <>
      <p>Left alone:</p>
      <ul>
        {skipped.map((each) => (
          <li>{skippedText(action, each)}</li>
        ))}
      </ul>
    </>
  )

const effects: Readonly<Record<BulkAction, string>> = {
  cancel: "Those that wait will not start. Those that run stop within a second, in the middle of their step.",
  retry:
    "Each goes on after its last kept step, and is tried as often as a new job. Those that were planned for later and have not started yet wait for their time."
}

const Fields = ({ formKey, ids, plan, query, reason }: BulkPlanPageProps) => (
  <>
    <Once />
    <input type="hidden" name="key" value={formKey} />
    <input type="hidden" name="action" value={plan.action} />
    <input type="hidden" name="expected" value={agreedTo(plan)} />
    <input type="hidden" name="filter" value={jobsSearch(query)} />
    {ids && <input type="hidden" name="ids" value={ids.join(",")} />}
    {needsReason(plan) && (
      <div class="field">
        <label for="bulk-reason">Why?</label>
        <p class="field-hint" id="bulk-reason-hint">
          Kept with the action, for people who wonder later.
        </p>
        <input
          type="text"
          class="box-input"
          id="bulk-reason"
          name="reason"
          value={reason}
          required
          autofocus
          maxlength={LONGEST_REASON}
          aria-describedby="bulk-reason-hint"
          autocomplete="off"
        />
      </div>
    )}
  </>
)

const matchText = (query: JobsQuery): string =>
  isFiltered(query) ? `Of the jobs that match (${filterWords(query)})` : "Of all jobs"

/** The plan has an address of its own, which its form is sent to: who has to sign in meanwhile comes back to it. */
const planUrl = ({ ids, plan, query }: BulkPlanPageProps): string => {
  const of = ids ? { ids: ids.join(",") } : { all: "yes" }
  return `/bulk?${new URLSearchParams({ action: plan.action, filter: jobsSearch(query), ...of })}`
}

export const BulkPlanPage = (props: BulkPlanPageProps) => {
  const { ids, plan, problem, query } = props
  const { after: _, ...list } = query
  return (
    <div class="narrow">
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href={jobsUrl(list)}>Jobs</a>
      </nav>
      <h1>{isNothing(plan) ? "Nothing to do" : `${planLabel(plan)}?`}</h1>
      {problem !== undefined && (
        <p class="box box-problem" tabindex={-1} autofocus>
          {problem}
        </p>
      )}
      <section class="card" aria-labelledby="bulk-title">
        <h2 id="bulk-title">What will happen</h2>
        <p>
          {ids ? `Of the ${jobsText(ids.length)} that you ticked` : matchText(query)}, {changedText(plan)} will be{" "}
          {plan.action === "cancel" ? "cancelled" : "retried"}. {plan.isAtLeast && "Not all were counted. "}
          {!isNothing(plan) && effects[plan.action]}
        </p>
        <Skipped plan={plan} />
      </section>
      {!isNothing(plan) && (
        <form method="post" data-typed="" action={planUrl(props)} class="form">
          <Fields {...props} />
          <div class="buttons">
            <a class="button" href={jobsUrl(list)} autofocus={problem === undefined && !needsReason(plan)}>
              Back
            </a>
            <button type="submit" class={plan.action === "cancel" ? "button button-danger" : "button button-primary"}>
              {planLabel(plan)}
            </button>
          </div>
        </form>
      )}
      {isNothing(plan) && (
        <a class="button" href={jobsUrl(list)}>
          Back
        </a>
      )}
    </div>
  )
}

/** What the job that does it was given and gave. */
export interface BulkFacts {
  readonly action: BulkAction
  readonly reason?: string
  readonly result?: { readonly seen: number; readonly changed: number }
}

export const bulkSentence = ({ action, result }: BulkFacts, { job, status }: ShownJob): string => {
  const done = action === "cancel" ? "cancelled" : "retried"
  if (result !== undefined) {
    const skipped = result.seen - result.changed
    return `${jobsText(result.changed)} ${done}, ${skipped === 0 ? "none" : skipped.toLocaleString("en")} left alone.`
  }
  if (status === "cancelled") return `Stopped. ${closed(job.progress.message ?? "Nothing was changed")}`
  if (job.error) return `It failed: ${closed(job.error.message)}`
  return closed(job.progress.message ?? "It starts in a moment")
}

export interface BulkPageProps {
  readonly shown: ShownJob
  readonly facts: BulkFacts
  /** Who asked for it, by name, where that is not the reader. */
  readonly startedBy?: string
}

export const BulkStatus = ({ facts, shown, startedBy }: BulkPageProps) => {
  const { job, nowMs } = shown
  const ended = isTerminal(job.status)
  return (
    <section
      id="bulk"
      class={`headline st-${shown.status}`}
      aria-label="Progress"
      {...(!ended && {
        "hx-get": `/bulk/${job.jobId}`,
        "hx-trigger": "every 2s",
        "hx-swap": "outerMorph",
        "data-poll": true
      })}
    >
      <div class="headline-top">
        <StatusBadge shown={shown} />
        {!ended && !shown.cancelling && (
          <Permitted to="operate">
            <form method="post" action={`/bulk/${job.jobId}/stop`}>
              <button type="submit" class="button">
                Stop
              </button>
            </form>
          </Permitted>
        )}
      </div>
      <p class="headline-sentence" id="bulk-sentence">
        {bulkSentence(facts, shown)}
      </p>
      <ProgressBar shown={shown} describedBy="bulk-sentence" />
      <p class="muted bulk-by">
        Asked for <TimeText at={job.createdAt.epochMilliseconds} nowMs={nowMs} />
        {job.createdBy !== undefined && (
          <>
            {" "}
            by <PersonName subject={job.createdBy} name={startedBy} />
          </>
        )}
        {facts.reason !== undefined && `: “${facts.reason}”`}
      </p>
    </section>
  )
}

export const BulkPage = (props: BulkPageProps) => (
  <>
    <nav class="crumbs" aria-label="Breadcrumb">
      <a href="/jobs">Jobs</a>
    </nav>
    <h1>{props.facts.action === "cancel" ? "Cancelling many jobs" : "Retrying many jobs"}</h1>
    <BulkStatus {...props} />
    <p>
      <a href={`/jobs/${props.shown.job.jobId}`}>Its log and history</a>
    </p>
  </>
)
