/** The second depth of a job page: ids and times. Closed until asked for. */
import type { Child } from "hono/jsx"
import type { Attempt } from "../domain/Attempt.ts"
import type { Job } from "../domain/Job.ts"
import { jobsUrl } from "./JobsQuery.ts"
import { dateText } from "./Times.ts"

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

export interface JobFactsProps {
  readonly job: Job
  readonly attempts: ReadonlyArray<Attempt>
}

/** Of its last try. */
const workerOf = ({ attempts }: Pick<JobFactsProps, "attempts">): string | undefined =>
  attempts.toSorted((a, b) => b.attempt - a.attempt)[0]?.worker

const factsOf = ({ attempts, job }: JobFactsProps): ReadonlyArray<readonly [string, Child | undefined]> => [
  ["Id", job.id],
  ["Readable id", job.jobId],
  ["Type", job.jobType],
  ["Stored status", job.status],
  ["Lane", job.lane],
  ["Worker", workerOf({ attempts })],
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

export const JobFacts = (props: JobFactsProps) => (
  <dl class="facts" id="job-facts">
    {factsOf(props).map(
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
