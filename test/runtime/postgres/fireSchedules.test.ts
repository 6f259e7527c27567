import { expect } from "bun:test"
import { DateTime, Effect, Layer, References } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import type { CreateSchedule, JobSchedule } from "../../../src/domain/JobSchedule.ts"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { Jobs, JobsUnavailable } from "../../../src/domain/Jobs.ts"
import { isAnyDue } from "../../../src/runtime/postgres/fireSchedules.ts"
import * as PgJobSchedules from "../../../src/runtime/postgres/PgJobSchedules.ts"
import { SecretBox } from "../../../src/runtime/SecretBox.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scripted } from "../../support/scripts.ts"

const other = scripted("other", () => Effect.succeed(null))

const broken = {
  ...scripted("broken", () => Effect.succeed(null)),
  parseInput: (input: unknown) =>
    (input as { text?: string }).text === "fine" ? Effect.succeed(input) : Effect.die("bug")
}

const inDatabase = databaseTests(idle, other, broken)

const silently = Effect.provideService(References.MinimumLogLevel, "None")

let made = 0

const aSchedule = (changes: Partial<CreateSchedule> = {}) =>
  Effect.flatMap(JobSchedules, (schedules) =>
    schedules.create({ name: `Schedule ${++made}`, cron: "0 4 * * *", jobType: "idle", input: {}, ...changes })
  )

/** Its next run was due this many seconds ago. */
const age = (schedule: JobSchedule, seconds: number) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) =>
      sql`UPDATE job_schedules SET next_run_at = now() - ${seconds} * interval '1 second' WHERE id = ${schedule.id}::uuid`
  )

const aDueSchedule = (changes: Partial<CreateSchedule> = {}, seconds = 5) =>
  Effect.tap(aSchedule(changes), (schedule) => age(schedule, seconds))

const look = (schedule: JobSchedule) => Effect.flatMap(JobSchedules, ({ get }) => get(schedule.id))

const fireDue = Effect.flatMap(JobSchedules, (schedules) => schedules.fireDue)

const jobsMade = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ id: string; jobType: string }>`SELECT id, job_type FROM script_jobs ORDER BY id`
)

/** Schedules over jobs that behave otherwise in `create`. */
const schedulesWith = (change: (create: Jobs["Service"]["create"]) => Jobs["Service"]["create"]) =>
  Layer.fresh(PgJobSchedules.layer).pipe(
    Layer.provide(
      Layer.effect(
        Jobs,
        Effect.map(Jobs, (jobs) => ({ ...jobs, create: change(jobs.create) }))
      )
    )
  )

inDatabase(
  "makes the job of what is due with all its settings, goes on with the next time, and leaves the rest alone",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const box = yield* SecretBox
    const options = { priority: 7, labels: ["night"], restaurantId: "bella", maxRetries: 0, timeoutMs: 5_000 }
    const due = yield* aDueSchedule({ input: { password: "hunter2", text: "hi" }, options })
    const early = yield* aSchedule()
    const paused = yield* aSchedule({ paused: true })

    expect(yield* fireDue).toBe(1)

    const fired = yield* look(due)
    expect(fired.nextRunAt).toEqual(due.nextRunAt!)
    expect(fired.lastRunAt).toBeDefined()
    const job = yield* jobs.get(fired.lastJobId!)
    expect(job).toMatchObject({ ...options, jobType: "idle", status: "pending", createdBy: `schedule:${due.id}` })
    const [claim] = yield* (yield* JobQueue).claim("default", 1)
    expect(yield* box.openInput(idle.inputSchema, claim!.input, claim!.id)).toMatchObject({
      input: { password: "hunter2", text: "hi" }
    })
    expect(yield* look(early)).toEqual(early)
    expect(yield* look(paused)).toEqual(paused)
    expect(yield* fireDue).toBe(0)
    expect(yield* jobsMade).toHaveLength(1)
  })
)

