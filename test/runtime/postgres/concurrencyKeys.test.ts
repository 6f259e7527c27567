import { expect } from "bun:test"
import { Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scriptedInBrowser } from "../../support/scripts.ts"
import {
  add,
  claim,
  complete,
  disagreements,
  fail,
  firstClaim,
  get,
  queueStates,
  retryLater,
  settle
} from "./builders.ts"

const browse = scriptedInBrowser("browse", () => Effect.succeed(null))

const inDatabase = databaseTests(idle, browse)

const keyed = { concurrencyKey: "oven" }
const idsOf = (claims: ReadonlyArray<{ readonly id: string }>) => claims.map(({ id }) => String(id))

inDatabase(
  "takes the restaurant as the key unless it is told another one or none",
  Effect.gen(function* () {
    const input = { restaurantId: "bella" }
    const named = yield* add({ input })
    const own = yield* add({ input, concurrencyKey: "oven" })
    const none = yield* add({ input, concurrencyKey: null })
    const given = yield* add({ restaurantId: "bella" })

    expect([named, own, none, given].map((job) => job.concurrencyKey)).toEqual([
      "restaurant:bella",
      "oven",
      undefined,
      "restaurant:bella"
    ])
    expect(idsOf(yield* claim())).toEqual([named.id, own.id, none.id])
  })
)

inDatabase(
  "runs one job with a key at a time in each organisation, also across lanes",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const queue = yield* JobQueue
    const mine = yield* add(keyed)
    yield* add({ ...keyed, jobType: "browse" })
    const theirs = yield* add(keyed)
    yield* sql`UPDATE script_jobs SET organisation_id = 'other', concurrency_key = 'stove' WHERE id = ${theirs.id}::uuid`
    yield* sql`UPDATE script_jobs SET concurrency_key = 'oven' WHERE id = ${theirs.id}::uuid`

    expect(idsOf(yield* claim()).toSorted()).toEqual([String(mine.id), String(theirs.id)].toSorted())
    expect(yield* queue.claim("browser", 10)).toEqual([])
  })
)

inDatabase(
  "takes turns by priority, then by time, and never holds up what has no key",
  Effect.gen(function* () {
    const old = yield* add(keyed)
    const later = yield* add(keyed)
    const urgent = yield* add({ ...keyed, priority: 9 })
    const free = yield* add({ priority: -9 })
    const order: Array<string> = []

    for (let turn = 0; turn < 3; turn++) {
      const claims = yield* claim()
      order.push(...idsOf(claims))
      yield* Effect.forEach(claims, (each) => complete(each))
    }

    expect(order).toEqual([urgent.id, free.id, old.id, later.id])
  })
)

const handovers = {
  "was released": () => Effect.flatMap(firstClaim, (first) => settle(first, { _tag: "Released" })),
  completed: () => Effect.flatMap(firstClaim, (first) => complete(first)),
  failed: () => Effect.flatMap(firstClaim, (first) => fail(first)),
  "waits for its next try": () => Effect.flatMap(firstClaim, (first) => retryLater(first, Duration.minutes(1))),
  "was cancelled while it waited": (id: string) =>
    Effect.flatMap(
      SqlClient.SqlClient,
      (sql) => sql`UPDATE script_jobs SET status = 'cancelled' WHERE id = ${id}::uuid`
    ),
  "was deleted by hand": (id: string) =>
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql`DELETE FROM script_jobs WHERE id = ${id}::uuid`),
  "was deleted while it ran": (id: string) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* firstClaim
      yield* sql`DELETE FROM script_jobs WHERE id = ${id}::uuid`
    }),
  "was rescued and asked to stop": (id: string) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { lease } = yield* firstClaim
      yield* (yield* Jobs).cancel(lease.jobId)
      yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second' WHERE id = ${id}::uuid`
      yield* (yield* Upkeep).rescue([])
    }),
  "has expired": (id: string) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`UPDATE script_jobs SET expires_at = now() - interval '1 second' WHERE id = ${id}::uuid`
      yield* (yield* Upkeep).expire
    })
}

for (const [how, end] of Object.entries(handovers)) {
  inDatabase(
    `hands the key over when its holder ${how}`,
    Effect.gen(function* () {
      const first = yield* add(keyed)
      const second = yield* add(keyed)
      expect((yield* queueStates).get(second.id)).toBe("behind")

      yield* end(first.id)

      const next = yield* claim()
      // What is released is the older one, so it goes first again.
      expect(idsOf(next)).toEqual([how === "was released" ? first.id : second.id])
      expect(yield* disagreements).toEqual([])
    })
  )
}

inDatabase(
  "never runs two jobs with one key, however many claim, create and end at once",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const done = new Set<string>()
    let most = 0
    const create = (key: string) => add({ concurrencyKey: key })
    const work = Effect.gen(function* () {
      for (let round = 0; round < 12; round++) {
        const claims = yield* claim(3)
        const running = yield* sql<{ jobs: number }>`
          SELECT count(*)::int AS jobs FROM script_jobs WHERE status = 'in_progress' GROUP BY concurrency_key`
        most = Math.max(most, ...running.map(({ jobs }) => jobs))
        yield* Effect.forEach(claims, (each) => complete(each), { concurrency: 2 })
        for (const { id } of claims) done.add(id)
        yield* Effect.forEach(["a", "b"], create, { concurrency: 2 })
      }
    })

    yield* Effect.forEach([1, 2, 3, 4], () => work, { concurrency: "unbounded" })
    for (let claims = yield* claim(); claims.length > 0; claims = yield* claim()) {
      yield* Effect.forEach(claims, (each) => complete(each))
      for (const { id } of claims) done.add(id)
    }

    expect(most).toBe(1)
    expect(done.size).toBe(4 * 12 * 2)
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "claims past ten thousand jobs behind one key without looking at them",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const copy = (count: number, columns: string, values: string) =>
      sql.unsafe(`
        INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms,
          expires_at, ${columns})
        SELECT gen_random_uuid(), 'JOB_20261121_000000_' || lpad(to_hex(n), 8, '0'), 'idle', 'default', '{}', 1, 3, 1000,
          now() + interval '1 day', ${values} FROM generate_series(1, ${count}) n`)
    yield* copy(10_000, "concurrency_key, run_at", "'oven', now() - n * interval '1 second'")
    const free = yield* add()
    yield* sql`ANALYZE job_queue, script_jobs`

    const rowsRead = sql<{ read: string }>`
      SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::text AS read FROM pg_stat_xact_user_tables
      WHERE relname = 'job_queue'`
    const claimed = sql<{ id: string }>`
      SELECT id FROM claim_jobs('default', 5, '{idle}', '', 'w', gen_random_uuid(), interval '1 minute')`
    const [first, read] = yield* sql.withTransaction(Effect.all([claimed, rowsRead]))
    expect(first).toHaveLength(2)
    expect(first.map(({ id }) => id)).toContain(free.id)
    // Some are versions of rows that are gone and that no vacuum has cleared away yet.
    expect(Number(read[0]!.read)).toBeLessThan(2_000)

    const [again, readAgain] = yield* sql.withTransaction(Effect.all([claimed, rowsRead]))
    expect(again).toEqual([])
    expect(Number(readAgain[0]!.read)).toBeLessThan(2_000)
    expect((yield* get(free.id)).status).toBe("in_progress")
  })
)
