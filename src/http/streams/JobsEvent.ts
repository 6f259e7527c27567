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

export type JobsEvent =
  | { readonly event: "job"; readonly id: string; readonly data: typeof JobChangedEvent.Encoded }
  | { readonly event: "reset"; readonly id: string; readonly data: typeof ResetEvent.Encoded }

const encodeJob = Schema.encodeSync(JobChangedEvent)

/** `id`: what a reader that comes back names. */
export const jobChanged = (job: Job, id: string): JobsEvent => ({
  event: "job",
  id,
  data: encodeJob(Struct.pick(job, jobFields))
})

export const reset = (reason: "start" | "gap", id: string): JobsEvent => ({ event: "reset", id, data: { reason } })
