import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add } from "./builders.ts"
import { counted } from "./rowsRead.ts"

const inDatabase = databaseTests(idle)

const MANY = 5_000

inDatabase(
  "reads what it needs and no more, also where its plans were made on one job",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* Effect.replicateEffect(add(), 1)
    const rowsRead = Effect.map(
      sql<{ read: number }>`
        SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS read FROM pg_stat_xact_user_tables
        WHERE relname IN ('script_jobs', 'job_queue', 'job_leases')`,
      ([row]) => row!.read
    )
    const claim = (most: number) => sql<{ id: string; leaseToken: string }>`
      SELECT id, lease_token FROM claim_jobs('default', ${most}, '{idle}', '', 'w', gen_random_uuid(), interval '1 minute')`
    const settle = (claims: ReadonlyArray<{ readonly id: string; readonly leaseToken: string }>) =>
      sql`SELECT settle_jobs(
        ${JSON.stringify(claims.map(({ id, leaseToken }) => ({ id, token: leaseToken, result: null })))}::text::json, '[]')`
    const explain = (ids: ReadonlyArray<string>) => sql`SELECT * FROM waiting_reasons(${ids}::text[]::uuid[])`

    // Plans belong to a connection, so all of it is one transaction.
    const read = yield* sql.withTransaction(
      Effect.gen(function* () {
        yield* sql`ANALYZE script_jobs, job_queue, job_leases`
        for (let round = 0; round < 1; round++) yield* Effect.flatMap(claim(1), settle)
        yield* sql.unsafe(`
          INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms, expires_at)
          SELECT gen_random_uuid(), 'JOB_20261121_000000_' || lpad(to_hex(n), 8, '0'), 'idle', 'default', '{}', 1, 3, 1000,
            now() + interval '1 day' FROM generate_series(1, ${MANY}) n`)

        const before = yield* rowsRead
        const claims = yield* claim(50)
        expect(claims).toHaveLength(50)
        yield* explain(claims.map(({ id }) => id))
        yield* settle(claims)
        return (yield* rowsRead) - before
      })
    )
    expect(read).toBeLessThan(MANY / 4)
  })
)

inDatabase(
  "does not visit all keys that wait behind others each time that it finds too little work, but all of them in turn",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const insert = (type: string, keys: number, key: string) =>
      sql.unsafe(`
        INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms, expires_at,
          concurrency_key)
        SELECT gen_random_uuid(), 'JOB_20261121_000000_' || right(md5(random()::text), 8), '${type}', 'default', '{}', 1, 3, 1000,
          now() + interval '1 day', ${key} FROM generate_series(1, ${keys}) n`)
    const claim = sql<{ id: string }>`SELECT id FROM claim_jobs(
      'default', 8, '{idle}', '', 'w', gen_random_uuid(), interval '1 minute')`
    // Where it goes on belongs to a connection.
    yield* sql.withTransaction(
      Effect.gen(function* () {
        yield* insert("elsewhere", MANY, "'key ' || lpad(n::text, 5, '0')")
        const withNobodyBehind = yield* counted(claim)
        yield* insert("elsewhere", MANY, "'key ' || lpad(n::text, 5, '0')")
        yield* insert("idle", 2, "'the last key'")
        yield* sql`UPDATE job_queue SET state = 'behind' WHERE concurrency_key = 'the last key'`

        const reads = Array.from({ length: MANY / 1_000 }, () =>
          counted(Effect.map(claim, (none) => expect(none).toEqual([])))
        )
        for (const read of yield* Effect.all(reads)) expect(read - withNobodyBehind).toBeLessThan(MANY)
        expect(yield* claim).toHaveLength(1)
      })
    )
  })
)

inDatabase(
  "visits few of the keys that wait behind others with each beat, but all of them in turn",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const queue = yield* JobQueue
    const insert = (keys: number, key: string) =>
      sql.unsafe(`
        INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms, expires_at,
          concurrency_key)
        SELECT gen_random_uuid(), 'JOB_20261121_000000_' || right(md5(random()::text), 8), 'idle', 'default', '{}', 1, 3, 1000,
          now() + interval '1 day', ${key} FROM generate_series(1, ${keys}) n`)
    // Where it goes on belongs to a connection.
    yield* sql.withTransaction(
      Effect.gen(function* () {
        yield* sql`
          INSERT INTO job_leases (id, token, owner, boot, lane, expires_at, timeout_at, organisation_id, concurrency_key)
          SELECT gen_random_uuid(), gen_random_uuid(), 'w', gen_random_uuid(), 'default', now() + interval '1 day',
            now() + interval '1 day', 'default', 'key ' || lpad(n::text, 5, '0') FROM generate_series(1, ${MANY}) n`
        yield* insert(MANY, "'key ' || lpad(n::text, 5, '0')")
        yield* insert(1, "'the last key'")
        yield* sql`UPDATE job_queue SET state = 'behind' WHERE concurrency_key = 'the last key'`
        yield* sql`ANALYZE script_jobs, job_queue, job_leases`

        let due: number | undefined
        const beat = Effect.map(queue.beat([], "claiming"), ({ dueInMs }) => {
          due = dueInMs.get("default")
        })
        for (let part = 0; part < MANY / 1_000; part++) {
          expect(yield* counted(beat)).toBeLessThan(MANY)
          expect(due).toBeUndefined()
        }
        yield* beat
        expect(due).toBe(0)
      })
    )
  })
)
