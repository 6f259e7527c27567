/** The whole state in one form, whether the model says it or the database. */
import type { Job } from "../../src/domain/Job.ts"
import type { JobHistory } from "../../src/domain/JobReports.ts"
import { workers } from "./QueueCommands.ts"
import type { StoredJob } from "./QueueDatabase.ts"
import type { QueueModel } from "./QueueModel.ts"
import type { ModelJob } from "./QueueModelJob.ts"

/** Keys of absent values are left out, so that they need not be told from undefined ones. */
const present = (value: object) =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null))

export const viewOf = (model: QueueModel) =>
  Object.fromEntries(
    model.present.map((job) => {
      const reasons = model.reasonsOf(job)
      const view = present({
        status: job.status,
        attempt: job.attempts.length,
        retryCount: job.retryCount,
        crashCount: job.crashCount,
        percent: job.percent,
        error: job.error,
        hasNextRetry: job.hasNextRetry,
        cancelRequested: job.cancelRequested,
        reasons: reasons.length > 0 ? reasons : undefined,
        kept: job.checkpoints.size > 0 ? Object.fromEntries(job.checkpoints) : undefined,
        lease: job.lease?.token,
        owner: job.lease && workers[job.lease.worker].name,
        ...(job.status === "pending" && {
          place: model.placeOf(job),
          unmet: [...job.needs.values()].filter((met) => !met).length
        })
      })
      return [`job ${job.index}`, view]
    })
  )

export const storedView = (rows: ReadonlyArray<StoredJob>, indexOf: (id: StoredJob["id"]) => number) =>
  Object.fromEntries(rows.map(({ id, ...row }) => [`job ${indexOf(id)}`, present(row)]))

/** What callers see of a job, as far as the model knows it. */
export const publicJob = (job: Job) =>
  present({
    status: job.status,
    attempts: job.attempts,
    retryCount: job.retryCount,
    error: job.error?.code,
    percent: job.progress.percent,
    hasNextRetry: job.nextRetryAt !== undefined,
    cancelRequested: job.cancelRequestedAt !== undefined,
    waitingFor: job.waitingFor?.map(({ code }) => code)
  })

export const publicJobOf = (model: QueueModel, job: ModelJob) => {
  const reasons = model.reasonsOf(job)
  return present({
    status: job.status,
    attempts: job.attempts.length,
    retryCount: job.retryCount,
    error: job.error,
    percent: job.percent,
    hasNextRetry: job.hasNextRetry,
    cancelRequested: job.cancelRequested,
    waitingFor: reasons.length > 0 ? reasons : undefined
  })
}

export const publicHistory = ({ attempts, steps }: JobHistory) => ({
  attempts: attempts.map(({ attempt, error, outcome, worker }) =>
    present({ attempt, worker, outcome, error: error?.code })
  ),
  steps: steps.map(({ attempt, kept, name, outcome }) => present({ attempt, name, outcome, kept }))
})

export const publicHistoryOf = (job: ModelJob) => ({
  attempts: job.attempts.map(present),
  steps: job.steps
    .map(({ attempt, name, outcome }) =>
      present({ attempt, name, outcome, kept: job.checkpoints.get(name) === attempt })
    )
    .toSorted((a, b) => Number(a.attempt) - Number(b.attempt) || (String(a.name) < String(b.name) ? -1 : 1))
})

/** What `Lanes.list` says of a lane. */
export const laneOf = (model: QueueModel, lane: string) => {
  const waiting = model.present.filter((job) => job.lane === lane && job.status === "pending")
  const places = waiting.map((job) => model.placeOf(job))
  const count = (...some: ReadonlyArray<string>) => places.filter((place) => some.includes(place)).length
  return {
    lane,
    running: model.present.filter((job) => job.lane === lane && job.lease !== undefined).length,
    ready: count("ready"),
    scheduled: count("scheduled"),
    blocked: count("blocked", "behind"),
    capacity: model.capacityOf(lane),
    isPaused: model.pausedLanes.has(lane)
  }
}
