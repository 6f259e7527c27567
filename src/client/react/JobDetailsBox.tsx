/** @jsxImportSource react */
import { durationText } from "../words.ts"
import { type Fact, Facts } from "./JobFacts.tsx"
import { TimeText } from "./TimeText.tsx"
import { runningMs, type TrackedJob } from "./TrackedJob.ts"

interface JobDetailsBoxProps {
  readonly job: TrackedJob
  readonly now: number | undefined
}

const timeOf = (name: string, at: string | undefined, now: number | undefined): ReadonlyArray<Fact> =>
  at === undefined ? [] : [[name, <TimeText key={name} at={at} now={now} />]]

/** What support asks for. */
export const JobDetailsBox = ({ job, now }: JobDetailsBoxProps) => {
  const ran = runningMs(job, now ?? job.readAt)
  return (
    <details className="cb-details">
      <summary>Details</summary>
      <Facts
        facts={[
          ["Job", job.jobId],
          ["Type", job.jobType],
          ...timeOf("Created", job.createdAt, now),
          ...timeOf("Started", job.startedAt, now),
          ...timeOf("Ended", job.completedAt, now),
          ...(ran === undefined ? [] : [["Duration", durationText(ran)] as const]),
          ...(job.error === undefined ? [] : [["Error", job.error.code] as const])
        ]}
      />
      {job.result !== undefined && (
        <figure className="cb-json" aria-label="Result">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard. */}
          <pre tabIndex={0}>{JSON.stringify(job.result, null, 2)}</pre>
        </figure>
      )}
    </details>
  )
}
