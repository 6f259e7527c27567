import { expect } from "bun:test"
import { DateTime, Effect, Option, References, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { nextTime } from "../../../src/domain/CronExpression.ts"
import { ScheduleId } from "../../../src/domain/JobSchedule.ts"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { defineJobType } from "../../../src/domain/JobType.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scripted } from "../../support/scripts.ts"

const other = scripted("other", () => Effect.succeed(null))

const open = defineJobType({
  ...{ name: "open", title: "Open", description: "Shows its password.", lane: "default", steps: [] },
  input: Schema.Struct({ password: Schema.optionalKey(Schema.String) }),
  result: Schema.Null,
  example: {},
  run: () => Effect.succeed(null)
})

const inDatabase = databaseTests(idle, other, open)

const nightly = { name: "Nightly", cron: "30 2 * * *", jobType: "idle", input: {} }

inDatabase(
  "creates a schedule with defaults and its next time, found by id and in the list",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules

    const made = yield* schedules.create(nightly, { createdBy: "ada" })

    expect(made).toMatchObject({
      ...nightly,
      timeZone: "UTC",
      missedRuns: "run_once",
      overlap: "allow",
      options: {},
      createdBy: "ada",
      organisationId: "default",
      revision: 1
    })
    expect(made.nextRunAt).toEqual(Option.getOrThrow(nextTime("30 2 * * *", "UTC", made.createdAt)))
    expect(Object.keys(made)).not.toContain("lastRunAt")
    expect(yield* schedules.get(made.id)).toEqual(made)
    expect(yield* schedules.list({ limit: 10 })).toEqual({ schedules: [made] })
  })
)

inDatabase(
  "keeps every setting, and reads the expression in its zone",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const settings = {
      timeZone: "Asia/Tokyo",
      missedRuns: "skip",
      overlap: "skip",
      options: {
        priority: 7,
        labels: ["night"],
        restaurantId: "bella",
        maxRetries: 0,
        timeoutMs: 5_000,
        clientRef: "r"
      }
    } as const

    const made = yield* schedules.create({ ...nightly, ...settings })

    expect(made).toMatchObject(settings)
    // 02:30 in Tokyo, which knows no summer time.
    expect(DateTime.formatIso(made.nextRunAt!)).toMatch(/T17:30:00\.000Z$/u)
  })
)

inDatabase(
  "seals a secret before it reaches the database, and masks it for callers",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const sql = yield* SqlClient.SqlClient

    const made = yield* schedules.create({ ...nightly, input: { password: "hunter2", text: "hi" } })

    expect(made.input).toEqual({ password: "••••", text: "hi" })
    const [row] = yield* sql<{ text: string }>`SELECT job_schedules::text AS text FROM job_schedules`
    expect(row!.text).toContain("$sealed")
    expect(row!.text).not.toContain("hunter2")
  })
)

inDatabase(
  "refuses what no job could be made of, and a name that is taken",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const second = yield* schedules.create({ ...nightly, name: "Second" })
    const refuse = (changes: object) => Effect.flip(schedules.create({ ...nightly, ...changes }))

    expect(yield* refuse({ jobType: "nope" })).toMatchObject({
      _tag: "UnknownJobType",
      known: ["idle", "other", "open"]
    })
    expect(yield* refuse({ input: { text: 1 } })).toMatchObject({ _tag: "InvalidInput", issues: [{ path: "text" }] })
    expect((yield* refuse({ input: { password: "••••" } }))._tag).toBe("InvalidInput")
    expect(yield* refuse({ name: "Second" })).toMatchObject({ _tag: "ScheduleNameTaken", name: "Second" })
    expect((yield* schedules.list({ limit: 10 })).schedules).toEqual([second])

    const first = yield* schedules.create(nightly)
    expect((yield* Effect.flip(schedules.update(first.id, { name: "Second" })))._tag).toBe("ScheduleNameTaken")
    expect((yield* schedules.get(first.id)).name).toBe("Nightly")
  })
)

inDatabase(
  "pages by name, without a gap or a double",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    yield* Effect.forEach(["c", "a", "é", "b", "d"], (name) => schedules.create({ ...nightly, name }))
    const all = yield* schedules.list({ limit: 5 })

    const first = yield* schedules.list({ limit: 2 })
    const second = yield* schedules.list({ limit: 2, cursor: first.nextCursor! })
    const third = yield* schedules.list({ limit: 2, cursor: second.nextCursor! })

    expect(all.schedules.map(({ name }) => name).slice(0, 3)).toEqual(["a", "b", "c"])
    expect([first, second, third].flatMap((page) => page.schedules)).toEqual([...all.schedules])
    expect([all.nextCursor, third.nextCursor]).toEqual([undefined, undefined])
    expect((yield* Effect.flip(schedules.list({ limit: 2, cursor: "*" })))._tag).toBe("InvalidCursor")
  })
)

inDatabase(
  "shows the schedules that it can read when one was written by a newer version",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const sql = yield* SqlClient.SqlClient
    const good = yield* schedules.create(nightly)
    const odd = yield* schedules.create({ ...nightly, name: "Odd" })
    yield* sql`UPDATE job_schedules SET options = '{"priority": "urgent"}' WHERE id = ${odd.id}::uuid`

    expect(yield* schedules.list({ limit: 10 })).toEqual({ schedules: [good] })
    expect((yield* schedules.list({ limit: 1 })).nextCursor).toBeDefined()
  }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))
)

