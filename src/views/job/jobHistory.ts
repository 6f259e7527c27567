/** All that happened to a job, newest first, in sentences. Answers are never part of it: only that there was one. */
import type { Attempt } from "../../domain/Attempt.ts"
import type { AuditEntry } from "../../domain/AuditLog.ts"
import type { PromptRecord } from "../../domain/JobPrompt.ts"
import type { JobHistory } from "../../domain/JobReports.ts"
import { closed } from "../Sentence.ts"
import { type ShownJob, stepTitle } from "../ShownJob.ts"
import { type JobAction, jobActions, STARTED } from "./jobActions.ts"

export interface HistoryEntry {
  readonly at: number
  readonly who: string
  readonly what: string
  readonly byPerson: boolean
}

const system = (at: number, what: string): HistoryEntry => ({ at, who: "Callboard", what, byPerson: false })

const person = (at: number, who: string, what: string): HistoryEntry => ({ at, who, what, byPerson: true })

const worker = (at: number, name: string, what: string): HistoryEntry => ({
  at,
  who: `worker ${name}`,
  what,
  byPerson: false
})

const endText = ({ attempt, error, outcome }: Attempt): string => {
  const told = error === undefined ? "" : `: ${closed(error.message)}`
  switch (outcome) {
    case "completed":
      return `try ${attempt} is done`
    case "failed":
      return `try ${attempt} failed${told}`
    case "cancelled":
      return `try ${attempt} was stopped`
    case "released":
      return `try ${attempt} was handed back, not counted`
    default:
      return `try ${attempt} lost its worker${told}`
  }
}

const triesOf = (attempts: ReadonlyArray<Attempt>): ReadonlyArray<HistoryEntry> =>
  attempts.flatMap((each) => [
    worker(each.startedAt.epochMilliseconds, each.worker, `started try ${each.attempt}`),
    ...(each.endedAt ? [system(each.endedAt.epochMilliseconds, endText(each))] : [])
  ])

const promptEnd = (prompt: PromptRecord): ReadonlyArray<HistoryEntry> => {
  const { answeredAt, answeredBy, closedAt, label, state } = prompt
  if (answeredAt) {
    return [
      person(answeredAt.epochMilliseconds, answeredBy ?? "somebody", `answered “${label}” (the answer is not kept)`)
    ]
  }
  const at = closedAt?.epochMilliseconds
  if (at === undefined) return []
  return [system(at, state === "timed_out" ? `nobody answered “${label}” in time` : `no longer asks “${label}”`)]
}

const promptsOf = (prompts: ReadonlyArray<PromptRecord>): ReadonlyArray<HistoryEntry> =>
  prompts.flatMap((prompt) => [
    system(
      prompt.askedAt.epochMilliseconds,
      prompt.state === "postponed" ? `put off asking “${prompt.label}”` : `asked “${prompt.label}”`
    ),
    ...promptEnd(prompt)
  ])

const stepsOf = ({ steps }: ShownJob, runs: JobHistory["steps"], attempts: ReadonlyArray<Attempt>) =>
  runs.flatMap((run): ReadonlyArray<HistoryEntry> => {
    const by = attempts.find(({ attempt }) => attempt === run.attempt)?.worker ?? "?"
    const title = `“${stepTitle(steps, run.name)}”`
    const start = worker(run.startedAt.epochMilliseconds, by, `started the step ${title} (try ${run.attempt})`)
    const word = { completed: "finished", failed: "failed in", stopped: "was stopped in" }[run.outcome ?? "stopped"]
    return run.endedAt
      ? [
          start,
          worker(run.endedAt.epochMilliseconds, by, `${word} the step ${title}${run.kept ? ", and kept it" : ""}`)
        ]
      : [start]
  })

/** The job itself knows only the id of who made it, and not who stopped it: its entries in the audit trail do. */
const ownOf = ({ job }: ShownJob, actions: ReadonlyArray<JobAction>): ReadonlyArray<HistoryEntry> => {
  const maker = actions.find(({ what }) => what === STARTED)?.by ?? job.createdBy ?? "somebody"
  const askedAt = job.cancelRequestedAt?.epochMilliseconds
  // What was done to many jobs at once has no entry of this one.
  const isNamed = askedAt !== undefined && actions.some(({ action, at }) => action === "cancel" && at >= askedAt)
  return [
    person(job.createdAt.epochMilliseconds, maker, STARTED),
    ...(askedAt !== undefined && !isNamed ? [person(askedAt, "somebody", "asked it to stop")] : []),
    ...(job.nextRetryAt ? [system(job.nextRetryAt.epochMilliseconds, `starts try ${job.attempts + 1}`)] : []),
    ...actions.flatMap(({ at, by, what }) => (what === STARTED ? [] : [person(at, by, what)]))
  ]
}

export const jobHistory = (
  shown: ShownJob,
  { attempts, prompts, steps }: JobHistory,
  entries: ReadonlyArray<AuditEntry>
): ReadonlyArray<HistoryEntry> =>
  [
    ...ownOf(
      shown,
      jobActions(entries, (step) => stepTitle(shown.steps, step))
    ),
    ...triesOf(attempts),
    ...stepsOf(shown, steps, attempts),
    ...promptsOf(prompts)
  ].toSorted((a, b) => b.at - a.at)
