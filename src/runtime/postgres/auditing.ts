/**
 * Calls that leave an entry in the audit trail when a caller makes them, and name that caller in what they make. An
 * entry is written in the transaction of what it tells of. That of a new job is written by the statement which writes the
 * job, where it can (`NoteOfCreation`), and comes right after it otherwise.
 */
import { DateTime, Effect, Layer, Option, Semaphore } from "effect"
import { SqlClient, SqlError } from "effect/sql"
import { ApiKeys } from "../../domain/ApiKeys.ts"
import { AuditLog, type AuditNote } from "../../domain/AuditLog.ts"
import { BULK_TYPE } from "../../domain/BulkJobs.ts"
import { CurrentCaller } from "../../domain/Caller.ts"
import type { Job } from "../../domain/Job.ts"
import type { JobSchedule } from "../../domain/JobSchedule.ts"
import { JobSchedules } from "../../domain/JobSchedules.ts"
import { JobStops } from "../../domain/JobStops.ts"
import { Jobs, type JobsUnavailable, type RetryPlan, startOf } from "../../domain/Jobs.ts"
import { Lanes, type PauseRequest } from "../../domain/Lanes.ts"
import { replacedFields } from "../../domain/replacedFields.ts"
import { CurrentNoteOfCreation, type NoteOfCreation } from "./auditRows.ts"
import { orUnavailable, unavailable } from "./callFailures.ts"
import { inTransaction } from "./inTransaction.ts"

const callersName = Effect.map(CurrentCaller, (caller) => Option.getOrUndefined(caller)?.name)

/** Runs an action and its entry as one; without a caller, the action alone. */
export const makeRecording = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { write } = yield* AuditLog

  return <A, E>(
    action: Effect.Effect<A, E | JobsUnavailable>,
    /** None where nothing was done. */
    noteOf: (value: A) => AuditNote | undefined
  ): Effect.Effect<A, E | JobsUnavailable> =>
    Effect.flatMap(CurrentCaller, (caller) => {
      if (Option.isNone(caller)) return action
      const both = Effect.tap(action, (value) => {
        const note = noteOf(value)
        // The action may have gone on as the role of callers, who cannot write the trail.
        return note === undefined ? Effect.void : sql`RESET ROLE`.pipe(Effect.andThen(write(note)))
      })
      return inTransaction(sql, both).pipe(
        Effect.mapError((error) => (SqlError.isSqlError(error) ? unavailable("audited")(error) : error))
      ) as Effect.Effect<A, E | JobsUnavailable>
    })
})

const stateOf = ({ cancelRequestedAt, status }: Job) =>
  cancelRequestedAt !== undefined && status === "in_progress" ? { status, cancelling: true } : { status }

/** What belongs to whoever retried, and no longer to whoever started the job. */
const replacedIn = ({ input: sent }: RetryPlan, before: Job, after: Job) => {
  if (sent === undefined) return {}
  const changed = replacedFields({ before: before.input, after: after.input, sent })
  return changed.length === 0 ? {} : { changedInput: changed }
}

export const auditedJobs = Layer.effect(
  Jobs,
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const recording = yield* makeRecording
    const { note } = yield* AuditLog

    return Jobs.of({
      ...jobs,
      create: (request, options) =>
        Effect.gen(function* () {
          const bulk = request.jobType === BULK_TYPE
          const before: NoteOfCreation = {
            note: { action: "create", after: { jobType: request.jobType } },
            isWritten: false
          }
          const creating = jobs.create(request, options)
          const created = yield* bulk ? creating : Effect.provideService(creating, CurrentNoteOfCreation, before)
          const { job, replayed } = created
          if (!(replayed || created.deduplicated || before.isWritten)) {
            // The filter of a bulk action is what it does; inputs of other jobs belong to their jobs.
            const after = bulk ? { input: job.input } : { jobType: job.jobType }
            yield* note({ action: bulk ? "bulk" : "create", target: job.jobId, after })
          }
          return created
        }),
      createBatch: (requests, options) =>
        Effect.gen(function* () {
          const batch = yield* jobs.createBatch(requests, options)
          if (!batch.replayed) {
            yield* note({ action: "create", target: batch.batchId, after: { jobs: batch.jobs.length } })
          }
          return batch
        }),
      // With the state before it, which only a look before can tell.
      cancel: (ref) =>
        Effect.flatMap(jobs.get(ref), (before) =>
          recording(jobs.cancel(ref), (after) => ({
            action: "cancel",
            target: before.jobId,
            before: stateOf(before),
            after: stateOf(after)
          }))
        ),
      retry: (ref, plan) =>
        Effect.flatMap(jobs.get(ref), (before) =>
          recording(jobs.retry(ref, plan), (after) => ({
            action: "retry",
            target: before.jobId,
            reason: `from ${startOf(plan)}`,
            before: stateOf(before),
            after: { ...stateOf(after), ...replacedIn(plan, before, after) }
          }))
        ),
      answer: (ref, answering) =>
        Effect.gen(function* () {
          const answeredBy = yield* callersName
          const named = { ...(answeredBy !== undefined && { answeredBy }), ...answering }
          return yield* recording(jobs.answer(ref, named), ({ jobId }) => ({ action: "answer", target: jobId }))
        }),
      remove: (ref) =>
        Effect.flatMap(jobs.get(ref), (before) =>
          recording(jobs.remove(ref), () => ({ action: "remove", target: before.jobId, before: stateOf(before) }))
        )
    })
  })
)

