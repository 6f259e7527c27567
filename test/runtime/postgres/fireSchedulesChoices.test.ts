import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { aDueSchedule, age, aSchedule, fireDue, jobsMade, look } from "../../support/schedules.ts"
import { idle, scripted } from "../../support/scripts.ts"

const other = scripted("other", () => Effect.succeed(null))

const inDatabase = databaseTests(idle, other)

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
  "takes no start for missed that waited for its turn among many",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const last = yield* aDueSchedule({ missedRuns: "skip", jobType: "other" }, 1)
    const pattern = yield* aDueSchedule({ missedRuns: "skip" })
    yield* sql`
      INSERT INTO job_schedules SELECT (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'name', 'Copy ' || n))).*
      FROM job_schedules s, generate_series(1, 99) n WHERE s.id = ${pattern.id}::uuid`
    expect(yield* fireDue).toBe(100)
    // It was due a minute before the first of them started, so by now for longer than that.
    yield* sql`
      UPDATE job_schedules SET next_run_at = (SELECT min(last_run_at) FROM job_schedules) - interval '1 minute'
      WHERE id = ${last.id}::uuid`

    expect(yield* fireDue).toBe(1)

    expect((yield* look(last)).lastSkipped).toBeUndefined()
  })
)

inDatabase(
  "judges by what others have done so far where it joins them, and takes for missed what was late before they began",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* Effect.forEach([10, 50, 90, 200], (seconds) =>
      Effect.tap(
        aSchedule({ jobType: "other" }),
        ({ id }) =>
          sql`UPDATE job_schedules SET last_job_id = gen_random_uuid(), last_run_at = now() - ${seconds} * interval '1 second' WHERE id = ${id}::uuid`
      )
    )
    const waited = yield* aDueSchedule({ missedRuns: "skip" }, 100)
    const missed = yield* aDueSchedule({ missedRuns: "skip" }, 170)

    expect(yield* fireDue).toBe(1)

    expect((yield* look(waited)).lastSkipped).toBeUndefined()
    expect((yield* look(missed)).lastSkipped?.because).toBe("missed")
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
