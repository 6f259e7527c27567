import { expect } from "bun:test"
import { Effect, Option } from "effect"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import { CurrentJob } from "../../../src/domain/CurrentJob.ts"
import { JobId } from "../../../src/domain/JobId.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { deliveryJobType } from "../../../src/runtime/webhooks/deliveryJobs.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { as, claimsOf, column, INSUFFICIENT_PRIVILEGE, insertJob, refusal, run } from "./asMember.ts"

const delivery = deliveryJobType(Effect.never)
const inDatabase = databaseTests(idle, delivery)

const admin: Caller = { via: "key", subject: "ada", name: "Ada", role: "admin", organisationId: "default" }
const asAdmin = Effect.provideService(CurrentCaller, Option.some(admin))
const claims = claimsOf("ada", "default", "admin")

const example = { deliveryId: "00000000-0000-7000-8000-000000000000" }

/** One that waits, and one that failed. */
const ownJobs = Effect.gen(function* () {
  const jobs = yield* Jobs
  const waiting = (yield* jobs.create({ jobType: delivery.name, input: example })).job.id
  const ended = (yield* jobs.create({ jobType: delivery.name, input: example })).job.id
  yield* jobs.cancel(ended)
  return { ended, waiting }
})

const states = column("SELECT status FROM script_jobs ORDER BY id")

inDatabase(
  "shows callers nothing of what Callboard sends out itself, and lets them change none of it",
  Effect.gen(function* () {
    const { ended, waiting } = yield* ownJobs
    const jobs = yield* Jobs
    const reports = yield* JobReports
    const refusals = [
      jobs.get(waiting),
      jobs.cancel(waiting),
      jobs.retry(ended, {}),
      jobs.remove(ended),
      reports.logs(waiting, { limit: 1 })
    ]

    for (const refused of refusals) expect((yield* Effect.flip(asAdmin(refused)))._tag).toBe("JobNotFound")
    expect((yield* asAdmin(reports.list({ lane: "system" }, { limit: 9 }))).jobs).toEqual([])
    // A job that changes many jobs works as Callboard itself, for the organisation of its own.
    const forMany = Effect.provideService(CurrentJob, Option.some({ id: waiting, organisationId: "default" }))
    const until = JobId.make("ffffffff-ffff-7fff-8fff-ffffffffffff")
    expect(yield* forMany(jobs.applyToMany("cancel", { lane: "system" }, { until, most: 9 }))).toMatchObject({
      seen: 0
    })
    expect(yield* states).toEqual(["pending", "cancelled"])
  })
)

inDatabase(
  "keeps what Callboard sends out itself from members who write SQL",
  Effect.gen(function* () {
    const { ended } = yield* ownJobs
    const own = { organisation_id: "default", created_by: "ada" }
    const acting = as(claims)

    expect(yield* refusal(acting(insertJob({ ...own, lane: "system" })))).toBe(INSUFFICIENT_PRIVILEGE)
    for (const job_type of ["deliver-webhook", "mail-failures"]) {
      expect(yield* refusal(acting(insertJob({ ...own, job_type })))).toBe(INSUFFICIENT_PRIVILEGE)
    }
    // These read no column, so that no policy about reading is asked.
    yield* acting(run("UPDATE script_jobs SET status = 'cancelled', cancel_requested_at = now()"))
    yield* acting(run("DELETE FROM script_jobs"))
    const retry = `SELECT * FROM retry_job('${ended}', false, NULL, NULL, NULL, NULL, '1 day')`
    expect(yield* acting(run(retry))).toEqual([])
    expect(yield* states).toEqual(["pending", "cancelled"])
  })
)

inDatabase(
  "makes no schedules of what Callboard sends out itself, and fires none",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const request = { name: "Again", cron: "0 4 * * *", jobType: delivery.name, input: example }
    const other = yield* asAdmin(schedules.create({ ...request, jobType: "idle", input: {} }))
    const made = yield* schedules.create({ ...request, name: "Made by the owner" })

    const acting = as(claims)
    const copied = `
      INSERT INTO job_schedules (id, organisation_id, name, cron, time_zone, job_type, input_payload, missed_runs,
        overlap, options, next_run_at, created_by)
      SELECT gen_random_uuid(), organisation_id, 'Copy', cron, time_zone, 'deliver-webhook', input_payload,
        missed_runs, overlap, options, next_run_at, 'ada' FROM job_schedules WHERE id = '${other.id}'`

    expect(yield* refusal(acting(run(copied)))).toBe(INSUFFICIENT_PRIVILEGE)
    const changed = `UPDATE job_schedules SET job_type = 'mail-failures' WHERE id = '${other.id}'`
    expect(yield* refusal(acting(run(changed)))).toBe(INSUFFICIENT_PRIVILEGE)
    expect(yield* acting(run(copied.replace("deliver-webhook", "idle")))).toEqual([])
    expect((yield* Effect.flip(asAdmin(schedules.runNow(made.id))))._tag).toBe("ScheduleCannotRun")
    expect(yield* states).toEqual([])
  })
)