inDatabase(
  "makes one job for each run, however many fire at once",
  Effect.gen(function* () {
    const schedules = yield* Effect.forEach(Array.from({ length: 5 }), () => aDueSchedule())

    const counts = yield* Effect.all(
      Array.from({ length: 6 }, () => fireDue),
      { concurrency: "unbounded" }
    )

    expect(counts.reduce((sum, count) => sum + count)).toBe(5)
    const ids = yield* Effect.forEach(schedules, (schedule) => Effect.map(look(schedule), ({ lastJobId }) => lastJobId))
    expect((yield* jobsMade).map(({ id }) => id)).toEqual(ids.map(String).toSorted())
  })
)

inDatabase(
  "leaves no job behind when it stops between the job and the next time, and makes it in the next round",
  Effect.gen(function* () {
    const due = yield* aDueSchedule()
    const stopping = schedulesWith(
      (create) =>
        (...request) =>
          Effect.andThen(create(...request), Effect.interrupt)
    )

    yield* Effect.exit(Effect.provide(fireDue, stopping))
    expect(yield* jobsMade).toHaveLength(0)

    expect(yield* fireDue).toBe(1)
    const [job] = yield* jobsMade
    expect(String((yield* look(due)).lastJobId)).toBe(job!.id)
  })
)

inDatabase(
  "makes no second job when it stops there and the job was written outside of its transaction",
  Effect.gen(function* () {
    const due = yield* aDueSchedule()
    const outside = Effect.runPromiseWith(yield* Effect.context<never>())
    const stopping = schedulesWith(
      (create) =>
        (...request) =>
          Effect.andThen(
            Effect.promise(() => outside(create(...request))),
            Effect.interrupt
          )
    )

    yield* Effect.exit(Effect.provide(fireDue, stopping))
    const [job] = yield* jobsMade
    expect((yield* look(due)).lastJobId).toBeUndefined()
    expect(yield* fireDue).toBe(1)

    expect(yield* jobsMade).toEqual([job!])
    expect(String((yield* look(due)).lastJobId)).toBe(job!.id)
  })
)

inDatabase(
  "makes no second job either when the schedule was changed in between",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const jobs = yield* Jobs
    const due = yield* aDueSchedule({ input: { text: "old" } })
    const { nextRunAt } = yield* look(due)
    const idempotencyKey = `schedule ${due.id} ${DateTime.formatIso(nextRunAt!)}`
    yield* jobs.create({ jobType: "idle", input: { text: "old" } }, { idempotencyKey })

    yield* schedules.update(due.id, { input: { text: "new" } })
    expect(yield* fireDue).toBe(0)

    expect(yield* jobsMade).toHaveLength(1)
    expect((yield* look(due)).nextRunAt).toEqual(due.nextRunAt!)
  })
)

inDatabase(
  "makes one job for all runs that were missed, or none, by the schedule's choice",
  Effect.gen(function* () {
    const day = 24 * 60 * 60
    const once = yield* aDueSchedule({ cron: "* * * * *", missedRuns: "run_once" }, 3 * day)
    const skipped = yield* aDueSchedule({ cron: "* * * * *", missedRuns: "skip", jobType: "other" }, 90)
    const missedAt = (yield* look(skipped)).nextRunAt!

    expect(yield* fireDue).toBe(1)

    expect((yield* jobsMade).map(({ jobType }) => jobType)).toEqual(["idle"])
    expect((yield* look(skipped)).lastSkipped).toEqual({ at: missedAt, because: "missed" })
    for (const schedule of [once, skipped]) {
      const { nextRunAt, updatedAt } = yield* look(schedule)
      const wait = nextRunAt!.epochMilliseconds - updatedAt.epochMilliseconds
      expect(wait).toBeGreaterThanOrEqual(0)
      expect(wait).toBeLessThanOrEqual(60_000)
    }
  })
)

inDatabase(
  "does not take a start within the minute for missed",
  Effect.gen(function* () {
    const punctual = yield* aDueSchedule({ missedRuns: "skip" }, 50)

    expect(yield* fireDue).toBe(1)
    expect((yield* look(punctual)).lastSkipped).toBeUndefined()
  })
)

