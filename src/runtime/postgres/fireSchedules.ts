/**
 * Makes the jobs of schedules. Each firing is one transaction that holds the schedule's row: nobody else fires it
 * meanwhile, and job and next time are written together or not at all. The job also has an idempotency key made of
 * schedule and due time, so that a run makes one job even where `Jobs.create` writes outside of this transaction.
 */
import { DateTime, Duration, Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import type { ScheduleId } from "../../domain/JobSchedule.ts"
import { ScheduleCannotRun } from "../../domain/JobSchedules.ts"
import { isTerminal } from "../../domain/JobStatus.ts"
import { type CreateOptions, Jobs } from "../../domain/Jobs.ts"
import { type InvalidInput, JobTypes } from "../../domain/JobType.ts"
import { OWN_LANE } from "../../domain/Lane.ts"
import { monotonicMs } from "../../domain/monotonicMs.ts"
import { SecretBox } from "../SecretBox.ts"
import { makeCallers } from "./asCaller.ts"
import { answered, orUnavailable } from "./callFailures.ts"
import { goingOn, type JobScheduleRow } from "./JobScheduleRow.ts"
import { makeJobScheduleRows } from "./JobScheduleRows.ts"

/** A run that nobody looked for until later than this was missed: only an outage makes one that late. */
const MISSED_AFTER = Duration.minutes(1)

const isLate = (dueAt: DateTime.Utc, lookedAt: DateTime.Utc) =>
  Duration.isGreaterThan(DateTime.distance(dueAt, lookedAt), MISSED_AFTER)

/** A worker beats every 5 s at least. */
const ALIVE_WITHIN = "15 seconds"

/** Schedules that one round fires. The next round takes the rest. */
const BATCH = 100

/** More was due than one round fires: since when the rounds have been at it, and when the last one ended. */
interface Backlog {
  readonly since: DateTime.Utc
  readonly endedMs: number
}

const NO_KEY =
  "Its secrets were sealed with a key that this server does not have. Send the input again, " +
  "or start the server with the CALLBOARD_SECRET_KEY that was in use then."

const NOT_STORED = "Its job could not be stored. It is tried again within seconds; the server's log says more."

const A_BUG = "The job type broke while it checked the input; the server's log says more."

const noType = (name: string) => `There is no job type "${name}" on this server.`

const ownType = (name: string) => `Only Callboard itself makes jobs of the type "${name}".`

const noFit = ({ issues, jobType }: InvalidInput) =>
  `Its input does not fit the job type "${jobType}". ` +
  issues.map(({ message, path }) => (path === "" ? message : `${path}: ${message}`)).join("; ")

/** The space is one that no caller's key can have, so nobody takes the place of a run. */
const keyOf = (id: ScheduleId, dueAt: DateTime.Utc) => `schedule ${id} ${DateTime.formatIso(dueAt)}`

export const makeFiring = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const jobs = yield* Jobs
  const types = yield* JobTypes
  const box = yield* SecretBox
  const rows = yield* makeJobScheduleRows
  const callers = yield* makeCallers

  const makeJob = (row: JobScheduleRow, options: Pick<CreateOptions, "idempotencyKey">) =>
    Effect.gen(function* () {
      const type = Option.getOrUndefined(types.find(row.jobType))
      if (type === undefined) return yield* new ScheduleCannotRun({ reason: noType(row.jobType) })
      // The job is made by Callboard itself, and what it makes for itself is nobody's to ask for.
      if (type.lane === OWN_LANE) return yield* new ScheduleCannotRun({ reason: ownType(row.jobType) })
      const { input } = yield* box.openInput(type.inputSchema, row.inputPayload, row.id)
      // The database gave it as JSON, and opening a secret gives a text.
      const request = { ...row.options, jobType: row.jobType, input: input as typeof row.inputPayload }
      const { organisationId } = row
      // Also when a person runs it now: it is the schedule's job, which anybody may see by its creator.
      return (yield* callers.itself(
        jobs.create(request, { ...options, organisationId, createdBy: `schedule:${row.id}` })
      )).job
    }).pipe(
      Effect.catchTags({
        CannotOpenSecret: () => new ScheduleCannotRun({ reason: NO_KEY }),
        UnknownJobType: ({ jobType }) => new ScheduleCannotRun({ reason: noType(jobType) }),
        InvalidInput: (error) => new ScheduleCannotRun({ reason: noFit(error) }),
        // A schedule's options name no other jobs.
        UnknownDependency: Effect.die,
        // Callboard itself may.
        NotAllowed: Effect.die
      }),
      Effect.catchDefect((defect) =>
        Effect.logError(`schedule ${row.id} cannot make a job`, defect).pipe(
          Effect.andThen(new ScheduleCannotRun({ reason: A_BUG }))
        )
      )
    )

  /** Whether `overlap` forbids a job now. A former job that was removed has long ended. */
  const isHeldBack = ({ lastJobId, overlap }: JobScheduleRow) =>
    overlap === "allow" || lastJobId === null
      ? Effect.succeed(false)
      : jobs.get(lastJobId).pipe(
          Effect.map((job) => !isTerminal(job.status)),
          Effect.catchTag("JobNotFound", () => Effect.succeed(false))
        )

  const made = (now: DateTime.Utc, job: { readonly id: NonNullable<JobScheduleRow["lastJobId"]> }) => ({
    lastRunAt: now,
    lastJobId: job.id,
    lastError: null,
    lastErrorAt: null
  })

  /** What a run leaves in the row. Waiting for its turn in a backlog is not being missed. */
  const run = (row: JobScheduleRow, dueAt: DateTime.Utc, now: DateTime.Utc, lookedSince: DateTime.Utc) =>
    Effect.gen(function* () {
      if (isLate(dueAt, lookedSince) && row.missedRuns === "skip")
        return { lastSkippedAt: dueAt, lastSkippedBecause: "missed" as const }
      if (yield* isHeldBack(row)) return { lastSkippedAt: dueAt, lastSkippedBecause: "overlap" as const }
      return made(now, yield* makeJob(row, { idempotencyKey: keyOf(row.id, dueAt) }))
    }).pipe(
      Effect.catchTags({
        ScheduleCannotRun: ({ reason }) => Effect.succeed({ lastError: reason, lastErrorAt: now }),
        // This run's job was made before the schedule was changed, by a process that did not get to write it down.
        IdempotencyMismatch: () => Effect.succeed({})
      })
    )

  /** Whether it made a job. False also when somebody else fires it, or did. */
  const fireOne = (id: ScheduleId, lookedSince: DateTime.Utc) =>
    Effect.gen(function* () {
      const now = yield* rows.now
      const row = yield* rows.lock(id, { condition: sql`next_run_at <= now()`, waiting: false })
      if (row === undefined || row.nextRunAt === null) return false
      const outcome = yield* run(row, row.nextRunAt, now, lookedSince)
      yield* rows.save({ ...row, ...outcome, ...goingOn(row, now) })
      return "lastJobId" in outcome
    }).pipe(sql.withTransaction, orUnavailable("fireDue"))

  const writeDown = (id: ScheduleId) =>
    sql`
      UPDATE job_schedules SET last_error = ${NOT_STORED}, last_error_at = now()
      WHERE id = ${id}::uuid AND last_error IS DISTINCT FROM ${NOT_STORED}`.pipe(answered("fireDue"))

  /** A failure that can be written down is this schedule's own. One that cannot is the database's, and ends the round. */
  const fireOrWriteDown = (id: ScheduleId, lookedSince: DateTime.Utc) =>
    fireOne(id, lookedSince).pipe(
      Effect.catchTag("JobsUnavailable", ({ cause }) =>
        Effect.logWarning(`schedule ${id} could not fire; trying again`, cause).pipe(
          Effect.andThen(writeDown(id)),
          Effect.as(false)
        )
      )
    )

  let backlog: Backlog | undefined

  /**
   * Since when anybody has been at it, by what schedules say of their newest runs: without a break longer than the one that
   * makes a run missed. Whoever joins in a backlog, or comes back to it, must not take what waits there for missed.
   */
  const othersSince = sql<{ at: Date }>`
    SELECT max(at) AS at FROM (
      SELECT at, lag(at) OVER (ORDER BY at) AS before FROM (
        SELECT unnest(ARRAY[last_run_at, last_error_at]) AS at FROM job_schedules UNION ALL SELECT now()
      ) looks WHERE at <= now()
    ) looks
    WHERE before IS NULL OR at - before > ${Duration.toSeconds(MISSED_AFTER)} * interval '1 second'`.pipe(
    answered("fireDue")
  )

  /** The table is read whole only where this process has no backlog of its own, and something is late. */
  const sinceWhen = (now: DateTime.Utc, dueAt: DateTime.Utc) =>
    Effect.gen(function* () {
      const nowMs = yield* monotonicMs
      if (backlog !== undefined && nowMs - backlog.endedMs <= Duration.toMillis(MISSED_AFTER)) return backlog.since
      if (!isLate(dueAt, now)) return now
      const [others] = yield* othersSince
      return others === undefined ? now : DateTime.fromDateUnsafe(others.at)
    })

  const names = [...types.all, ...types.own].map(({ name }) => name)

  /** A type that only another process has, as in an upgrade that adds it, is left to that one while it lives. */
  const fireDue = Effect.gen(function* () {
    const due = yield* sql<{ id: ScheduleId; now: Date; nextRunAt: Date }>`
      SELECT s.id, now(), s.next_run_at FROM job_schedules s
      WHERE s.next_run_at <= now() AND (s.job_type = ANY (${names}::text[]) OR NOT EXISTS (
        SELECT FROM workers w WHERE s.job_type = ANY (w.types) AND w.seen_at > now() - ${ALIVE_WITHIN}::interval
      ))
      ORDER BY s.next_run_at LIMIT ${BATCH}`.pipe(answered("fireDue"))
    const [first] = due
    const since =
      first && (yield* sinceWhen(DateTime.fromDateUnsafe(first.now), DateTime.fromDateUnsafe(first.nextRunAt)))
    if (since === undefined) {
      backlog = undefined
      return 0
    }
    const fired = yield* Effect.forEach(due, ({ id }) => fireOrWriteDown(id, since)).pipe(
      Effect.ensuring(
        Effect.map(monotonicMs, (endedMs) => {
          backlog = due.length === BATCH ? { since, endedMs } : undefined
        })
      )
    )
    return fired.filter((hasMadeJob) => hasMadeJob).length
  }).pipe(Effect.withSpan("JobSchedules.fireDue"))

  const runNow = Effect.fn("JobSchedules.runNow")(
    function* (id: ScheduleId) {
      const row = yield* rows.lock(id, { waiting: true })
      if (row === undefined) return yield* rows.refuse(id, "runNow")
      if (yield* isHeldBack(row)) {
        return yield* new ScheduleCannotRun({ reason: "Its former job has not ended, and its overlap is skip." })
      }
      // Without a key there is none to be used for another request.
      const job = yield* makeJob(row, {}).pipe(Effect.catchTag("IdempotencyMismatch", Effect.die))
      yield* rows.save({ ...row, ...made(yield* rows.now, job) })
      return job
    },
    callers.transaction,
    orUnavailable("runNow")
  )

  return { fireDue, runNow }
})

/** `SELECT ${isAnyDue(sql)}` looks at one entry of an index that holds only schedules which go on. */
export const isAnyDue = (sql: SqlClient.SqlClient) =>
  sql`EXISTS (SELECT 1 FROM job_schedules WHERE next_run_at <= now())`
