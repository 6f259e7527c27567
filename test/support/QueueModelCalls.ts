/** What each call does to the model, and what the contracts have to answer. */

import { type ShownStatus, shownStatus } from "../../src/domain/JobStatus.ts"
import type { BulkAction } from "../../src/domain/Jobs.ts"
import { type Command, type Ending, type WorkerKey, workers } from "./QueueCommands.ts"
import { type HeldLease, LEASE_SECONDS, type QueueModel } from "./QueueModel.ts"
import { closeAttempt, end, enqueue, fail, hasEnded, hasFailed, type ModelJob, startAgain } from "./QueueModelJob.ts"

export const RETRY_SECONDS = 305
const CRASH_LIMIT = 3
const STEPS: ReadonlyArray<string> = ["first", "second"]

/** What a call answers that fails. */
export interface Refusal {
  readonly error: string
}

const DONE = "done"
type Done = typeof DONE

const conflict: Refusal = { error: "JobConflict" }
const notFound: Refusal = { error: "JobNotFound" }

export const isHeld = (model: QueueModel, { job, token }: HeldLease) => model.jobs[job]!.lease?.token === token

/** Does `work` when the lease is still held. */
const fenced = (model: QueueModel, lease: HeldLease, work: (job: ModelJob) => void): Refusal | Done => {
  if (!isHeld(model, lease)) return { error: "LeaseLost" }
  work(model.jobs[lease.job]!)
  model.follow()
  return DONE
}

/** Code of the error that each ending is recorded with. */
const ERRORS: Partial<Record<Ending, string>> = { Failed: "NOT_FOUND", RetryLater: "NETWORK_ERROR" }

export const settle = (model: QueueModel, lease: HeldLease, ending: Ending) =>
  fenced(model, lease, (job) => {
    const error = ERRORS[ending]
    closeAttempt(job, error === undefined ? ending.toLowerCase() : "failed", error)
    job.error = error
    if (ending === "RetryLater") {
      // A job that was asked to stop is not tried again.
      if (!job.cancelRequested) job.retryCount++
      job.runAt = { ...model.now, at: model.now.at + RETRY_SECONDS }
    }
    if (ending === "Completed") {
      job.percent = 100
      end(job, "completed")
    } else if (ending === "Failed") {
      end(job, "failed")
    } else if (ending === "Cancelled" || job.cancelRequested) {
      end(job, "cancelled")
    } else {
      enqueue(job, model.now.at)
      job.hasNextRetry = ending === "RetryLater"
    }
  })

export const startStep = (model: QueueModel, lease: HeldLease, step: number) =>
  fenced(model, lease, (job) => {
    const name = STEPS[step]!
    const known = job.steps.findIndex((each) => each.name === name && each.attempt === lease.attempt)
    if (known >= 0) job.steps.splice(known, 1)
    job.steps.push({ name, attempt: lease.attempt })
    job.percent = step * 50
  })

export const endStep = (model: QueueModel, lease: HeldLease, end: Extract<Command, { do: "endStep" }>) =>
  fenced(model, lease, (job) => {
    const name = STEPS[end.step]!
    const started = job.steps.find((each) => each.name === name && each.attempt === lease.attempt)
    if (started !== undefined) started.outcome = end.outcome
    if (end.keep) job.checkpoints.set(name, lease.attempt)
  })

export const beat = (model: QueueModel, worker: WorkerKey, phase: "claiming" | "draining") => {
  const { at: now } = model.now
  const { places } = workers[worker]
  const untidy = model.present.some(
    ({ expiresAt, lease, status }) =>
      (status === "pending" && expiresAt <= now) ||
      (lease !== undefined && (lease.expiresAt < now || lease.timeoutAt < now))
  )
  const held = model.leases.filter((lease) => lease.worker === worker)
  const renewed = held.filter((lease) => isHeld(model, lease))
  for (const { job } of renewed) model.jobs[job]!.lease!.expiresAt = now + LEASE_SECONDS
  model.beat(worker, phase === "draining")
  const tokens = (leases: ReadonlyArray<HeldLease>) => leases.map((lease) => lease.token).toSorted()
  const dueInSeconds = Object.keys(places).flatMap((lane) => {
    const waiting = model.present.filter((job) => job.status === "pending" && job.lane === lane)
    const due = waiting.filter((job) => model.placeOf(job) === "scheduled").map((job) => job.runAt.at - now)
    if (waiting.some((job) => model.placeOf(job) === "ready")) return [[lane, 0]]
    return due.length === 0 ? [] : [[lane, Math.min(...due)]]
  })
  return {
    renewed: tokens(renewed),
    lost: tokens(held.filter((lease) => !renewed.includes(lease))),
    cancelRequested: tokens(renewed.filter(({ job }) => model.jobs[job]!.cancelRequested)),
    dueInSeconds: Object.fromEntries(dueInSeconds),
    untidy
  }
}

export const leave = (model: QueueModel, worker: WorkerKey): Done => {
  const { name } = workers[worker]
  if (model.beating.get(name)?.key === worker) model.beating.delete(name)
  model.forgetLongGone()
  return DONE
}

