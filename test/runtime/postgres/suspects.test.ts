import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scriptedInBrowser } from "../../support/scripts.ts"
import { add, claim, complete, crash, disagreements, firstClaim, get } from "./builders.ts"
import { ask } from "./questions.ts"

const elsewhere = scriptedInBrowser("elsewhere", () => Effect.succeed(null))

const inDatabase = databaseTests(idle, elsewhere)

/** As if what runs had begun a minute ago. */
const aMinuteLater = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`UPDATE job_leases SET timeout_at = timeout_at - interval '61 seconds'`
)

inDatabase(
  "claims one job at a time of those that were in hand when a worker died, and all others as ever",
  Effect.gen(function* () {
    const suspects = yield* Effect.replicateEffect(add(), 5)
    yield* claim()
    yield* crash
    const fresh = yield* Effect.replicateEffect(add(), 3)

    const first = yield* claim()
    expect(first.map(({ id }) => id).toSorted()).toEqual([suspects[0]!.id, ...fresh.map(({ id }) => id)].toSorted())
    expect(yield* claim()).toEqual([])

    yield* complete(first.find(({ id }) => id === suspects[0]!.id)!)
    const next = yield* claim()
    expect(next.map(({ id }) => id)).toEqual([suspects[1]!.id])
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "fails only the job that kills its worker, and none that was claimed with it each time",
  Effect.gen(function* () {
    const killer = yield* add({ priority: 1 })
    const innocent = yield* Effect.replicateEffect(add(), 20)
    const sql = yield* SqlClient.SqlClient
    const left = sql<{ jobs: number }>`SELECT count(*)::int AS jobs FROM job_queue`.pipe(
      Effect.map((rows) => rows[0]!.jobs)
    )
    // Whenever the killer is in hand the worker dies; otherwise it gets everything done.
    while ((yield* left) > 0) {
      const claims = yield* claim()
      if (claims.some(({ id }) => id === killer.id)) yield* crash
      else yield* Effect.forEach(claims, (each) => complete(each), { discard: true })
    }

    const ended = yield* sql`SELECT id, status, error_code FROM script_jobs WHERE status <> 'completed'`
    expect(ended).toEqual([{ id: killer.id, status: "failed", errorCode: "WORKER_CRASHED" }])
    expect(innocent).toHaveLength(20)
  })
)

inDatabase(
  "has one suspect in hand in all lanes of a worker, and says of the others why they wait",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const here = yield* add()
    const there = yield* add({ jobType: "elsewhere" })
    yield* queue.claim("default", 1)
    yield* queue.claim("browser", 1)
    yield* crash
    yield* queue.beat([], "claiming")

    expect((yield* queue.claim("default", 1)).map(({ id }) => id)).toEqual([here.id])
    expect(yield* queue.claim("browser", 1)).toEqual([])
    expect((yield* get(there.id)).waitingFor).toEqual([{ code: "pool_full", limit: 1 }])
  })
)

inDatabase(
  "lets the next suspect start once one has run for a minute, or asks somebody",
  Effect.gen(function* () {
    const suspects = yield* Effect.replicateEffect(add(), 3)
    yield* claim()
    yield* crash
    yield* (yield* JobQueue).beat([], "claiming")

    yield* claim()
    expect(yield* claim()).toEqual([])
    yield* aMinuteLater
    expect((yield* get(suspects[1]!.id)).waitingFor).toBeUndefined()
    const second = yield* claim()
    expect(second.map(({ id }) => id)).toEqual([suspects[1]!.id])

    expect(yield* claim()).toEqual([])
    expect((yield* get(suspects[2]!.id)).waitingFor).toEqual([{ code: "pool_full", limit: 1 }])
    yield* ask(second[0]!)
    expect((yield* claim()).map(({ id }) => id)).toEqual([suspects[2]!.id])
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "fails only the one that kills its worker, also where that takes it more than a minute each time",
  Effect.gen(function* () {
    const jobs = yield* Effect.replicateEffect(add({ maxRetries: 0 }), 4)
    const [queue, sql] = [yield* JobQueue, yield* SqlClient.SqlClient]
    const dies = Effect.all([sql`DELETE FROM workers`, crash, queue.beat([], "claiming")], { discard: true })
    yield* claim()
    yield* dies

    for (let time = 0; time < 2; time++) {
      yield* claim()
      yield* aMinuteLater
      yield* claim()
      yield* dies
    }

    const statuses = yield* Effect.forEach(jobs, ({ id }) => get(id))
    expect(statuses.map(({ status }) => status)).toEqual(["failed", "pending", "pending", "pending"])
  })
)

inDatabase(
  "does not take the time of one that was claimed ahead for time that it ran",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    yield* Effect.replicateEffect(add(), 2)
    yield* claim()
    yield* crash
    yield* queue.beat([], "claiming")
    const { lease } = yield* firstClaim
    yield* aMinuteLater

    yield* queue.beat([lease], "claiming", [lease.token])

    expect(yield* claim()).toEqual([])
  })
)
