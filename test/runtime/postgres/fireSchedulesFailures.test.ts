import { expect } from "bun:test"
import { Effect, References } from "effect"
import { SqlClient } from "effect/sql"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { JobsUnavailable } from "../../../src/domain/Jobs.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { aDueSchedule, age, aSchedule, fireDue, look, schedulesWith } from "../../support/schedules.ts"
import { idle, scripted } from "../../support/scripts.ts"

const other = scripted("other", () => Effect.succeed(null))

const broken = {
  ...scripted("broken", () => Effect.succeed(null)),
  parseInput: (input: unknown) =>
    (input as { text?: string }).text === "fine" ? Effect.succeed(input) : Effect.die("bug")
}

const inDatabase = databaseTests(idle, other, broken)

const silently = Effect.provideService(References.MinimumLogLevel, "None")

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
  "leaves a schedule to another process that has its job type, as long as that one lives, and fires the others",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const added = yield* aDueSchedule({}, 30)
    yield* sql`UPDATE job_schedules SET job_type = 'added' WHERE id = ${added.id}::uuid`
    const good = yield* aDueSchedule()
    yield* sql`
      INSERT INTO workers (name, boot_id, lanes, types) VALUES ('newer', gen_random_uuid(), '{}', ARRAY['idle', 'added'])`
    const before = yield* look(added)

    expect(yield* fireDue).toBe(1)
    expect((yield* look(good)).lastJobId).toBeDefined()
    const left = yield* look(added)
    expect([left.nextRunAt, left.lastError]).toEqual([before.nextRunAt, undefined])

    yield* sql`UPDATE workers SET seen_at = now() - interval '16 seconds'`
    expect(yield* fireDue).toBe(0)
    expect((yield* look(added)).lastError?.message).toBe('There is no job type "added" on this server.')
  })
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
