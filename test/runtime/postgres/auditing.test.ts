import { expect } from "bun:test"
import { DateTime, Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql"
import { AuditLog } from "../../../src/domain/AuditLog.ts"
import { BulkJobs } from "../../../src/domain/BulkJobs.ts"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { JobStops } from "../../../src/domain/JobStops.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { JobTypes } from "../../../src/domain/JobType.ts"
import { Lanes } from "../../../src/domain/Lanes.ts"
import { RequestReference } from "../../../src/domain/RequestReference.ts"
import { MASK } from "../../../src/domain/Secret.ts"
import { layer as bulkJobs, bulkJobType } from "../../../src/runtime/bulkJobs.ts"
import { auditedJobs, auditedLanes, auditedSchedules, auditedStops } from "../../../src/runtime/postgres/auditing.ts"
import { CurrentNoteOfCreation, entryOfCreation } from "../../../src/runtime/postgres/auditRows.ts"
import { sentPlain } from "../../../src/runtime/postgres/insertJobs.ts"
import { makeRowOf } from "../../../src/runtime/postgres/newRows.ts"
import * as PgAuditLog from "../../../src/runtime/postgres/PgAuditLog.ts"
import { plainRowsOf } from "../../../src/runtime/postgres/plainRows.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { column, run } from "./asMember.ts"
import { firstClaim } from "./builders.ts"
import { asking } from "./questions.ts"

const inDatabase = databaseTests(idle, bulkJobType(Effect.never))

const audited = Layer.mergeAll(auditedJobs, auditedLanes, auditedSchedules, auditedStops).pipe(
  Layer.provideMerge(PgAuditLog.layer)
)

const olga: Caller = { via: "key", subject: "key-1", name: "Olga", role: "operator", organisationId: "default" }
const admin: Caller = { ...olga, role: "admin" }

/** With an empty trail. */
const inTrail = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.andThen(run("TRUNCATE audit_log"), Effect.provide(body, audited))

const as = (caller: Caller) => Effect.provideService(CurrentCaller, Option.some(caller))

const entries = Effect.flatMap(AuditLog, ({ list }) => list("default", {}, { limit: 50 })).pipe(
  Effect.map(({ entries: newestFirst }) => newestFirst.toReversed())
)

const create = Effect.flatMap(Jobs, (jobs) => jobs.create({ jobType: "idle", input: {} })).pipe(
  Effect.map(({ job }) => job)
)

inDatabase(
  "keeps who did what to a job, and how it was before and after",
  inTrail(
    Effect.gen(function* () {
      const jobs = yield* Jobs
      const { id, jobId } = yield* as(olga)(create)

      yield* as(olga)(jobs.cancel(id)).pipe(Effect.provideService(RequestReference, "request-7"))
      yield* as(olga)(jobs.retry(id, { from: "start" }))
      yield* as(olga)(jobs.cancel(id))
      yield* as(olga)(jobs.remove(id))

      const found = yield* entries
      expect(found.map(({ action, after, before, reason }) => [action, before, after, reason])).toEqual([
        ["create", undefined, { jobType: "idle" }, undefined],
        ["cancel", { status: "pending" }, { status: "cancelled" }, undefined],
        ["retry", { status: "cancelled" }, { status: "pending" }, "from start"],
        ["cancel", { status: "pending" }, { status: "cancelled" }, undefined],
        ["remove", { status: "cancelled" }, undefined, undefined]
      ])
      expect(found[1]).toMatchObject({ name: "Olga", subject: "key-1", role: "operator", via: "key", target: jobId })
      expect(found[1]).toMatchObject({ reference: "request-7" })
      expect(found[0]).not.toHaveProperty("reference")
    })
  )
)

inDatabase(
  "keeps that somebody retried a job with another input, and nothing that is in it",
  inTrail(
    Effect.gen(function* () {
      const jobs = yield* Jobs
      const input = { restaurantId: "roma", password: "first-password", text: "first-text" }
      const { job } = yield* as(olga)(jobs.create({ jobType: "idle", input }))
      const retryWith = (changed?: object) =>
        as(olga)(
          Effect.andThen(
            jobs.cancel(job.id),
            jobs.retry(job.id, changed === undefined ? {} : { input: { ...input, password: MASK, ...changed } })
          )
        )

      yield* retryWith()
      yield* retryWith({})
      yield* retryWith({ text: "after" })
      yield* retryWith({ text: "after", password: "second-password" })

      const retries = (yield* entries).filter(({ action }) => action === "retry")
      expect(retries.map(({ after }) => after)).toEqual([
        { status: "pending" },
        { status: "pending" },
        { status: "pending", changedInput: ["text"] },
        { status: "pending", changedInput: ["password"] }
      ])
      expect(JSON.stringify(retries)).not.toMatch(/first-text|roma|-password|••••/u)
    })
  )
)

inDatabase(
  "keeps a new job and its entry in one transaction, with a key and without one",
  inTrail(
    Effect.gen(function* () {
      const jobs = yield* Jobs
      const keyed = as(olga)(jobs.create({ jobType: "idle", input: {} }, { idempotencyKey: "k" }))
      const made = [yield* as(olga)(create), (yield* keyed).job]
      yield* keyed

      expect((yield* entries).map(({ target }) => target)).toEqual(made.map(({ jobId }) => jobId))
      expect(
        yield* column("SELECT a.at = j.created_at FROM audit_log a JOIN script_jobs j ON j.job_id = a.target")
      ).toEqual([true, true])
    })
  )
)

inDatabase(
  "names a new job by the readable id that it got where its own was taken",
  inTrail(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { jobId } = yield* create
      const rowOf = yield* makeRowOf
      const type = yield* (yield* JobTypes).named("idle")
      const own = rowOf({ jobType: "idle", input: {} }, type, {}, yield* DateTime.now, { organisationId: "default" })
      const row = { ...own, job_id: jobId }
      const plain = plainRowsOf([row])
      const entry = yield* as(olga)(
        entryOfCreation(row.id, row.job_id).pipe(
          Effect.provideService(CurrentNoteOfCreation, { note: { action: "create" }, isWritten: false })
        )
      )

      yield* sql`
        SELECT FROM create_jobs_at_once(
          NULL, NULL, ${sentPlain(sql, plain)}, 'default', 'idle', NULL, ${JSON.stringify([entry])}::text::json,
          0, NULL, NULL, NULL, NULL, NULL
        )`

      const [target] = (yield* entries).map((each) => each.target)
      expect(target).not.toBe(jobId)
      expect(yield* column(`SELECT job_id FROM script_jobs WHERE id = '${row.id}'`)).toEqual([target])
    })
  )
)

