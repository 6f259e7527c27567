/** One job in a list: two lines, values that change in place. */
import { Permitted, useMay } from "./components/Permitted.tsx"
import { ProgressBar } from "./components/ProgressBar.tsx"
import { StatusBadge } from "./components/StatusBadge.tsx"
import { SentenceText, TimeText } from "./components/TimeText.tsx"
import { leftShortText, shownPercent, startsShortText } from "./EstimateText.ts"
import { jobSentence } from "./JobSentence.ts"
import { jobName, type ShownJob, startsAtMs, triesText } from "./ShownJob.ts"
import { statusWords } from "./StatusWords.ts"
import { durationText } from "./Times.ts"

export interface JobRowProps {
  readonly shown: ShownJob
  /** The job no longer fits the list's filter. It stays until the next load, so that nothing jumps. */
  readonly left?: boolean
  /** The row can be chosen for what is done to many jobs at once, by those who may do that. */
  readonly tickable?: boolean
}

/** The one thing that people most likely want of this job. It leads to a page that says what will happen. */
const RowAction = ({ shown: { job, status } }: Pick<JobRowProps, "shown">) => {
  const [address, label] =
    status === "failed" ? [`/jobs/${job.jobId}/retry`, "Retry…"] : [`/jobs/${job.jobId}#job-question`, "Answer"]
  return status === "failed" || status === "needs_input" ? (
    <Permitted to="operate">
      <a class="row-action" href={address}>
        {label}
      </a>
    </Permitted>
  ) : null
}

/** The time that matters now: when it starts, since when it runs, when it ended. */
const When = ({ shown }: { readonly shown: ShownJob }) => {
  const { job, status, nowMs } = shown
  if (status === "scheduled" || status === "retry_wait") {
    return (
      <>
        {status === "scheduled" ? "starts " : "next try "}
        <TimeText at={startsAtMs(job)} nowMs={nowMs} kind="due" />
      </>
    )
  }
  if (job.prompt !== undefined) {
    return <TimeText at={job.prompt.deadline.epochMilliseconds} nowMs={nowMs} kind="left" />
  }
  if (status === "in_progress" && job.etaMs !== undefined) return leftShortText(job.etaMs)
  if (status === "in_progress" && job.startedAt) {
    return (
      <>
        {"for "}
        <TimeText at={job.startedAt.epochMilliseconds} nowMs={nowMs} kind="elapsed" />
      </>
    )
  }
  if (job.completedAt) {
    return (
      <>
        <TimeText at={job.completedAt.epochMilliseconds} nowMs={nowMs} />
        {job.durationMs !== undefined && <span class="row-sub">took {durationText(job.durationMs)}</span>}
      </>
    )
  }
  return (
    <>
      {"waits "}
      <TimeText at={job.createdAt.epochMilliseconds} nowMs={nowMs} kind="elapsed" />
      {startsShortText(shown) && <span class="row-sub">{startsShortText(shown)}</span>}
    </>
  )
}

export const JobRow = ({ shown, left = false, tickable = false }: JobRowProps) => {
  const { job, title, nowMs } = shown
  return (
    <tr id={`job-${job.id}`} class={left ? "job left" : "job"}>
      {tickable && useMay("operate") && (
        <td class="job-tick">
          <input
            type="checkbox"
            name="id"
            value={job.id}
            form="bulk-form"
            id={`tick-${job.id}`}
            autocomplete="off"
            aria-label={`Choose ${jobName(shown)}, ${job.jobId}`}
          />
        </td>
      )}
      <td class="job-status">
        <StatusBadge shown={shown} />
        {left && <span class="row-sub">now {statusWords[shown.status].word}</span>}
      </td>
      <th scope="row" class="job-name">
        <a href={`/jobs/${job.jobId}`}>{title}</a>
        {job.restaurantId !== undefined && <span class="job-restaurant"> · {job.restaurantId}</span>}
        <span class="job-sentence" id={`sentence-${job.id}`}>
          <SentenceText sentence={jobSentence(shown)} nowMs={nowMs} />
        </span>
      </th>
      <td class="job-progress">
        <span class="bar-line">
          <ProgressBar shown={shown} describedBy={`sentence-${job.id}`} />
          <span class="bar-number">{shownPercent(shown)}%</span>
        </span>
        <RowAction shown={shown} />
      </td>
      <td class="job-when">
        <When shown={shown} />
      </td>
      <td class="job-tries">
        <span class="job-label">Tries: </span>
        {triesText(job)}
      </td>
    </tr>
  )
}
