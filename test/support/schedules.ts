/** Schedules as tests need them, on a real database. */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { CreateSchedule, JobSchedule } from "../../src/domain/JobSchedule.ts"
import { JobSchedules } from "../../src/domain/JobSchedules.ts"
import { Jobs } from "../../src/domain/Jobs.ts"
import * as PgJobSchedules from "../../src/runtime/postgres/PgJobSchedules.ts"

let made = 0

/** Every day at 04:00, of the job type `idle`. */
export const aSchedule = (changes: Partial<CreateSchedule> = {}) =>
  Effect.flatMap(JobSchedules, (schedules) =>
    schedules.create({ name: `Schedule ${++made}`, cron: "0 4 * * *", jobType: "idle", input: {}, ...changes })
  )

/** Its next run was due this many seconds ago. */
export const age = (schedule: JobSchedule, seconds: number) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) =>
      sql`UPDATE job_schedules SET next_run_at = now() - ${seconds} * interval '1 second' WHERE id = ${schedule.id}::uuid`
  )

export const aDueSchedule = (changes: Partial<CreateSchedule> = {}, seconds = 5) =>
  Effect.tap(aSchedule(changes), (schedule) => age(schedule, seconds))

export const look = (schedule: JobSchedule) => Effect.flatMap(JobSchedules, ({ get }) => get(schedule.id))

export const fireDue = Effect.flatMap(JobSchedules, (schedules) => schedules.fireDue)

export const jobsMade = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ id: string; jobType: string }>`SELECT id, job_type FROM script_jobs ORDER BY id`
)

/** Schedules over jobs that behave otherwise in `create`. */
export const schedulesWith = (change: (create: Jobs["Service"]["create"]) => Jobs["Service"]["create"]) =>
  Layer.fresh(PgJobSchedules.layer).pipe(
    Layer.provide(
      Layer.effect(
        Jobs,
        Effect.map(Jobs, (jobs) => ({ ...jobs, create: change(jobs.create) }))
      )
    )
  )
