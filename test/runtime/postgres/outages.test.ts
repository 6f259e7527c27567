import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, firstClaim } from "./builders.ts"

const inDatabase = databaseTests(idle)

const BOOT = "11111111-2222-7333-8444-555555555555"

/** Each holds a job; the first is the worker of the tests' services. */
const workers = ["worker-a", "worker-b", "worker-c"]

/** Workers that have beaten for an hour, each with a job in hand. */
const working = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* (yield* JobQueue).beat([], "claiming")
  for (const name of workers) {
    yield* sql`INSERT INTO workers (name, boot_id, lanes) VALUES (${name}, ${BOOT}::uuid, '{}') ON CONFLICT DO NOTHING`
    const { id } = yield* add().pipe(Effect.andThen(firstClaim))
    yield* sql`UPDATE job_leases l SET owner = w.name, boot = w.boot_id FROM workers w
      WHERE l.id = ${id}::uuid AND w.name = ${name}`
  }
  yield* sql`UPDATE workers SET steady_since = now() - interval '1 hour', steady_boot = boot_id`
})

/** So long ago is now what was written just now. */
const pass = (time: string) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`
      WITH leases AS (UPDATE job_leases SET expires_at = expires_at - ${time}::interval)
      UPDATE workers SET seen_at = seen_at - ${time}::interval, steady_since = steady_since - ${time}::interval`
  )

/** The first worker beats all the while, and nobody else does. */
const beatFor = (seconds: number) =>
  Effect.gen(function* () {
    const queue = yield* JobQueue
    for (let passed = 0; passed < seconds; passed += 5) {
      yield* pass("5 seconds")
      yield* queue.beat([], "claiming")
    }
  })

/** The first beat of another one after it was silent. */
const beatOf = (worker: string) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`UPDATE workers SET seen_at = now(), steady_since = now() WHERE name = ${worker}`
  )

const rescue = Effect.flatMap(Upkeep, (upkeep) => upkeep.rescue([]))

const jobs = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`SELECT status, crash_count FROM script_jobs ORDER BY status, crash_count`
)

const inProgress = { status: "in_progress", crashCount: 0 }
const givenBack = { status: "pending", crashCount: 0 }
const crashed = { status: "pending", crashCount: 1 }

inDatabase(
  "counts no crash after an outage, however long it was and whoever comes back first",
  Effect.gen(function* () {
    yield* working
    yield* pass("10 minutes")
    yield* beatFor(5)

    // Nobody knows yet who else lives; its own job the first one may give back.
    expect(yield* rescue).toBe(1)
    expect(yield* jobs).toEqual([inProgress, inProgress, givenBack])

    yield* Effect.forEach(["worker-b", "worker-c"], beatOf)
    expect(yield* rescue).toBe(2)
    expect(yield* jobs).toEqual([givenBack, givenBack, givenBack])
  })
)

inDatabase(
  "finds after an outage who died in it or before it, 15 seconds after another one has come back",
  Effect.gen(function* () {
    yield* working
    yield* pass("10 minutes")
    yield* beatFor(5)
    yield* beatOf("worker-b")
    expect(yield* rescue).toBe(2)

    yield* beatFor(10)
    expect(yield* rescue).toBe(0)
    yield* beatFor(10)
    expect(yield* rescue).toBe(1)

    expect(yield* jobs).toEqual([givenBack, givenBack, crashed])
  })
)

inDatabase(
  "finds who died without any outage as soon as the lease has ended",
  Effect.gen(function* () {
    yield* working
    yield* beatFor(25)
    expect(yield* rescue).toBe(0)
    yield* beatFor(10)
    yield* beatOf("worker-b")

    expect(yield* rescue).toBe(3)

    expect(yield* jobs).toEqual([givenBack, givenBack, crashed])
  })
)

inDatabase(
  "takes a worker of an older version for no witness, because it does not say since when it beats",
  Effect.gen(function* () {
    yield* working
    const sql = yield* SqlClient.SqlClient
    yield* pass("10 minutes")
    yield* sql`UPDATE workers SET steady_since = NULL, steady_boot = NULL, seen_at = now() WHERE name = 'worker-a'`

    expect(yield* rescue).toBe(1)

    expect(yield* jobs).toEqual([inProgress, inProgress, givenBack])
  })
)

inDatabase(
  "takes no worker of an older version for a witness because a newer one beat under its name before",
  Effect.gen(function* () {
    yield* working
    const sql = yield* SqlClient.SqlClient
    yield* pass("10 minutes")
    yield* sql`UPDATE workers SET boot_id = gen_random_uuid(), seen_at = now() WHERE name = 'worker-a'`

    // Its former self is gone for certain; of the others nobody knows.
    expect(yield* rescue).toBe(1)

    expect(yield* jobs).toEqual([inProgress, inProgress, crashed])
  })
)

inDatabase(
  "does not let a cancelled job wait for the verdict about its worker",
  Effect.gen(function* () {
    yield* working
    const sql = yield* SqlClient.SqlClient
    yield* pass("10 minutes")
    yield* sql`UPDATE script_jobs SET cancel_requested_at = now()`

    expect(yield* rescue).toBe(3)

    expect(yield* jobs).toEqual(workers.map(() => ({ status: "cancelled", crashCount: 0 })))
  })
)
