import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
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
  "fails what is past its expiry, and nothing else",
  Effect.gen(function* () {
    const upkeep = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    const late = yield* add()
    const early = yield* add()
    yield* sql`UPDATE script_jobs SET expires_at = now() - interval '1 second' WHERE id = ${late.id}::uuid`

    expect(yield* upkeep.expire).toBe(1)

    expect(yield* (yield* Jobs).get(late.id)).toMatchObject({ status: "failed", error: { code: "EXPIRED" } })
    expect((yield* (yield* Jobs).get(early.id)).status).toBe("pending")
  })
)
