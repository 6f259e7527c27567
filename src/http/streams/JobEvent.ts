/** What the stream of one job says: small documents, each under the name of its event. */
import { Schema, Struct } from "effect"
import { Artifact } from "../../domain/Artifacts.ts"
import { LogLine, StepRun } from "../../domain/Attempt.ts"
import { Job } from "../../domain/Job.ts"
import { OpenPrompt } from "../../domain/JobPrompt.ts"
import { Progress } from "../../domain/Progress.ts"

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

export const JobStatusEvent = Schema.Struct(Struct.pick(Job.fields, statusFields)).annotate({
  identifier: "JobStatusEvent",
  description: "The job has another status, or waits for something else. The result is in `GET /api/jobs/{id}`."
})

export const statusOf = (job: Job): typeof JobStatusEvent.Type => Struct.pick(job, statusFields)

export const JobPromptEvent = Schema.Struct({
  prompt: Schema.optionalKey(OpenPrompt).annotateKey({ description: "Absent when the job does not ask any more." })
}).annotate({
  identifier: "JobPromptEvent",
  description: "The job asks a person something, or no longer does. Answer with `POST /api/jobs/{id}/input`."
})

export const JobRemovedEvent = Schema.Struct(Struct.pick(Job.fields, ["id", "jobId"])).annotate({
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

/** The data as it is sent. */
export const encodeData = ({ data, event }: JobEvent): unknown => encoders.get(event)?.(data)
