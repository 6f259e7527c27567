/** What the stream of one job says: small documents, each under the name of its event. */
import { Schema, Struct } from "effect"
import { Artifact } from "../../domain/Artifacts.ts"
import { LogLine, StepRun } from "../../domain/Attempt.ts"
import { Job } from "../../domain/Job.ts"
import { OpenPrompt } from "../../domain/JobPrompt.ts"
import { Progress } from "../../domain/Progress.ts"
import { fingerprint } from "./JobCursor.ts"

const statusFields = [
  "id",
  "jobId",
  "jobType",
  "status",
  "waitingFor",
  "error",
  "attempts",
  "retryCount",
  "nextRetryAt",
  "cancelRequestedAt",
  "startedAt",
  "completedAt"
] as const

const JobStatusEvent = Schema.Struct(Struct.pick(Job.fields, statusFields)).annotate({
  identifier: "JobStatusEvent",
  description: "The job has another status, or waits for something else. The result is in `GET /api/jobs/{id}`."
})

const JobPromptEvent = Schema.Struct({
  prompt: Schema.optionalKey(OpenPrompt).annotateKey({ description: "Absent when the job does not ask any more." })
}).annotate({
  identifier: "JobPromptEvent",
  description: "The job asks a person something, or no longer does. Answer with `POST /api/jobs/{id}/input`."
})

const JobRemovedEvent = Schema.Struct(Struct.pick(Job.fields, ["id", "jobId"])).annotate({
  identifier: "JobRemovedEvent",
  description: "The job was removed. The stream ends."
})

export const jobEventData = {
  status: JobStatusEvent,
  progress: Progress,
  step: StepRun,
  log: LogLine,
  prompt: JobPromptEvent,
  artifact: Artifact,
  removed: JobRemovedEvent
} as const

type Data = typeof jobEventData

/** An event of each name, with its data. */
export type JobEvent = { readonly [K in keyof Data]: { readonly event: K; readonly data: Data[K]["Type"] } }[keyof Data]

const encoders = new Map(
  Object.entries(jobEventData).map(([event, schema]) => [event, Schema.encodeSync(schema as Schema.Codec<unknown>)])
)

export interface Written {
  readonly json: string
  /** Tells whether it is another one. */
  readonly print: string
}

/** Written once for all streams that tell it. */
const written = new WeakMap<object, Written>()

/** The data as it is sent. */
export const writtenOf = ({ data, event }: JobEvent): Written => {
  const known = written.get(data)
  if (known !== undefined) return known
  const json = JSON.stringify(encoders.get(event)?.(data))
  const made = { json, print: fingerprint(json) }
  written.set(data, made)
  return made
}

interface Documents {
  readonly status: JobEvent
  readonly progress: JobEvent
  readonly prompt: JobEvent
}

const documents = new WeakMap<Job, Documents>()

/** What a job says of itself. */
export const documentsOf = (job: Job): Documents => {
  const made = documents.get(job) ?? {
    status: { event: "status", data: Struct.pick(job, statusFields) },
    progress: { event: "progress", data: job.progress },
    prompt: { event: "prompt", data: job.prompt === undefined ? {} : { prompt: job.prompt } }
  }
  documents.set(job, made)
  return made
}
