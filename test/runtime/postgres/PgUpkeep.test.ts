import { expect } from "bun:test"
import { Duration, Effect, Fiber, Latch } from "effect"
import { SqlClient } from "effect/sql"
import type { JobId } from "../../../src/domain/JobId.ts"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"

const inDatabase = databaseTests(idle)

const add = () =>
  Effect.gen(function* () {
    return (yield* (yield* Jobs).create({ jobType: "idle", input: {} })).job
  })

const firstClaim = Effect.gen(function* () {
  const [claim] = yield* (yield* JobQueue).claim("default", 1)
  return claim!
})

const error = { code: "TIMEOUT", message: "late", retryable: true } as const
const statusOf = (id: JobId) => Effect.flatMap(Jobs, (jobs) => Effect.map(jobs.get(id), ({ status }) => status))

inDatabase(
  "takes over at once what the former self of this worker held",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const upkeep = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    const mine = yield* add()
    const theirs = yield* add()
    yield* queue.claim("default", 2)
    yield* sql`UPDATE job_leases SET boot = gen_random_uuid() WHERE id = ${mine.id}::uuid`
    yield* sql`
      UPDATE job_leases SET boot = gen_random_uuid(), owner = 'worker-b' WHERE id = ${theirs.id}::uuid`

    // It was seen a moment ago, and yet it is dead: this process has its name now.
    yield* queue.beat([], "claiming")

    expect(yield* upkeep.rescue([])).toBe(1)

    expect(yield* sql`SELECT crash_count FROM script_jobs WHERE id = ${mine.id}::uuid`).toEqual([{ crashCount: 1 }])
    expect((yield* (yield* Jobs).get(mine.id)).status).toBe("pending")
    expect((yield* (yield* Jobs).get(theirs.id)).status).toBe("in_progress")
  })
)

inDatabase(
  "fails a job that took its worker down three times",
  Effect.gen(function* () {
    const upkeep = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    const { id } = yield* add()
    for (let crash = 0; crash < 3; crash++) {
      yield* firstClaim
      yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second' WHERE id = ${id}::uuid`
      yield* upkeep.rescue([])
    }

    const job = yield* (yield* Jobs).get(id)
    expect(job).toMatchObject({ status: "failed", retryCount: 0, error: { code: "WORKER_CRASHED", retryable: false } })
  })
)

inDatabase(
  "does not count an outage as a crash while the worker still beats",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const upkeep = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    const { id } = yield* add()
    yield* queue.beat([], "claiming")
    for (let outage = 0; outage < 4; outage++) {
      yield* firstClaim
      yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second' WHERE id = ${id}::uuid`
      expect(yield* upkeep.rescue([])).toBe(1)
    }

    expect((yield* (yield* Jobs).get(id)).status).toBe("pending")
  })
)

inDatabase(
  "fails what still waits at its expiry, and nothing else",
  Effect.gen(function* () {
    const upkeep = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    const running = yield* add()
    yield* firstClaim
    const late = yield* add()
    const early = yield* add()
    yield* sql`UPDATE script_jobs SET expires_at = now() - interval '1 second' WHERE id <> ${early.id}::uuid`

    expect(yield* upkeep.expire).toBe(1)

    expect(yield* (yield* Jobs).get(late.id)).toMatchObject({ status: "failed", error: { code: "EXPIRED" } })
    expect((yield* (yield* Jobs).get(early.id)).status).toBe("pending")
    expect(yield* statusOf(running.id)).toBe("in_progress")
  })
)

inDatabase(
  "rescues only leases that have ended, and none that is in hand",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const upkeep = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    yield* Effect.forEach([1, 2, 3], add)
    const [ended, held, inHand] = yield* queue.claim("default", 3)
    yield* sql`
      UPDATE job_leases SET expires_at = now() - interval '1 second'
      WHERE id IN (${ended!.id}::uuid, ${inHand!.id}::uuid)`

    expect(yield* upkeep.rescue([inHand!.lease])).toBe(1)

    const statuses = yield* Effect.forEach([ended, held, inHand], (each) => statusOf(each!.id))
    expect(statuses).toEqual(["pending", "in_progress", "in_progress"])
  })
)

inDatabase(
  "cancels what was asked to stop instead of running it again, however often it crashed",
  Effect.gen(function* () {
    const upkeep = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    const { id } = yield* add()
    yield* sql`UPDATE script_jobs SET crash_count = 2 WHERE id = ${id}::uuid`
    yield* firstClaim
    yield* (yield* Jobs).cancel(id)
    yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second'`

    expect(yield* upkeep.rescue([])).toBe(1)

    expect(yield* statusOf(id)).toBe("cancelled")
    expect(yield* sql`SELECT id FROM job_leases UNION ALL SELECT id FROM job_queue`).toEqual([])
  })
)