inDatabase(
  "leaves a run out while the former job has not ended, where overlap is skip",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const alone = yield* aDueSchedule({ overlap: "skip" })
    const free = yield* aDueSchedule({ overlap: "allow", jobType: "other" })
    yield* fireDue
    const { lastJobId } = yield* look(alone)

    yield* Effect.forEach([alone, free], (schedule) => age(schedule, 5))
    expect(yield* fireDue).toBe(1)
    expect((yield* jobsMade).map(({ jobType }) => jobType).toSorted()).toEqual(["idle", "other", "other"])
    const held = yield* look(alone)
    expect(held).toMatchObject({ lastJobId, lastSkipped: { because: "overlap" }, nextRunAt: alone.nextRunAt! })

    yield* jobs.cancel(lastJobId!)
    yield* age(alone, 5)
    expect(yield* fireDue).toBe(1)
    expect((yield* look(alone)).lastJobId).not.toBe(lastJobId)
  })
)

inDatabase(
  "takes a former job that was removed for ended",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const alone = yield* aDueSchedule({ overlap: "skip" })
    yield* fireDue
    yield* sql`DELETE FROM script_jobs`
    yield* age(alone, 5)

    expect(yield* fireDue).toBe(1)
  })
)

inDatabase(
  "keeps the reason why a schedule cannot run where people see it, and holds up no other",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const sql = yield* SqlClient.SqlClient
    const gone = yield* aDueSchedule({}, 30)
    const unfit = yield* aDueSchedule({ input: { text: "x" } }, 29)
    const foreign = yield* aDueSchedule({ input: { password: "hunter2" } }, 28)
    const buggy = yield* aDueSchedule({ jobType: "broken", input: { text: "fine" } }, 27)
    const good = yield* aDueSchedule()
    yield* sql`UPDATE job_schedules SET job_type = 'gone' WHERE id = ${gone.id}::uuid`
    yield* sql`UPDATE job_schedules SET input_payload = '{"text": 1, "odd": "hunter3"}' WHERE id = ${unfit.id}::uuid`
    yield* sql`
      UPDATE job_schedules SET input_payload = jsonb_set(input_payload, '{password}', (
        SELECT jsonb_build_object('$sealed', overlay(input_payload->'password'->>'$sealed' PLACING 'AAAA' FROM 20))
      )) WHERE id = ${foreign.id}::uuid`
    yield* sql`UPDATE job_schedules SET input_payload = '{}' WHERE id = ${buggy.id}::uuid`

    expect(yield* fireDue).toBe(1)

    expect((yield* look(gone)).lastError?.message).toBe('There is no job type "gone" on this server.')
    expect((yield* look(unfit)).lastError?.message).toMatch(
      /^Its input does not fit the job type "idle"\. odd: .*; text: /u
    )
    expect((yield* look(unfit)).lastError?.message).not.toContain("hunter3")
    expect((yield* look(foreign)).lastError?.message).toContain("sealed with a key")
    expect((yield* look(buggy)).lastError?.message).toContain("log")
    expect((yield* look(good)).lastJobId).toBeDefined()
    for (const schedule of [gone, unfit, foreign, buggy]) {
      expect((yield* look(schedule)).nextRunAt).toEqual(schedule.nextRunAt!)
    }

    yield* sql`UPDATE job_schedules SET job_type = 'idle' WHERE id = ${gone.id}::uuid`
    yield* age(gone, 5)
    expect(yield* fireDue).toBe(1)
    expect((yield* look(gone)).lastError).toBeUndefined()
    expect((yield* schedules.update(unfit.id, { input: { text: "again" } })).lastError).toBeUndefined()
  }).pipe(silently)
)

inDatabase(
  "binds a sealed secret to its schedule",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rich = yield* aSchedule({ input: { password: "hunter2" } })
    const thief = yield* aDueSchedule()
    yield* sql`
      UPDATE job_schedules SET input_payload = (SELECT input_payload FROM job_schedules WHERE id = ${rich.id}::uuid)
      WHERE id = ${thief.id}::uuid`

    expect(yield* fireDue).toBe(0)
    expect((yield* look(thief)).lastError?.message).toContain("sealed")
  })
)

