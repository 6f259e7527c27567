/** How a restaurant does, in one mark and a few words. */
import type { ShownStatus } from "../domain/JobStatus.ts"
import type { LatestJob, RestaurantHealth } from "../domain/Restaurants.ts"
import { statusWords } from "./StatusWords.ts"

export interface HealthMark {
  readonly status: ShownStatus
  readonly text: string
}

/** What a person should look at first comes first. */
export const healthOf = ({ failed, latest, questions, running, waiting }: RestaurantHealth): HealthMark => {
  if (questions > 0)
    return { status: "needs_input", text: questions === 1 ? "Needs you" : `Needs you ${questions} times` }
  if (failed > 0) return { status: "failed", text: failed === 1 ? "1 job failed" : `${failed} jobs failed` }
  if (running > 0) return { status: "in_progress", text: running === 1 ? "1 job runs" : `${running} jobs run` }
  if (waiting > 0) return { status: "pending", text: waiting === 1 ? "1 job waits" : `${waiting} jobs wait` }
  return latest.status === "cancelled"
    ? { status: "cancelled", text: "Cancelled" }
    : { status: "completed", text: "Fine" }
}

export interface ChecklistItem {
  readonly title: string
  /** Any of these job types does it. The first is what is offered to start. */
  readonly types: ReadonlyArray<string>
}

/** What makes a restaurant ready, in the order in which it is usually done. */
export const ONBOARDING: ReadonlyArray<ChecklistItem> = [
  { title: "Registration", types: ["register-restaurant"] },
  { title: "System settings", types: ["setup-system-settings"] },
  { title: "Services", types: ["setup-services"] },
  { title: "Menu", types: ["import-csv-menu"] },
  { title: "Option sets", types: ["add-option-sets"] },
  { title: "Item tags", types: ["add-item-tags"] },
  { title: "Website", types: ["configure-website-light", "configure-website-dark"] },
  { title: "Payments", types: ["setup-stripe-payments", "setup-stripe-payments-no-link"] },
  { title: "API key", types: ["create-api-key"] },
  { title: "Publishing", types: ["finalise-onboarding"] }
]

export interface ChecklistLine extends ChecklistItem {
  /** The newest job that does it; absent where none was started. */
  readonly job?: LatestJob
}

/** Items whose job types this server has. Of several jobs the newest counts. */
export const checklistOf = (
  latest: ReadonlyArray<LatestJob>,
  knownTypes: ReadonlySet<string>
): ReadonlyArray<ChecklistLine> =>
  ONBOARDING.flatMap(({ title, types }) => {
    const known = types.filter((type) => knownTypes.has(type))
    if (known.length === 0) return []
    const [job] = latest
      .filter(({ jobType }) => known.includes(jobType))
      .toSorted((a, b) => b.at.epochMilliseconds - a.at.epochMilliseconds)
    return [{ title, types: known, ...(job && { job }) }]
  })

export const checklistText = (lines: ReadonlyArray<ChecklistLine>): string =>
  `${lines.filter(({ job }) => job?.status === "completed").length} of ${lines.length} done`

/** "Running, 52%", "Failed", "Not started" */
export const lineText = ({ job }: ChecklistLine): string => {
  if (job === undefined) return "Not started"
  const { word } = statusWords[job.status]
  return job.status === "in_progress" ? `${word}, ${job.percent}%` : word
}
