import { expect } from "bun:test"
import { Duration, Effect, Fiber, Latch, Layer, Logger, Metric, Option } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { Artifacts } from "../../src/domain/Artifacts.ts"
import { JobQueue, QueueUnavailable } from "../../src/domain/JobQueue.ts"
import { JobSchedules } from "../../src/domain/JobSchedules.ts"
import { Jobs } from "../../src/domain/Jobs.ts"
import { JobTypes } from "../../src/domain/JobType.ts"
import { Cleanup, Upkeep } from "../../src/domain/Upkeep.ts"
import { cleanupLayer, keepTidy, takeOver, tidy } from "../../src/runtime/Janitor.ts"
import { RunningJobs } from "../../src/runtime/RunningJobs.ts"
import { Wakeups } from "../../src/runtime/Wakeups.ts"
import { it } from "../support/effect.ts"
import { databaseTests } from "../support/PgServices.ts"
import { idle, scripted } from "../support/scripts.ts"
import { add, claim, complete, firstClaim, get } from "./postgres/builders.ts"
import { beginByHand } from "./postgres/byHand.ts"

const once = scripted("once", () => Effect.succeed(null), { retry: { maxRetries: 0 } })

const inDatabase = databaseTests(idle, once)

const keep = Duration.days(30)
const nothing = { rescued: 0, expired: 0, timedOut: 0, removed: 0, scheduled: 0 }
/** Asked again and again until it is so. */
const until = <A, E, R>(look: Effect.Effect<A, E, R>, isSo: (found: A) => boolean) =>
  Effect.sleep("10 millis").pipe(Effect.andThen(look), Effect.repeat({ until: isSo }))

const worker = Layer.mergeAll(
  Wakeups.layer,
  RunningJobs.layer(Duration.seconds(30), {}),
  Layer.mock(Artifacts, { sweep: Effect.succeed(0) }),
  Layer.mock(JobQueue, { completeSoon: () => undefined }),
  Layer.mock(JobTypes, { all: [], own: [], unavailable: [], find: () => Option.none() }),
  Layer.mock(JobSchedules, { fireDue: Effect.succeed(0), bringForward: Effect.succeed(0) })
)

const age = (what: string) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(what))

inDatabase(
  "fails what it takes from a worker with its own error where the next try would come after the job expires",
  Effect.gen(function* () {
    const { id } = yield* add()
    const claims = yield* claim()
    yield* age("UPDATE job_leases SET timeout_at = now() - interval '2 minutes'")
    yield* age("UPDATE script_jobs SET expires_at = now() + interval '4 seconds'")

    yield* tidy(
      keep,
      claims.map(({ lease }) => lease)
    )

    expect(yield* get(id)).toMatchObject({
      status: "failed",
      error: { code: "TIMEOUT", hint: expect.stringContaining("Its next try would come after the job expires") }
    })
  })
)

inDatabase(
  "takes jobs from a worker that cannot stop them, and lets those try again that have tries left",
  Effect.gen(function* () {
    const retried = yield* add()
    const ended = yield* add({ jobType: "once" })
    const claims = yield* claim()
    yield* age("UPDATE job_leases SET timeout_at = now() - interval '2 minutes'")

    expect(
      yield* tidy(
        keep,
        claims.map(({ lease }) => lease)
      )
    ).toEqual({ ...nothing, timedOut: 2 })

    expect(yield* get(retried.id)).toMatchObject({ status: "pending", retryCount: 1, error: { code: "TIMEOUT" } })
    expect(yield* get(ended.id)).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } })
    expect((yield* Effect.flip(complete(claims[0]!)))._tag).toBe("LeaseLost")
    expect(yield* tidy(keep, [])).toEqual(nothing)
  })
)

inDatabase(
  "counts what it takes from a worker in the lane where that ran, whatever lane its type has",
  Effect.gen(function* () {
    yield* (yield* Jobs).create({ jobType: "once", input: {} }, { lane: "quick" })
    yield* (yield* JobQueue).claim("quick", 1)
    yield* age("UPDATE job_leases SET timeout_at = now() - interval '2 minutes'")
    const counted = yield* Effect.andThen(tidy(keep, []), Metric.snapshot).pipe(
      Effect.provideService(Metric.MetricRegistry, new Map())
    )

    expect(counted.find(({ id }) => id === "callboard_jobs_ended_total")?.attributes).toMatchObject({ lane: "quick" })
  })
)

inDatabase(
  "does everything that is due in one round, and nothing while somebody else is at it",
  Effect.gen(function* () {
    const { alone } = yield* Upkeep
    const cleanup = yield* Cleanup
    const lost = yield* add()
    yield* firstClaim
    const late = yield* add()
    yield* age("UPDATE job_leases SET expires_at = now() - interval '1 second'")
    yield* age(`UPDATE script_jobs SET expires_at = now() WHERE id = '${late.id}'`)
    const inside = yield* Latch.make()
    const go = yield* Latch.make()
    const other = yield* Effect.forkChild(alone(Effect.andThen(Latch.open(inside), Latch.await(go))))
    yield* Latch.await(inside)

    expect(yield* cleanup.run).toEqual(nothing)
    yield* Latch.open(go)
    yield* Fiber.join(other)
    expect(yield* cleanup.run).toEqual({ ...nothing, rescued: 1, expired: 1 })

    expect((yield* get(lost.id)).status).toBe("pending")
    expect((yield* get(late.id)).status).toBe("failed")
  }).pipe(Effect.provide(cleanupLayer(keep)))
)