inDatabase(
  "tries a job again that could not be stored, says so meanwhile, and fires the others",
  Effect.gen(function* () {
    const stuck = yield* aDueSchedule({}, 30)
    const dueAt = (yield* look(stuck)).nextRunAt
    const good = yield* aDueSchedule({ jobType: "other" })
    const failing = schedulesWith(
      (create) => (request, options) =>
        request.jobType === "idle"
          ? Effect.fail(new JobsUnavailable({ operation: "create", cause: new Error("full") }))
          : create(request, options)
    )

    expect(yield* Effect.provide(fireDue, failing)).toBe(1)
    expect((yield* look(good)).lastJobId).toBeDefined()
    expect(yield* look(stuck)).toMatchObject({
      nextRunAt: dueAt!,
      lastError: { message: expect.stringContaining("tried again") }
    })

    expect(yield* fireDue).toBe(1)
    expect((yield* look(stuck)).lastError).toBeUndefined()
  }).pipe(silently)
)

inDatabase(
  "pauses a schedule whose zone this server does not know, and says so",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const lost = yield* aDueSchedule()
    yield* sql`UPDATE job_schedules SET time_zone = 'Mars/Base'`

    expect(yield* fireDue).toBe(1)

    const paused = yield* look(lost)
    expect(paused.pausedAt).toBeDefined()
    expect(paused.lastError?.message).toContain("time zone")
    expect(yield* fireDue).toBe(0)
  })
)

inDatabase(
  "runs a schedule now, also while it is paused, without a change to its next time",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const going = yield* aSchedule()
    const paused = yield* aSchedule({ paused: true })

    for (const schedule of [going, paused]) {
      const job = yield* schedules.runNow(schedule.id)
      const { lastJobId, nextRunAt, pausedAt } = yield* look(schedule)
      expect({ lastJobId, nextRunAt, pausedAt }).toEqual({
        lastJobId: job.id,
        nextRunAt: schedule.nextRunAt,
        pausedAt: schedule.pausedAt
      })
    }
    expect(yield* jobsMade).toHaveLength(2)
  })
)

inDatabase(
  "keeps to the overlap when people run it at once, and says why it cannot run",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const sql = yield* SqlClient.SqlClient
    const alone = yield* aSchedule({ overlap: "skip" })

    const answers = yield* Effect.all(
      Array.from({ length: 4 }, () => Effect.result(schedules.runNow(alone.id))),
      { concurrency: "unbounded" }
    )
    expect(answers.filter(({ _tag }) => _tag === "Success")).toHaveLength(1)
    expect(yield* jobsMade).toHaveLength(1)

    yield* sql`UPDATE job_schedules SET job_type = 'gone', overlap = 'allow'`
    expect(yield* Effect.flip(schedules.runNow(alone.id))).toMatchObject({
      _tag: "ScheduleCannotRun",
      reason: 'There is no job type "gone" on this server.'
    })
  })
)

inDatabase(
  "tells from the index of due schedules whether there is one",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const isDue = Effect.map(sql<{ due: boolean }>`SELECT ${isAnyDue(sql)} AS due`, (rows) => rows[0]!.due)
    const schedule = yield* aSchedule()
    expect(yield* isDue).toBe(false)
    yield* age(schedule, 5)
    expect(yield* isDue).toBe(true)

    yield* sql`
      INSERT INTO job_schedules (id, name, cron, time_zone, job_type, input_payload, next_run_at)
      SELECT gen_random_uuid(), 'n' || n, '0 4 * * *', 'UTC', 'idle', '{}', now() + n * interval '1 minute'
      FROM generate_series(1, 5000) n`
    yield* sql`ANALYZE job_schedules`
    const plan = yield* sql<{ queryPlan: string }>`EXPLAIN SELECT ${isAnyDue(sql)}`.values
    expect(plan.flat().join("\n")).toContain("job_schedules_due")
  })
)
