/** @jsxImportSource react */
import type { ReactNode } from "react"
import { aboutText, durationText } from "../words.ts"
import { TimeText } from "./TimeText.tsx"
import { runningMs, type TrackedJob } from "./TrackedJob.ts"

export type Fact = readonly [name: string, value: ReactNode]

export const Facts = ({ facts }: { readonly facts: ReadonlyArray<Fact> }) =>
  facts.length === 0 ? null : (
    <dl className="cb-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )

/** When and how long, as far as it is known. */
export const timeFacts = (job: TrackedJob, now: number | undefined): ReadonlyArray<Fact> => {
  const { completedAt, createdAt, etaMs, nextRetryAt, startedAt, status } = job
  const time = (at: string) => <TimeText at={at} now={now} />
  const ran = runningMs(job, now ?? job.readAt)
  if (completedAt !== undefined) {
    const took: ReadonlyArray<Fact> = ran === undefined ? [] : [["Took", durationText(ran)]]
    return [[status === "completed" ? "Finished" : "Ended", time(completedAt)], ...took]
  }
  return [
    status === "in_progress" && startedAt !== undefined ? ["Started", time(startedAt)] : ["Created", time(createdAt)],
    ...(ran === undefined || status !== "in_progress" ? [] : [["Running for", durationText(ran)] as const]),
    ...(etaMs === undefined || status !== "in_progress" ? [] : [["Left", `about ${aboutText(etaMs)}`] as const]),
    ...(nextRetryAt === undefined || status !== "pending" ? [] : [["Next try", time(nextRetryAt)] as const])
  ]
}