inDatabase(
  "gives jobs of dead workers back while the removal of old jobs has not ended",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const wakeups = yield* Wakeups
    const old = yield* add()
    yield* Effect.flatMap(firstClaim, (claimed) => complete(claimed))
    yield* sql`INSERT INTO job_logs (job_id, attempt, at, level, message) VALUES (${old.id}::uuid, 1, now(), 'info', '')`
    const byHand = yield* beginByHand
    yield* byHand.run("SELECT FROM job_logs FOR UPDATE")
    yield* Effect.forkScoped(keepTidy(Duration.zero))

    yield* wakeups.untidy
    const waits = sql`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%DELETE FROM job_logs%'`
    yield* until(waits, (found) => found.length === 1)
    const lost = yield* add()
    yield* firstClaim
    yield* age("UPDATE job_leases SET expires_at = now() - interval '1 second'")
    yield* wakeups.untidy

    yield* until(get(lost.id), ({ status }) => status === "pending")
    expect(yield* sql`SELECT id FROM job_logs`).toHaveLength(1)
    // Elsewhere nobody removes anything meanwhile, and everything else is done.
    expect(yield* tidy(Duration.zero, [])).toEqual(nothing)
    yield* byHand.rollback
    yield* until(sql`SELECT id FROM job_logs`, (left) => left.length === 0)
  }).pipe(
    Effect.scoped,
    Effect.provide([
      Wakeups.layer,
      RunningJobs.layer(Duration.seconds(30), {}),
      Layer.mock(Artifacts, { sweep: Effect.succeed(0) })
    ])
  )
)

it.effect("goes on at once while schedules are due", () => {
  const due = [100, 100, 3, 0]
  return Effect.gen(function* () {
    yield* Effect.forkScoped(keepTidy(keep))
    yield* (yield* Wakeups).untidy
    yield* TestClock.adjust("1 second")

    expect(due).toEqual([])
  }).pipe(
    Effect.scoped,
    Effect.provide([
      worker,
      Layer.mock(JobSchedules, { fireDue: Effect.sync(() => due.shift() ?? 0), bringForward: Effect.succeed(0) }),
      Layer.mock(Upkeep, { alone: () => Effect.succeed(undefined), removeOld: () => Effect.succeed(0) })
    ])
  )
})

it.effect("looks at its start and every ten minutes for schedules that wait too long", () => {
  let looks = 0
  return Effect.gen(function* () {
    yield* Effect.forkScoped(keepTidy(keep))
    yield* TestClock.adjust("1 second")
    expect(looks).toBe(1)

    yield* TestClock.adjust("20 minutes")

    expect(looks).toBe(3)
  }).pipe(
    Effect.scoped,
    Effect.provide([
      worker,
      Layer.mock(JobSchedules, { fireDue: Effect.succeed(0), bringForward: Effect.sync(() => ++looks) }),
      Layer.mock(Upkeep, { alone: () => Effect.succeed(undefined), removeOld: () => Effect.succeed(0) })
    ])
  )
})

it.effect("removes what is old while schedules keep coming due", () => {
  let removals = 0
  return Effect.gen(function* () {
    yield* Effect.forkScoped(keepTidy(keep))
    yield* (yield* Wakeups).untidy
    yield* TestClock.adjust("1 minute")

    expect(removals).toBeGreaterThan(2)
  }).pipe(
    Effect.scoped,
    Effect.provide([
      worker,
      Layer.mock(JobSchedules, { fireDue: Effect.as(Effect.sleep("4 seconds"), 100), bringForward: Effect.succeed(0) }),
      Layer.mock(Upkeep, {
        alone: () => Effect.succeed(undefined),
        removeOld: () => Effect.sync(() => void removals++).pipe(Effect.as(0))
      })
    ])
  )
})

it.effect("counts the rounds that failed, because old jobs that stay are noticed by nobody else", () =>
  Effect.gen(function* () {
    const unavailable = new QueueUnavailable({ operation: "removeOld", cause: "57014" })
    const counted = yield* Effect.forkScoped(keepTidy(keep)).pipe(
      Effect.andThen(TestClock.adjust("20 minutes")),
      Effect.andThen(Metric.snapshot),
      Effect.provideService(Metric.MetricRegistry, new Map()),
      Effect.provide(
        Layer.mock(Upkeep, { alone: () => Effect.succeed(undefined), removeOld: () => Effect.fail(unavailable) })
      )
    )

    const failed = counted.filter(({ id }) => id === "callboard_upkeep_failures_total")
    expect(failed).toMatchObject([{ attributes: { round: "removal" }, state: { count: 2 } }])
  }).pipe(Effect.scoped, Effect.provide(worker))
)

it.effect("tells what a removal removed that took many minutes, and does not complain of it", () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${message}`))
  return Effect.gen(function* () {
    yield* Effect.forkScoped(keepTidy(keep))
    // It begins after 10 minutes.
    yield* TestClock.adjust("39 minutes")
    expect(lines).toEqual([])

    yield* TestClock.adjust("1 minute")

    expect(lines).toEqual(["Info tidied up"])
  }).pipe(
    Effect.scoped,
    Effect.provide([
      Logger.layer([logger]),
      worker,
      Layer.mock(Upkeep, {
        alone: () => Effect.succeed(undefined),
        removeOld: () => Effect.as(Effect.sleep("30 minutes"), 100_000)
      })
    ])
  )
})

inDatabase(
  "takes back everything that a former self of the worker held",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`
      INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms, expires_at)
      SELECT gen_random_uuid(), 'JOB_20261121_000000_' || lpad(to_hex(n), 8, '0'), 'idle', 'default', '{}', 1, 3, 1000,
        now() + interval '1 day' FROM generate_series(1, 600) n`
    expect(yield* claim(600)).toHaveLength(600)
    yield* sql`UPDATE job_leases SET boot = gen_random_uuid()`

    yield* takeOver

    expect(yield* sql`SELECT count(*)::int AS leases FROM job_leases`).toEqual([{ leases: 0 }])
  })
)
