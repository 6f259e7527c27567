/** What a reader has not got yet of a job, as events, each with the cursor after it. */
import type { Artifact } from "../../domain/Artifacts.ts"
import type { LogLine, StepRun } from "../../domain/Attempt.ts"
import type { Job } from "../../domain/Job.ts"
import { isTerminal } from "../../domain/JobStatus.ts"
import { cursorText, fingerprint, isMarked, type JobCursor, mark } from "./JobCursor.ts"
import { documentsOf, type JobEvent, writtenOf } from "./JobEvent.ts"
import type { SentEvent } from "./serverSentEvents.ts"

/** What was read of the job; what is absent was not looked for. */
export interface JobLook {
  readonly job?: Job
  readonly steps?: ReadonlyArray<StepRun>
  readonly artifacts?: ReadonlyArray<Artifact>
  readonly lines?: ReadonlyArray<LogLine>
}

interface Change {
  readonly event: JobEvent
  readonly after: (cursor: JobCursor) => JobCursor
}

export const toSent = (event: JobEvent, cursor: JobCursor): SentEvent => ({
  event: event.event,
  id: cursorText(cursor),
  data: writtenOf(event).json
})

/** A document that is sent when it is not the one that was sent last. That a job asks nothing is nothing new at first. */
const document = (
  name: "status" | "progress" | "prompt",
  job: Job | undefined,
  cursor: JobCursor
): ReadonlyArray<Change> => {
  if (job === undefined) return []
  const event = documentsOf(job)[name]
  const isNone = name === "prompt" && job.prompt === undefined
  const print = isNone ? "" : writtenOf(event).print
  return print === cursor[name] ? [] : [{ event, after: (before) => ({ ...before, [name]: print }) }]
}

interface Timed {
  readonly key: () => string
  readonly time: number
  readonly event: JobEvent
}

const timed = (name: "steps" | "artifacts", all: ReadonlyArray<Timed>, cursor: JobCursor): ReadonlyArray<Change> =>
  all
    .filter(({ key, time }) => !isMarked(cursor[name], key, time))
    .toSorted((a, b) => a.time - b.time)
    .map(({ event, key, time }) => ({
      event,
      after: (before) => ({ ...before, [name]: mark(before[name], key(), time) })
    }))

const stepOf = (step: StepRun): Timed => ({
  key: () => fingerprint(`${step.attempt} ${step.name} ${step.outcome}`),
  time: (step.endedAt ?? step.startedAt).epochMilliseconds,
  event: { event: "step", data: step }
})

const artifactOf = (artifact: Artifact): Timed => ({
  key: () => fingerprint(`${artifact.name} ${artifact.sha256}`),
  time: artifact.createdAt.epochMilliseconds,
  event: { event: "artifact", data: artifact }
})

/** The status comes first, but last when it is the end: whoever hears of it has got everything else. */
export const differenceOf = (look: JobLook, cursor: JobCursor) => {
  const { artifacts = [], job, lines = [], steps = [] } = look
  const status = document("status", job, cursor)
  const ended = job !== undefined && isTerminal(job.status)
  const changes: ReadonlyArray<Change> = [
    ...(ended ? [] : status),
    ...document("progress", job, cursor),
    ...timed("steps", steps.map(stepOf), cursor),
    ...timed("artifacts", artifacts.map(artifactOf), cursor),
    ...lines.map((line): Change => ({ event: { event: "log", data: line }, after: (c) => ({ ...c, log: line.id }) })),
    ...document("prompt", job, cursor),
    ...(ended ? status : [])
  ]
  let after = cursor
  const events = changes.map((change) => {
    after = change.after(after)
    return toSent(change.event, after)
  })
  // A job without a line was looked at too: the next line is news.
  return { events, cursor: look.lines !== undefined && after.log === undefined ? { ...after, log: 0 } : after }
}