inDatabase(
  "moves the next time when the expression or the zone changes, and leaves it alone otherwise",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const made = yield* schedules.create(nightly)

    const renamed = yield* schedules.update(made.id, { name: "Late", options: { priority: 3 }, overlap: "skip" })
    expect(renamed).toMatchObject({ name: "Late", options: { priority: 3 }, overlap: "skip", revision: 2 })
    expect(renamed.nextRunAt).toEqual(made.nextRunAt!)

    const inTokyo = yield* schedules.update(made.id, { timeZone: "Asia/Tokyo" })
    expect(DateTime.formatIso(inTokyo.nextRunAt!)).toContain("T17:30:00")
    const hourly = yield* schedules.update(made.id, { cron: "5 * * * *" })
    expect(DateTime.formatIso(hourly.nextRunAt!)).toContain(":05:00")
    expect(hourly).toMatchObject({ name: "Late", cron: "5 * * * *", timeZone: "Asia/Tokyo", options: { priority: 3 } })
  })
)

inDatabase(
  "has no next time while it is paused, and one in the future when it goes on",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const made = yield* schedules.create({ ...nightly, cron: "* * * * *", paused: true })
    expect(made.pausedAt).toBeDefined()
    expect(made.nextRunAt).toBeUndefined()

    const changed = yield* schedules.update(made.id, { cron: "*/2 * * * *" })
    expect(changed).toMatchObject({ cron: "*/2 * * * *", pausedAt: made.pausedAt! })
    expect(changed.nextRunAt).toBeUndefined()

    const resumed = yield* schedules.update(made.id, { paused: false })
    expect(resumed.pausedAt).toBeUndefined()
    expect(resumed.nextRunAt!.epochMilliseconds).toBeGreaterThanOrEqual(resumed.updatedAt.epochMilliseconds)
    expect(resumed.nextRunAt!.epochMilliseconds % 120_000).toBe(0)
  })
)

inDatabase(
  "checks a new input, and the old one against a new job type, and keeps secrets sealed",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const sql = yield* SqlClient.SqlClient
    const made = yield* schedules.create({ ...nightly, input: { password: "hunter2" } })
    const refuse = (changes: object) => Effect.flip(schedules.update(made.id, changes))

    expect(yield* refuse({ input: { text: 1 } })).toMatchObject({ _tag: "InvalidInput", issues: [{ path: "text" }] })
    expect((yield* refuse({ input: made.input }))._tag).toBe("InvalidInput")
    expect((yield* refuse({ jobType: "nope" }))._tag).toBe("UnknownJobType")
    expect(yield* schedules.get(made.id)).toEqual(made)

    const retyped = yield* schedules.update(made.id, { jobType: "other" })
    expect(retyped).toMatchObject({ jobType: "other", input: { password: "••••" } })
    const [row] = yield* sql<{ text: string }>`SELECT input_payload::text AS text FROM job_schedules`
    expect(row!.text).not.toContain("hunter2")
    expect(row!.text).toContain("$sealed")
  })
)

inDatabase(
  "asks for the input with a new job type that would show what is secret",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const secret = yield* schedules.create({ ...nightly, input: { password: "hunter2" } })
    const without = yield* schedules.create({ ...nightly, name: "Without" })

    expect(yield* Effect.flip(schedules.update(secret.id, { jobType: "open" }))).toMatchObject({
      _tag: "InvalidInput",
      issues: [{ message: "Send the input with the new job type" }]
    })
    expect(yield* schedules.get(secret.id)).toEqual(secret)
    expect(yield* schedules.update(without.id, { jobType: "open" })).toMatchObject({ jobType: "open", input: {} })
  })
)

inDatabase(
  "asks for the input with a new job type when the old one is not known any more",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const sql = yield* SqlClient.SqlClient
    const { id } = yield* schedules.create(nightly)
    yield* sql`UPDATE job_schedules SET job_type = 'gone'`

    expect(yield* schedules.get(id)).toMatchObject({ jobType: "gone", input: {} })
    expect((yield* schedules.update(id, { paused: true })).pausedAt).toBeDefined()
    expect((yield* Effect.flip(schedules.update(id, { jobType: "idle" })))._tag).toBe("InvalidInput")
    expect(yield* schedules.update(id, { jobType: "idle", input: { text: "x" } })).toMatchObject({
      jobType: "idle",
      input: { text: "x" }
    })
  })
)

inDatabase(
  "removes a schedule once, and knows nothing of it afterwards",
  Effect.gen(function* () {
    const schedules = yield* JobSchedules
    const { id } = yield* schedules.create(nightly)
    const kept = yield* schedules.create({ ...nightly, name: "Kept" })

    yield* schedules.remove(id)

    for (const call of [schedules.remove(id), schedules.get(id), schedules.update(id, {}), schedules.runNow(id)]) {
      expect(yield* Effect.flip<unknown, unknown, never>(call)).toMatchObject({ _tag: "ScheduleNotFound", ref: id })
    }
    expect(yield* schedules.get(kept.id)).toEqual(kept)
    expect((yield* Effect.flip(schedules.get(ScheduleId.make(Bun.randomUUIDv7()))))._tag).toBe("ScheduleNotFound")
  })
)
