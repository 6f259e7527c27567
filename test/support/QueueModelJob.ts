/** A job of the model, and the rules that need no other job. */
import { isTerminal, type JobStatus } from "../../src/domain/JobStatus.ts"
import type { LaneName, NewJob, TypeName, WorkerKey } from "./QueueCommands.ts"

/** Seconds since the run began; what happens in the same second is ordered by the number of its statement. */
export interface Moment {
  readonly at: number
  readonly statement: number
}

export interface ModelLease {
  readonly worker: WorkerKey
  readonly token: string
  readonly timeoutAt: number
  readonly claimedAt: number
  expiresAt: number
}

export interface ModelAttempt {
  readonly attempt: number
  readonly worker: string
  outcome?: string
  error?: string
}

export interface ModelStep {
  readonly name: string
  readonly attempt: number
  outcome?: string
}

export interface ModelJob {
  /** Order of creation, which is the order of ids. */
  readonly index: number
  readonly type: TypeName
  readonly lane: LaneName
  readonly priority: number
  readonly organisation: string
  readonly concurrencyKey: string | undefined
  readonly dedupeKey: string | undefined
  readonly onFailure: "fail" | "run"
  /** The jobs it needs, and whether that is met. */
  readonly needs: Map<number, boolean>
  readonly attempts: Array<ModelAttempt>
  readonly steps: Array<ModelStep>
  /** The attempt that made each kept output. */
  readonly checkpoints: Map<string, number>
  status: JobStatus
  removed: boolean
  runAt: Moment
  expiresAt: number
  /** It had to wait for its time when it was queued, and no claim has noticed since that the time has come. */
  scheduled: boolean
  retryCount: number
  crashCount: number
  percent: number
  hasNextRetry: boolean
  cancelRequested: boolean
  error: string | undefined
  lease: ModelLease | undefined
}

const DAY = 86_400

export const newModelJob = (
  spec: NewJob,
  { index, lane, needs, now }: { index: number; lane: LaneName; needs: ReadonlyArray<number>; now: Moment }
): ModelJob => {
  const runAt = { ...now, at: now.at + (spec.startInSeconds ?? 0) }
  return {
    index,
    lane,
    type: spec.type,
    priority: spec.priority,
    organisation: spec.organisation,
    concurrencyKey: spec.concurrencyKey,
    dedupeKey: spec.dedupeKey,
    onFailure: spec.onFailure ?? "fail",
    needs: new Map(needs.map((need) => [need, false])),
    attempts: [],
    steps: [],
    checkpoints: new Map(),
    status: "pending",
    removed: false,
    runAt,
    expiresAt: spec.expireInSeconds === undefined ? Math.max(runAt.at, now.at) + DAY : now.at + spec.expireInSeconds,
    scheduled: false,
    retryCount: 0,
    crashCount: 0,
    percent: 0,
    hasNextRetry: false,
    cancelRequested: false,
    error: undefined,
    lease: undefined
  }
}

export const hasEnded = (job: ModelJob): boolean => isTerminal(job.status)

/** It ended, and not as those who need it hoped. */
export const hasFailed = (job: ModelJob): boolean => job.status === "failed" || job.status === "cancelled"

export const isBlocked = (job: ModelJob): boolean => [...job.needs.values()].includes(false)

/** The order of the queue inside one organisation. */
export const inTurn = (a: ModelJob, b: ModelJob): number =>
  b.priority - a.priority || a.runAt.at - b.runAt.at || a.runAt.statement - b.runAt.statement || a.index - b.index

/** Puts a pending job into its place; `now` decides whether it has to wait. */
export const enqueue = (job: ModelJob, now: number): void => {
  job.status = "pending"
  job.lease = undefined
  job.scheduled = !isBlocked(job) && job.runAt.at > now
}

export const end = (job: ModelJob, status: "completed" | "failed" | "cancelled"): void => {
  job.status = status
  job.lease = undefined
  job.scheduled = false
  job.hasNextRetry = false
}

export const fail = (job: ModelJob, error: string): void => {
  end(job, "failed")
  job.error = error
}

/** Closes the running attempt with the steps that it left open. */
export const closeAttempt = (job: ModelJob, outcome: string, error?: string): void => {
  const attempt = job.attempts.at(-1)!
  attempt.outcome = outcome
  if (error !== undefined) attempt.error = error
  for (const step of job.steps) {
    if (step.attempt === attempt.attempt) step.outcome ??= "stopped"
  }
}

/** What a person's retry makes of a job that ended. */
export const startAgain = (job: ModelJob, now: Moment): void => {
  job.retryCount = 0
  job.crashCount = 0
  // Before it has started, its time is the one that it asked for.
  if (job.attempts.length > 0 || job.runAt.at <= now.at) job.runAt = now
  job.expiresAt = job.runAt.at + DAY
  job.hasNextRetry = false
  job.cancelRequested = false
  job.error = undefined
  enqueue(job, now.at)
}
