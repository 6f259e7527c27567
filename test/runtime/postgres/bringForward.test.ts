import { expect } from "bun:test"
import { DateTime, Effect, Fiber } from "effect"
import { SqlClient } from "effect/sql"
import type { JobSchedule } from "../../../src/domain/JobSchedule.ts"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { aSchedule, fireDue, look } from "../../support/schedules.ts"
import { idle } from "../../support/scripts.ts"
import { beginByHand } from "./byHand.ts"

const inDatabase = databaseTests(idle)

const bringForward = Effect.flatMap(JobSchedules, (schedules) => schedules.bringForward)

/** As a database leaves it whose clock was 40 days ahead, and is right again. */
const setAhead = ({ id }: JobSchedule) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`
      UPDATE job_schedules SET created_at = now() + interval '40 days',
        next_run_at = CASE WHEN next_run_at IS NOT NULL THEN now() + interval '41 days' END
      WHERE id = ${id}::uuid`
  )

/** A minute that is not just coming, so that the time between two looks does not matter. */
const comesDaily = () => {
  const at = DateTime.toPartsUtc(DateTime.add(DateTime.nowUnsafe(), { hours: 2 }))
  return `${at.minute} ${at.hour} * * *`
}

inDatabase(
  "brings a schedule forward whose next time was set while the database's clock was ahead",
  Effect.gen(function* () {
    const schedule = yield* aSchedule({ cron: comesDaily() })
    yield* setAhead(schedule)
    expect(yield* fireDue).toBe(0)

    expect(yield* bringForward).toBe(1)

    expect((yield* look(schedule)).nextRunAt).toEqual(schedule.nextRunAt!)
    expect(yield* bringForward).toBe(0)
  })
)

inDatabase(
  "leaves alone what is paused, what comes rarely, and what was written by a clock that was right",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const paused = yield* aSchedule({ paused: true })
    const yearly = yield* aSchedule({ cron: "0 0 29 2 *" })
    const other = yield* aSchedule({ cron: comesDaily() })
    yield* setAhead(paused)
    yield* sql`UPDATE job_schedules SET created_at = now() + interval '1 year' WHERE id = ${yearly.id}::uuid`
    // As one that knows other rules for this time zone does.
    yield* sql`UPDATE job_schedules SET next_run_at = next_run_at + interval '1 hour' WHERE id = ${other.id}::uuid`
    const before = yield* Effect.forEach([paused, yearly, other], look)

    expect(yield* bringForward).toBe(0)

    expect(yield* Effect.forEach([paused, yearly, other], look)).toEqual(before)
    expect((yield* look(paused)).nextRunAt).toBeUndefined()
  })
)

inDatabase(
  "passes over one that somebody changes meanwhile",
  Effect.gen(function* () {
    const schedule = yield* aSchedule({ cron: comesDaily() })
    yield* setAhead(schedule)
    const person = yield* beginByHand
    yield* person.run(`UPDATE job_schedules SET paused_at = now(), next_run_at = NULL WHERE id = '${schedule.id}'`)

    expect(yield* bringForward).toBe(0)
    yield* person.commit

    expect(yield* bringForward).toBe(0)
    expect((yield* look(schedule)).nextRunAt).toBeUndefined()
  }).pipe(Effect.scoped)
)

inDatabase(
  "brings any number forward, each once, however many look",
  Effect.gen(function* () {
    const cron = comesDaily()
    const schedules = yield* Effect.forEach(Array.from({ length: 230 }), () => aSchedule({ cron }), { concurrency: 4 })
    yield* Effect.forEach(schedules, setAhead, { concurrency: 4 })

    const looks = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(bringForward))
    const brought = yield* Effect.forEach(looks, Fiber.join)

    expect(brought.reduce((sum, count) => sum + count)).toBe(230)
    for (const schedule of schedules.slice(0, 3)) {
      expect((yield* look(schedule)).nextRunAt).toEqual(schedule.nextRunAt!)
    }
  })
)