/** How many jobs were rescued by `worker`, which has `inHand` itself. */
export const rescue = (model: QueueModel, worker: WorkerKey, inHand: ReadonlyArray<HeldLease>): number => {
  const isGone = (owner: WorkerKey) => isFormerSelf(worker, owner) || model.isGone(owner)
  const dead = model.present.filter(({ cancelRequested, lease }) => {
    if (lease === undefined || inHand.some(({ token }) => token === lease.token)) return false
    if (lease.expiresAt >= model.now.at && !isFormerSelf(worker, lease.worker)) return false
    return cancelRequested || isGone(lease.worker) !== undefined
  })
  for (const job of dead) {
    const hasCrashed = isGone(job.lease!.worker) === true
    if (hasCrashed) job.crashCount++
    const isBeyondRepair = hasCrashed && job.crashCount >= CRASH_LIMIT
    closeAttempt(job, "lost", "WORKER_CRASHED")
    if (job.cancelRequested) end(job, "cancelled")
    else if (isBeyondRepair) fail(job, "WORKER_CRASHED")
    else enqueue(job, model.now.at)
  }
  model.follow()
  return dead.length
}

const isFormerSelf = (worker: WorkerKey, owner: WorkerKey) =>
  worker !== owner && workers[worker].name === workers[owner].name

export const expire = (model: QueueModel): number => {
  const late = model.present.filter((job) => job.status === "pending" && job.expiresAt <= model.now.at)
  for (const job of late) fail(job, "EXPIRED")
  model.follow()
  return late.length
}

export const overdue = (model: QueueModel, graceSeconds: number): ReadonlyArray<number> =>
  model.present
    .filter(({ lease }) => lease !== undefined && lease.timeoutAt < model.now.at - graceSeconds)
    .filter(({ lease }) => !model.wasSilent(lease!.worker, graceSeconds))
    .map((job) => job.index)

const askToStop = (job: ModelJob) => {
  if (job.status === "pending") end(job, "cancelled")
  job.cancelRequested = true
}

export const cancel = (model: QueueModel, job: ModelJob): Refusal | Done => {
  if (job.removed) return notFound
  if (hasEnded(job)) return conflict
  askToStop(job)
  model.follow()
  return DONE
}

export const retry = (model: QueueModel, job: ModelJob, from: string): Refusal | Done => {
  if (job.removed) return notFound
  const isStep = from !== "checkpoint" && from !== "start"
  if (isStep && !STEPS.includes(from)) return { error: "UnknownStep" }
  if (!hasFailed(job)) return conflict
  if (model.liveWithKey(job.dedupeKey) !== undefined) return { error: "DedupeKeyTaken" }
  if (from !== "checkpoint") {
    for (const name of isStep ? STEPS.slice(STEPS.indexOf(from)) : STEPS) job.checkpoints.delete(name)
    job.percent = 0
  }
  startAgain(job, model.now)
  model.follow()
  return DONE
}

export const remove = (job: ModelJob): Refusal | Done => {
  if (job.removed) return notFound
  if (!hasEnded(job)) return conflict
  job.removed = true
  return DONE
}

/** The first of those with one dedupe key wins, and a live one before them all. */
const mayStartAgain = (model: QueueModel, job: ModelJob, earlier: ReadonlyArray<ModelJob>) =>
  hasFailed(job) &&
  model.liveWithKey(job.dedupeKey) === undefined &&
  !earlier.some((other) => hasFailed(other) && job.dedupeKey !== undefined && other.dedupeKey === job.dedupeKey)

/** Without those that would fail at once, since what they need stays as it ended, and without those that need these. */
const withoutHeld = (model: QueueModel, fit: ReadonlyArray<ModelJob>): ReadonlyArray<ModelJob> => {
  const isHeld = (job: ModelJob) =>
    job.onFailure === "fail" &&
    [...job.needs].some(([index, met]) => {
      const needed = model.jobs[index]!
      return !met && !fit.includes(needed) && (needed.removed || hasFailed(needed))
    })
  const left = fit.filter((job) => !isHeld(job))
  return left.length === fit.length ? fit : withoutHeld(model, left)
}

/** Jobs that a part looks at for each one that it may change. */
const LOOKS = 4

const storedAs = (shown: ShownStatus) =>
  shown === "scheduled" || shown === "retry_wait" ? "pending" : shown === "needs_input" ? "in_progress" : shown

export const applyToMany = (
  model: QueueModel,
  action: BulkAction,
  status: ReadonlyArray<ShownStatus>,
  range: { readonly after: number; readonly until: number; readonly most: number }
) => {
  const nowMs = model.now.at
  const isAll = status.length === 0 || status.includes("completed")
  const walked = model.present
    .filter((job) => isAll || status.some((each) => storedAs(each) === job.status))
    .filter((job) => job.index > range.after && job.index <= range.until)
    .slice(0, LOOKS * range.most)
  const seen = walked
    .filter((job) => {
      const shown = shownStatus({ ...job, runAtMs: job.runAt.at, openPrompts: 0 }, nowMs)
      return status.length === 0 || status.includes(shown)
    })
    .slice(0, range.most)
  const fit = seen.filter((job, place) =>
    action === "cancel" ? !hasEnded(job) && !job.cancelRequested : mayStartAgain(model, job, seen.slice(0, place))
  )
  const changed = action === "cancel" ? fit : withoutHeld(model, fit)
  for (const job of changed) {
    if (action === "cancel") askToStop(job)
    else startAgain(job, model.now)
  }
  model.follow()
  const isFull = seen.length === range.most
  const last = isFull ? seen.at(-1) : walked.at(LOOKS * range.most - 1)
  const held = fit.length - changed.length
  return { seen: seen.length, changed: changed.length, held, ...(last !== undefined && { next: last.index }) }
}
