import { expect } from "bun:test"
import { Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add } from "./builders.ts"

const inDatabase = databaseTests(idle)

/** Ends jobs so long ago, with everything that can be kept of one. */
const endedBefore = (age: string, count: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return yield* sql<{ id: string }>`
      WITH made AS (
        INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms,
          expires_at, status, created_at, completed_at)
        SELECT overlay(first_id_at(now() - ${age}::interval - interval '1 minute')::text
            PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid,
          'JOB_20200101_000000_' || lpad(to_hex(${count * 10_000} + n), 8, '0'), 'idle', 'default', '{}', 1, 3, 1000, now(),
          'completed', now() - ${age}::interval - interval '1 minute', now() - ${age}::interval
        FROM generate_series(1, ${count}) n
        RETURNING id
      ), attempts AS (
        INSERT INTO job_attempts (job_id, attempt, worker) SELECT id, 1, 'w' FROM made
      ), steps AS (
        INSERT INTO job_steps (job_id, attempt, name, number) SELECT id, 1, 'first', 1 FROM made
      ), checkpoints AS (
        INSERT INTO job_checkpoints (job_id, name, attempt, output) SELECT id, 'first', 1, '1' FROM made
      ), logs AS (
        INSERT INTO job_logs (job_id, attempt, at, level, message) SELECT id, 1, now(), 'info', 'hello' FROM made
      )
      SELECT id FROM made`
  })

inDatabase(
  "removes everything of jobs that ended long enough ago, and counts them all",
  Effect.gen(function* () {
    const upkeep = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    yield* endedBefore("1 day 1 second", 1_100)
    const [young] = yield* endedBefore("23:59:50", 1)
    const waiting = yield* add()
    yield* sql`INSERT INTO job_dependencies (job_id, depends_on, met)
      SELECT ${waiting.id}::uuid, id, true FROM script_jobs WHERE status = 'completed' LIMIT 100`

    expect(yield* upkeep.removeOld(Duration.days(1))).toBe(1_100)

    expect(yield* sql`SELECT id FROM script_jobs ORDER BY id`).toEqual([{ id: young!.id }, { id: waiting.id }])
    for (const table of ["job_attempts", "job_steps", "job_checkpoints", "job_logs"]) {
      expect(yield* sql.unsafe(`SELECT job_id FROM ${table}`)).toEqual([{ jobId: young!.id }])
    }
    // What a job needed is known as long as the job itself.
    expect(yield* sql`SELECT depends_on FROM job_dependencies WHERE met`).toHaveLength(100)
    expect(yield* upkeep.removeOld(Duration.days(1))).toBe(0)
  })
)

inDatabase(
  "leaves a job whose lines could not be removed before it",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [talkative, silent] = yield* endedBefore("2 days", 2)
    yield* sql`DELETE FROM job_logs WHERE job_id = ${silent!.id}::uuid`
    yield* sql`CREATE FUNCTION keep_line() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`
    yield* sql`CREATE TRIGGER keep_line BEFORE DELETE ON job_logs FOR EACH ROW EXECUTE FUNCTION keep_line()`

    const removed = yield* (yield* Upkeep).removeOld(Duration.days(1))
    yield* sql`DROP TRIGGER keep_line ON job_logs`

    expect(removed).toBe(1)
    expect(yield* sql`SELECT id FROM script_jobs`).toEqual([{ id: talkative!.id }])
  })
)

inDatabase(
  "removes the lines of talkative jobs in pieces that a statement has the time for",
  Effect.gen(function* () {
    const upkeep = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    const jobs = yield* endedBefore("2 days", 2)
    const [young] = yield* endedBefore("1 hour", 1)
    yield* Effect.forEach([...jobs, young!], ({ id }) =>
      sql`
      INSERT INTO job_logs (job_id, attempt, at, level, message)
      SELECT ${id}::uuid, 1, now(), 'info', 'hello' FROM generate_series(1, 25000)`.pipe(Effect.asVoid)
    )
    yield* sql`
      CREATE FUNCTION refuse_many() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF (SELECT count(*) FROM gone) > 20000 THEN RAISE EXCEPTION 'so many take too long'; END IF;
        RETURN NULL;
      END $$`
    yield* sql`
      CREATE TRIGGER refuse_many AFTER DELETE ON job_logs REFERENCING OLD TABLE AS gone
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_many()`

    expect(yield* upkeep.removeOld(Duration.days(1))).toBe(2)

    const left = yield* sql`SELECT job_id, count(*)::int AS lines FROM job_logs GROUP BY 1`
    expect(left).toEqual([{ jobId: young!.id, lines: 25_001 }])
  })
)
