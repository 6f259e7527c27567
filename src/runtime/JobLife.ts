/**
 * What happens to jobs, told to both who ask for it: one line in the log of the process, and the counts of `/metrics`.
 * Lines hold names, numbers and codes of ours. What a script or a person wrote (inputs, results, messages) stays with the
 * job, because it may name people.
 */
import { Effect, LogLevel } from "effect"
import type { ReadableJobId } from "../domain/JobId.ts"
import type { Claim, Outcome } from "../domain/JobQueue.ts"
import { type Lane, OWN_LANE } from "../domain/Lane.ts"
import { NO_LABELS } from "../domain/meters.ts"
import * as meters from "./metrics/jobMeters.ts"

interface About {
  readonly jobId: ReadableJobId
  readonly jobType: string
  readonly organisationId: string
  readonly attempt?: number
  readonly traceId?: string | undefined
}

type Facts = Readonly<Record<string, string | number | undefined>>

/** Thousands of quick jobs a second are told at a level that is mostly off, so nothing is made before it is asked for. */
const tell = (level: LogLevel.Severity, event: string, about: About, facts: Facts = {}) =>
  Effect.flatMap(LogLevel.isEnabled(level), (isEnabled) =>
    isEnabled
      ? Effect.logWithLevel(level)(`job ${event}`).pipe(
          Effect.annotateLogs({
            event,
            jobId: about.jobId,
            jobType: about.jobType,
            organisation: about.organisationId,
            ...(about.attempt !== undefined && { attempt: about.attempt }),
            ...(about.traceId !== undefined && { traceId: about.traceId }),
            ...facts
          })
        )
      : Effect.void
  )

/** Quick jobs and our own are too many for lines while all goes well. */
const usual = (lane: Lane): LogLevel.Severity => (lane === "quick" || lane === OWN_LANE ? "Debug" : "Info")

const aboutClaim = ({ jobId, jobType, lease, organisationId, traceParent }: Claim): About => ({
  jobId,
  jobType,
  organisationId,
  attempt: lease.attempt,
  traceId: traceParent?.split("-")[1]
})

/** As much of a job as is told of it. */
interface ToldJob extends About {
  readonly lane: Lane
}

export const jobCreated = (job: ToldJob) =>
  Effect.andThen(
    meters.created({ type: job.jobType, lane: job.lane }),
    tell(usual(job.lane), "created", job, { lane: job.lane })
  )

/** What one claim brought. */
export const jobsClaimed = (claims: ReadonlyArray<Claim>, lane: Lane) =>
  Effect.gen(function* () {
    const counts = new Map<string, number>()
    for (const { jobType } of claims) counts.set(jobType, (counts.get(jobType) ?? 0) + 1)
    for (const [type, count] of counts) yield* meters.claimed({ type, lane }, count)
    if (!(yield* LogLevel.isEnabled(usual(lane)))) return
    yield* Effect.forEach(claims, (claim) => tell(usual(lane), "claimed", aboutClaim(claim), { lane }), {
      discard: true
    })
  })

/** Counts completed attempts of a type as `attemptEnded` does; absent where each of them gets a line too. */
export const makeCompletionCount = Effect.fnUntraced(function* (lane: Lane) {
  if (yield* LogLevel.isEnabled(usual(lane))) return undefined
  const context = yield* Effect.context<never>()
  return (type: string) => {
    const seconds = meters.attemptSeconds.into(context, { type, lane, outcome: "completed" })
    const ended = meters.ended.into(context, { type, lane, status: "completed" })
    return (durationMs: number): void => {
      seconds(durationMs / 1_000)
      ended(1)
    }
  }
})

export interface EndedStep {
  readonly step: string
  readonly outcome: "completed" | "failed"
  readonly durationMs: number
}

export const stepEnded = (claim: Claim, lane: Lane, { durationMs, outcome, step }: EndedStep) =>
  tell(usual(lane), "step", aboutClaim(claim), { step, outcome, durationMs })

/** Rounded, because fractions of a millisecond are noise. */
const inMs = (durationMs: number | undefined): Facts =>
  durationMs === undefined ? {} : { durationMs: Math.round(durationMs) }

const labelOf = {
  Completed: "completed",
  RetryLater: "retry",
  Failed: "failed",
  Cancelled: "cancelled",
  Released: "released"
} as const

/** `durationMs` is absent for what never began. */
export const attemptEnded = (claim: Claim, lane: Lane, outcome: Outcome, durationMs: number | undefined) =>
  Effect.gen(function* () {
    const type = claim.jobType
    const event = labelOf[outcome._tag]
    if (durationMs !== undefined) yield* meters.attemptSeconds({ type, lane, outcome: event }, durationMs / 1_000)
    const about = aboutClaim(claim)
    switch (outcome._tag) {
      case "RetryLater":
        yield* meters.retries({ type, code: outcome.error.code })
        return yield* tell("Warn", event, about, { ...errorOf(outcome.error), ...inMs(durationMs) })
      case "Failed":
        yield* meters.ended({ type, lane, status: event })
        yield* meters.failures({ type, code: outcome.error.code })
        return yield* tell("Error", event, about, { ...errorOf(outcome.error), ...inMs(durationMs) })
      case "Completed":
        yield* meters.ended({ type, lane, status: event })
        return yield* tell(usual(lane), event, about, inMs(durationMs))
      case "Cancelled":
        yield* meters.ended({ type, lane, status: event })
        return yield* tell("Info", event, about, inMs(durationMs))
      case "Released":
        return yield* tell("Info", event, about, inMs(durationMs))
    }
  })

const errorOf = ({ code, step }: { readonly code: string; readonly step?: string }): Facts => ({
  code,
  ...(step !== undefined && { step })
})

/** The attempt ended, and its job is somebody else's by now. */
export const attemptLost = (claim: Claim) =>
  Effect.andThen(meters.leaseLosses(NO_LABELS), tell("Warn", "lost", aboutClaim(claim)))

/** What a person or a program did to a job outside of an attempt. */
export const jobChanged = (event: "cancelled" | "retried", job: ToldJob) =>
  Effect.andThen(
    event === "cancelled" ? meters.ended({ type: job.jobType, lane: job.lane, status: event }) : Effect.void,
    tell("Info", event, job)
  )

/** A row as the janitor has it. */
export interface TidiedJob extends ToldJob {
  readonly status: string
}

/** Its worker is gone: it waits again, or it has ended. */
export const jobRescued = (job: TidiedJob) =>
  Effect.gen(function* () {
    yield* meters.rescues({ status: job.status })
    if (job.status !== "pending") {
      yield* meters.ended({ type: job.jobType, lane: job.lane, status: job.status })
    }
    const code = job.status === "failed" ? { code: "WORKER_CRASHED" } : {}
    if (job.status === "failed") yield* meters.failures({ type: job.jobType, code: "WORKER_CRASHED" })
    yield* tell(job.status === "failed" ? "Error" : "Warn", "rescued", job, { status: job.status, ...code })
  })

export const jobExpired = (job: TidiedJob) =>
  Effect.gen(function* () {
    yield* meters.ended({ type: job.jobType, lane: job.lane, status: "failed" })
    yield* meters.failures({ type: job.jobType, code: "EXPIRED" })
    yield* tell("Error", "failed", job, { code: "EXPIRED" })
  })