/** Only an entry right after it: the caller's transaction has a role that cannot take a job from its worker. */
export const auditedStops = Layer.effect(
  JobStops,
  Effect.gen(function* () {
    const { stopNow } = yield* JobStops
    const jobs = yield* Jobs
    const { note } = yield* AuditLog

    return JobStops.of({
      stopNow: (ref) =>
        Effect.gen(function* () {
          const before = yield* jobs.get(ref)
          yield* stopNow(ref)
          yield* note({
            action: "cancel",
            target: before.jobId,
            reason: "stopped at once",
            before: stateOf(before),
            after: { status: "cancelled" }
          })
        })
    })
  })
)

export const auditedLanes = Layer.effect(
  Lanes,
  Effect.gen(function* () {
    const lanes = yield* Lanes
    const recording = yield* makeRecording

    const pausing = <A, E>(target: string, request: PauseRequest, act: (named: PauseRequest) => Effect.Effect<A, E>) =>
      Effect.gen(function* () {
        const by = yield* callersName
        const named = { ...(by !== undefined && { by }), ...request }
        return yield* recording(act(named), () => ({ action: "pause", target, reason: request.reason }))
      })
    const resuming = <A, E>(target: string, act: Effect.Effect<A, E>) =>
      recording(act, () => ({ action: "resume", target }))

    return Lanes.of({
      ...lanes,
      pause: (lane, request) => pausing(`lane ${lane}`, request, (named) => lanes.pause(lane, named)),
      resume: (lane) => resuming(`lane ${lane}`, lanes.resume(lane)),
      pauseType: (type, request) => pausing(`type ${type}`, request, (named) => lanes.pauseType(type, named)),
      resumeType: (type) => resuming(`type ${type}`, lanes.resumeType(type))
    })
  })
)

/**
 * Runs at once, in a process. Each holds a connection while Callboard itself makes the job on another one: as many as
 * there are connections would all wait for one more. So they wait before they take any, which is before the entry.
 */
const RUNS_TOGETHER = 2

const createdNote = ({ cron, id, jobType, name }: JobSchedule): AuditNote => ({
  action: "schedule-create",
  target: id,
  after: { name, cron, jobType }
})

export const auditedSchedules = Layer.effect(
  JobSchedules,
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const recording = yield* makeRecording
    const turns = yield* Semaphore.make(RUNS_TOGETHER)

    return JobSchedules.of({
      ...schedules,
      create: (request, options) => recording(schedules.create(request, options), createdNote),
      createOnce: (request, options) =>
        recording(schedules.createOnce(request, options), ({ replayed, schedule }) =>
          replayed ? undefined : createdNote(schedule)
        ),
      update: (id, changes) =>
        Effect.flatMap(schedules.get(id), (before) =>
          recording(schedules.update(id, changes), (after) => ({
            action: "schedule-change",
            target: id,
            before: { name: before.name, cron: before.cron, paused: before.pausedAt !== undefined },
            // An input may hold what nobody is to read here: only that it changed is told.
            after: {
              name: after.name,
              cron: after.cron,
              paused: after.pausedAt !== undefined,
              changed: Object.keys(changes)
            }
          }))
        ),
      remove: (id) =>
        Effect.flatMap(schedules.get(id), ({ cron, jobType, name }) =>
          recording(schedules.remove(id), () => ({
            action: "schedule-remove",
            target: id,
            before: { name, cron, jobType }
          }))
        ),
      runNow: (id) =>
        recording(schedules.runNow(id), ({ jobId }) => ({
          action: "schedule-run",
          target: id,
          after: { jobId }
        })).pipe(turns.withPermits(1), orUnavailable("runNow"))
    })
  })
)

export const auditedKeys = Layer.effect(
  ApiKeys,
  Effect.gen(function* () {
    const keys = yield* ApiKeys
    const recording = yield* makeRecording

    return ApiKeys.of({
      ...keys,
      create: (request) =>
        recording(keys.create(request), ({ key: { expiresAt, id, name, role } }) => ({
          action: "key-create",
          target: id,
          after: { name, role, ...(expiresAt && { expires: DateTime.formatIso(expiresAt) }) }
        })),
      revoke: (organisationId, id, by) =>
        recording(keys.revoke(organisationId, id, by), ({ name, role }) => ({
          action: "key-revoke",
          target: id,
          before: { name, role }
        }))
    })
  })
)