inDatabase(
  "keeps who took a job from a worker that did not stop",
  inTrail(
    Effect.gen(function* () {
      const { id, jobId } = yield* create
      yield* firstClaim
      yield* as(olga)(Effect.flatMap(Jobs, (jobs) => jobs.cancel(id)))
      yield* run("UPDATE script_jobs SET cancel_requested_at = now() - interval '61 seconds'")

      yield* as(olga)(Effect.flatMap(JobStops, ({ stopNow }) => stopNow(id)))

      expect((yield* entries).at(-1)).toMatchObject({
        action: "cancel",
        name: "Olga",
        target: jobId,
        reason: "stopped at once",
        before: { status: "in_progress", cancelling: true },
        after: { status: "cancelled" }
      })
    })
  )
)

inDatabase(
  "names who makes a job, pauses a lane or makes a schedule",
  inTrail(
    Effect.gen(function* () {
      const job = yield* as(admin)(create)
      const { paused } = yield* as(admin)(
        Effect.flatMap(Lanes, (lanes) => lanes.pause("browser", { reason: "Repairs" }))
      )
      yield* as(admin)(Effect.flatMap(Lanes, (lanes) => lanes.resume("browser")))
      const schedules = yield* JobSchedules
      const schedule = yield* as(admin)(
        schedules.create({ name: "Nightly", cron: "0 3 * * *", jobType: "idle", input: {} })
      )
      const weekly = { name: "Weekly", cron: "0 3 * * 1", jobType: "idle", input: {} }
      const once = as(admin)(schedules.createOnce(weekly, { idempotencyKey: "monday" }))
      const { schedule: second } = yield* Effect.andThen(once, once)
      yield* as(admin)(schedules.update(schedule.id, { paused: true }))
      yield* as(admin)(schedules.remove(schedule.id))

      expect([job.createdBy, paused?.by, schedule.createdBy]).toEqual(["key-1", "Olga", "key-1"])
      expect((yield* entries).map(({ action, reason, target }) => [action, target, reason])).toEqual([
        ["create", job.jobId, undefined],
        ["pause", "lane browser", "Repairs"],
        ["resume", "lane browser", undefined],
        ["schedule-create", schedule.id, undefined],
        ["schedule-create", second.id, undefined],
        ["schedule-change", schedule.id, undefined],
        ["schedule-remove", schedule.id, undefined]
      ])
    })
  )
)

