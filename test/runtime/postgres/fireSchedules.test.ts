import { expect } from "bun:test"
import { DateTime, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { isAnyDue } from "../../../src/runtime/postgres/fireSchedules.ts"
import { SecretBox } from "../../../src/runtime/SecretBox.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { aDueSchedule, age, aSchedule, fireDue, jobsMade, look, schedulesWith } from "../../support/schedules.ts"
import { idle } from "../../support/scripts.ts"

const inDatabase = databaseTests(idle)

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
