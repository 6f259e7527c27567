/** All that happened to a job, newest first, in sentences. Answers are never part of it: only that there was one. */
import type { Attempt } from "../../domain/Attempt.ts"
import type { PromptRecord } from "../../domain/JobPrompt.ts"
import type { JobHistory } from "../../domain/JobReports.ts"
import { closed } from "../Sentence.ts"
import { type ShownJob, stepTitle } from "../ShownJob.ts"

export interface HistoryEntry {
  readonly at: number
  readonly who: string
  readonly what: string
  readonly byPerson: boolean
}

/** Something that a person did to the job, as the audit keeps it. */
export interface JobAction {
  readonly at: number
  readonly by: string
  /** "retried it from the step “Sign in”" */
  readonly what: string
  readonly reason?: string
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

const ownOf = ({ job }: ShownJob): ReadonlyArray<HistoryEntry> => [
  person(job.createdAt.epochMilliseconds, job.createdBy ?? "somebody", "started the job"),
  ...(job.cancelRequestedAt ? [person(job.cancelRequestedAt.epochMilliseconds, "somebody", "asked it to stop")] : []),
  ...(job.nextRetryAt ? [system(job.nextRetryAt.epochMilliseconds, `starts try ${job.attempts + 1}`)] : [])
]

/** What the audit says of who cancelled takes the place of the nameless entry. */
const withActions = (own: ReadonlyArray<HistoryEntry>, actions: ReadonlyArray<JobAction>) => [
  ...own.filter(({ who }) => who !== "somebody" || actions.length === 0),
  ...actions.map(({ at, by, reason, what }) => person(at, by, reason === undefined ? what : `${what}: “${reason}”`))
]

export const jobHistory = (
  shown: ShownJob,
  { attempts, prompts, steps }: JobHistory,
  actions: ReadonlyArray<JobAction>
): ReadonlyArray<HistoryEntry> =>
  [
    ...withActions(ownOf(shown), actions),
    ...triesOf(attempts),
    ...stepsOf(shown, steps, attempts),
    ...promptsOf(prompts)
  ].toSorted((a, b) => b.at - a.at)