inDatabase(
  "runs more schedules at once than there are connections",
  inTrail(
    Effect.gen(function* () {
      const schedules = yield* JobSchedules
      const ids = yield* Effect.forEach(Array.from({ length: 20 }).keys(), (index) =>
        Effect.map(
          as(admin)(schedules.create({ name: `Nightly ${index}`, cron: "0 3 * * *", jobType: "idle", input: {} })),
          ({ id }) => id
        )
      )

      const jobs = yield* as(admin)(Effect.forEach(ids, schedules.runNow, { concurrency: "unbounded" }))

      expect(new Set(jobs.map(({ id }) => id)).size).toBe(20)
    })
  )
)

inDatabase(
  "keeps what somebody did to many jobs as one entry, with the filter",
  inTrail(
    Effect.gen(function* () {
      const start = Effect.flatMap(BulkJobs, (bulk) => bulk.start({ action: "retry", filter: { status: ["failed"] } }))

      const { job } = yield* as(olga)(start.pipe(Effect.provide(bulkJobs)))

      expect(job.createdBy).toBe("key-1")
      expect(yield* entries).toEqual([
        expect.objectContaining({
          action: "bulk",
          target: job.jobId,
          after: { input: expect.objectContaining({ action: "retry", filter: { status: ["failed"] } }) }
        })
      ])
    })
  )
)

inDatabase(
  "keeps who answered a question, and never the answer",
  inTrail(
    Effect.gen(function* () {
      const { claimed, id } = yield* asking
      const answer = Effect.flatMap(Jobs, (jobs) =>
        jobs.answer(claimed.lease.jobId, { promptId: id, value: "123 456" })
      )
      const { jobId } = yield* as(olga)(answer)

      const trail = yield* run("SELECT * FROM audit_log")

      expect(yield* column("SELECT answered_by FROM job_prompts")).toEqual(["Olga"])
      expect(trail).toEqual([expect.objectContaining({ action: "answer", target: jobId, name: "Olga" })])
      expect(JSON.stringify(trail)).not.toMatch(/123 ?456/u)
    })
  )
)

inDatabase(
  "leaves no entry of what was refused, nor of what Callboard does itself",
  inTrail(
    Effect.gen(function* () {
      const jobs = yield* Jobs
      const job = yield* create
      yield* jobs.cancel(job.id)

      const refused = yield* Effect.flip(as(olga)(jobs.cancel(job.id)))

      expect(refused._tag).toBe("JobConflict")
      expect(job).not.toHaveProperty("createdBy")
      expect(yield* entries).toEqual([])
    })
  )
)

inDatabase(
  "does nothing that it cannot keep an entry of",
  inTrail(
    Effect.gen(function* () {
      const jobs = yield* Jobs
      const job = yield* create
      yield* run("ALTER TABLE audit_log ADD CONSTRAINT no_room CHECK (false) NOT VALID")

      const failed = yield* Effect.flip(as(olga)(jobs.cancel(job.id))).pipe(
        Effect.ensuring(Effect.orDie(run("ALTER TABLE audit_log DROP CONSTRAINT no_room")))
      )

      expect(failed._tag).toBe("JobsUnavailable")
      expect(yield* column("SELECT status FROM script_jobs")).toEqual(["pending"])
      expect((yield* (yield* JobReports).byIds([job.id]))[0]).toMatchObject({ status: "pending" })
    })
  )
)