inDatabase(
  "finds what its worker could not stop in time, and nothing that has time left",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const upkeep = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    yield* Effect.forEach([1, 2], add)
    const [late] = yield* queue.claim("default", 2)
    yield* sql`UPDATE job_leases SET timeout_at = now() - interval '61 seconds' WHERE id = ${late!.id}::uuid`
    yield* sql`UPDATE job_leases SET timeout_at = now() - interval '59 seconds' WHERE id <> ${late!.id}::uuid`

    const overdue = yield* upkeep.overdue(Duration.minutes(1))

    expect(overdue).toMatchObject([{ id: late!.id, lease: late!.lease, lane: "default" }])
    yield* queue.settle(overdue[0]!.lease, { _tag: "Failed", error })
    expect((yield* Effect.flip(queue.settle(late!.lease, { _tag: "Completed", result: 1 })))._tag).toBe("LeaseLost")
  })
)

inDatabase(
  "leaves a job to its worker when that was silent while the time was up, until it has had its minute",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const upkeep = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    yield* add()
    const { lease } = yield* firstClaim
    // A beat copies it from here.
    yield* sql`UPDATE script_jobs SET timeout_at = now() - interval '2 minutes'`
    const late = Effect.map(upkeep.overdue(Duration.minutes(1)), (claims) => claims.length)
    yield* queue.beat([lease], "claiming")
    yield* sql`UPDATE workers SET seen_at = now() - interval '75 seconds', steady_since = now() - interval '1 hour'`
    const whileSilent = yield* late
    yield* queue.beat([lease], "claiming")
    const awake = yield* late
    yield* sql`UPDATE workers SET frozen_at = now() - interval '61 seconds', seen_at = now() - interval '16 seconds'`
    yield* queue.beat([lease], "claiming")

    expect([whileSilent, awake, yield* late]).toEqual([0, 0, 1])
  })
)

inDatabase(
  "works alone: a second one does nothing, until the first has ended",
  Effect.gen(function* () {
    const { alone } = yield* Upkeep
    const inside = yield* Latch.make()
    const go = yield* Latch.make()
    const first = yield* Effect.forkChild(
      alone(Latch.open(inside).pipe(Effect.andThen(Latch.await(go)), Effect.as("first")))
    )
    yield* Latch.await(inside)

    expect(yield* alone(Effect.succeed("second"))).toBeUndefined()
    yield* Latch.open(go)
    expect(yield* Fiber.join(first)).toBe("first")
    expect(yield* alone(Effect.succeed("third"))).toBe("third")
    expect(yield* Effect.flip(alone(Effect.fail("broken")))).toBe("broken")
    expect(yield* alone(Effect.succeed("fourth"))).toBe("fourth")
  })
)

inDatabase(
  "says again and again that it is still at it, because PostgreSQL ends a transaction that is idle for long",
  Effect.gen(function* () {
    const { alone } = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    const saidLater = sql`
      SELECT FROM pg_stat_activity a JOIN pg_locks l USING (pid)
      WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND a.query_start > a.xact_start + interval '2 seconds'`
    const twice = Effect.sleep("50 millis").pipe(
      Effect.andThen(saidLater),
      Effect.repeat({ until: (found) => found.length === 1 }),
      Effect.as("done")
    )

    expect(yield* alone(twice)).toBe("done")
  })
)

inDatabase(
  "stops when it has lost the lock, because somebody else may be at it",
  Effect.gen(function* () {
    const { alone } = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    const loseLock = sql`SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
      WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

    const stopped = yield* Effect.flip(alone(Effect.andThen(loseLock, Effect.never)))

    expect(stopped).toMatchObject({ _tag: "QueueUnavailable", operation: "alone" })
  })
)

inDatabase(
  "is free again when the connection of the one that worked dies",
  Effect.gen(function* () {
    const { alone } = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    const inside = yield* Latch.make()
    const stuck = yield* Effect.forkChild(Effect.exit(alone(Effect.andThen(Latch.open(inside), Effect.never))))
    yield* Latch.await(inside)
    expect(yield* alone(Effect.succeed("early"))).toBeUndefined()

    yield* sql`SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
      WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

    expect(yield* alone(Effect.succeed("late"))).toBe("late")
    yield* Fiber.interrupt(stuck)
  })
)
