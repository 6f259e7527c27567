/** What the streams of many jobs say, over server-sent events and WebSocket alike. */
import { Schema, Struct } from "effect"
import { Job } from "../../domain/Job.ts"

const jobFields = [
  "id",
  "jobId",
  "jobType",
  "status",
  "waitingFor",
  "prompt",
  "lane",
  "error",
  "progress",
  "attempts",
  "retryCount",
  "nextRetryAt",
  "runAt",
  "createdAt",
  "startedAt",
  "completedAt",
  "updatedAt",
  "cancelRequestedAt",
  "restaurantId",
  "createdBy",
  "clientRef",
  "batchId",
  "labels",
  "revision"
] as const

export const JobChangedEvent = Schema.Struct(Struct.pick(Job.fields, jobFields)).annotate({
  identifier: "JobChangedEvent",
  description:
    "A job as it is now. It may come twice, with the same `revision`. Input and result: `GET /api/jobs/{id}`."
})

export const ResetEvent = Schema.Struct({
  reason: Schema.Literals(["start", "gap"]).annotateKey({
    description: "`start`: from here on every change is told. `gap`: some may not have been."
  })
}).annotate({
  identifier: "ResetEvent",
  description: "Read now what you show, with `GET /api/jobs`: what is told from here on comes on top of that."
})

export const jobsEventData = { job: JobChangedEvent, reset: ResetEvent } as const

/** `id`: what a reader that comes back names. `json`: the data as it is sent. */
export interface JobsEvent {
  readonly event: "job" | "reset"
  readonly id: string
  readonly json: string
}

const encodeJob = Schema.encodeSync(JobChangedEvent)

/** Written once for all streams that tell of it. */
const written = new WeakMap<Job, string>()

const jsonOf = (job: Job): string => {
  const json = written.get(job) ?? JSON.stringify(encodeJob(Struct.pick(job, jobFields)))
  written.set(job, json)
  return json
}

export const jobChanged = (job: Job, id: string): JobsEvent => ({ event: "job", id, json: jsonOf(job) })

export const reset = (reason: "start" | "gap", id: string): JobsEvent => ({
  event: "reset",
  id,
  json: JSON.stringify({ reason })
})
