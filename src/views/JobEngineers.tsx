/** The second depth of a job page: ids, raw values, times. Closed until asked for. */
import type { Child } from "hono/jsx"
import type { Job } from "../domain/Job.ts"
import { jobsUrl } from "./JobsQuery.ts"
import { dateText } from "./Times.ts"

/** Longest JSON text that a page shows; more is a download. */
const LONGEST_JSON = 200_000

const Json = ({ label, value }: { readonly label: string; readonly value: unknown }) => {
  const text = JSON.stringify(value, null, 2) ?? "null"
  const id = `json-${label.toLowerCase()}`
  return (
    <div class="json">
      <div class="card-head">
        <h3 id={`${id}-title`}>{label}</h3>
        <button type="button" class="button button-small js-only" data-copy={`#${id}`}>
          Copy {label.toLowerCase()}
        </button>
      </div>
      <pre id={id} tabindex={0}>
        {text.slice(0, LONGEST_JSON)}
      </pre>
      {text.length > LONGEST_JSON && <p class="muted">Cut off here; the API gives all {text.length} characters.</p>}
    </div>
  )
}

const timesOf = (job: Job): ReadonlyArray<readonly [string, { readonly epochMilliseconds: number } | undefined]> => [
  ["Created", job.createdAt],
  ["May start from", job.runAt],
  ["Started", job.startedAt],
  ["Next try", job.nextRetryAt],
  ["Times out", job.timeoutAt],
  ["Ended", job.completedAt],
  ["Expires", job.expiresAt],
  ["Cancel asked for", job.cancelRequestedAt],
  ["Last change", job.updatedAt]
]

const onFailure: Readonly<Record<Job["onDependencyFailure"], string>> = {
  fail: "It fails too",
  run: "It runs all the same"
}

const Needed = ({ job }: { readonly job: Job }) => (
  <>
    {job.dependsOn.map((id, index) => (
      <>
        {index > 0 && ", "}
        <a href={`/jobs/${id}`}>{id}</a>
      </>
    ))}
  </>
)

const factsOf = (job: Job): ReadonlyArray<readonly [string, Child | undefined]> => [
  ["Id", job.id],
  ["Readable id", job.jobId],
  ["Type", job.jobType],
  ["Stored status", job.status],
  ["Lane", job.lane],
  ["Priority", String(job.priority)],
  ["Retries", `${job.retryCount} of ${job.maxRetries}`],
  ["Organisation", job.organisationId],
  ["Restaurant", job.restaurantId],
  ["Created by", job.createdBy],
  ["Client reference", job.clientRef],
  ["Batch", job.batchId && <a href={jobsUrl({ status: [], batch: job.batchId })}>{job.batchId}</a>],
  ["Depends on", job.dependsOn.length === 0 ? undefined : <Needed job={job} />],
  ["If one of them fails", job.dependsOn.length === 0 ? undefined : onFailure[job.onDependencyFailure]],
  ["One at a time for", job.concurrencyKey],
  ["Only one live job for", job.dedupeKey],
  ["Failure fingerprint", job.errorFingerprint],
  ["Labels", job.labels.length === 0 ? undefined : job.labels.join(", ")],
  ["Revision", String(job.revision)],
  ...timesOf(job).map(([name, time]) => [name, time && dateText(time.epochMilliseconds)] as const)
]

export const JobFacts = ({ job }: { readonly job: Job }) => (
  <dl class="facts" id="job-facts">
    {factsOf(job).map(
      ([name, value]) =>
        value !== undefined && (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        )
    )}
  </dl>
)

/** Apart from the facts, because it is large and seldom changes: a live page must not send it with every step. */
export const JobData = ({ job }: { readonly job: Job }) => (
  <div id="job-data">
    <Json label="Input" value={job.input} />
    {job.result !== undefined && <Json label="Result" value={job.result} />}
    {job.error && <Json label="Error" value={job.error} />}
  </div>
)
