/** The queue on a real database, as a model test needs it: several workers, time that passes, and the whole state at once. */
import { Context, Duration, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import type { JobId } from "../../src/domain/JobId.ts"
import { JobQueue } from "../../src/domain/JobQueue.ts"
import { JobTypes } from "../../src/domain/JobType.ts"
import { Upkeep } from "../../src/domain/Upkeep.ts"
import * as PgJobQueue from "../../src/runtime/postgres/PgJobQueue.ts"
import * as PgJobReports from "../../src/runtime/postgres/PgJobReports.ts"
import * as PgJobs from "../../src/runtime/postgres/PgJobs.ts"
import * as PgLanes from "../../src/runtime/postgres/PgLanes.ts"
import * as PgUpkeep from "../../src/runtime/postgres/PgUpkeep.ts"
import { SecretBox } from "../../src/runtime/SecretBox.ts"
import { type TypeName, type WorkerKey, workers } from "./QueueCommands.ts"
import { LEASE_SECONDS, TIMEOUT_SECONDS } from "./QueueModel.ts"
import { scripted, scriptedInBrowser } from "./scripts.ts"
import { TestDatabase } from "./TestDatabase.ts"

const timeout = Duration.seconds(TIMEOUT_SECONDS)
const types = {
  idle: scripted("idle", () => Effect.succeed(null), { timeout }),
  other: scripted("other", () => Effect.succeed(null), { timeout }),
  browse: scriptedInBrowser("browse", () => Effect.succeed(null), { timeout })
}

/** One row of `model_view`. */
export interface StoredJob {
  readonly id: JobId
  readonly status: string
  readonly attempt: number
  readonly retryCount: number
  readonly crashCount: number
  readonly percent: number
  readonly error: string | null
  readonly hasNextRetry: boolean
  readonly cancelRequested: boolean
  readonly place: string | null
  readonly unmet: number | null
  readonly lease: string | null
  readonly owner: string | null
  readonly reasons: ReadonlyArray<string> | null
  /** Stored outputs, by step. */
  readonly kept: Readonly<Record<string, number>> | null
}

const functions = [
  // The model calls as Callboard itself, which names no organisation; the creator does it here.
  `CREATE FUNCTION name_organisation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.organisation_id := coalesce(NEW.created_by, 'default'); RETURN NEW; END $$`,
  `CREATE TRIGGER name_organisation BEFORE INSERT ON script_jobs FOR EACH ROW EXECUTE FUNCTION name_organisation()`,
  // Every stored time moves into the past, and no trigger hears of it: nothing but time passed.
  `CREATE FUNCTION pass_time(by interval) RETURNS void LANGUAGE sql SET session_replication_role = replica AS $$
    UPDATE script_jobs SET run_at = run_at - by, expires_at = expires_at - by, timeout_at = timeout_at - by,
      created_at = created_at - by, started_at = started_at - by, completed_at = completed_at - by,
      next_retry_at = next_retry_at - by, lease_expires_at = lease_expires_at - by;
    UPDATE job_queue SET run_at = run_at - by, expires_at = expires_at - by;
    UPDATE job_leases SET expires_at = expires_at - by, timeout_at = timeout_at - by;
    UPDATE workers SET seen_at = seen_at - by, steady_since = steady_since - by, frozen_at = frozen_at - by $$`,
  `CREATE FUNCTION forget_all() RETURNS void LANGUAGE sql SET session_replication_role = replica AS $$
    DELETE FROM job_attempts; DELETE FROM job_steps; DELETE FROM job_checkpoints; DELETE FROM job_dependencies;
    DELETE FROM job_queue; DELETE FROM job_leases; DELETE FROM script_jobs; DELETE FROM pauses; DELETE FROM workers $$`,
  `CREATE FUNCTION model_view() RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
    DECLARE ids uuid[] := (SELECT array_agg(id) FROM script_jobs);
    BEGIN RETURN (SELECT coalesce(json_agg(json_build_object(
      'id', j.id, 'status', j.status, 'attempt', j.attempt, 'retryCount', j.retry_count, 'crashCount', j.crash_count,
      'percent', j.progress_percent, 'error', j.error_code, 'hasNextRetry', j.next_retry_at IS NOT NULL,
      'cancelRequested', j.cancel_requested_at IS NOT NULL, 'place', q.state, 'unmet', q.unmet_dependencies,
      'lease', l.token, 'owner', l.owner,
      'kept', (SELECT json_object_agg(c.name, c.output ORDER BY c.name) FROM job_checkpoints c WHERE c.job_id = j.id),
      'reasons', (SELECT json_agg(reason->'code') FROM jsonb_array_elements(w.reasons) AS reason)
    ) ORDER BY j.id), '[]')
    FROM script_jobs j LEFT JOIN job_queue q ON q.id = j.id LEFT JOIN job_leases l ON l.id = j.id
      LEFT JOIN waiting_reasons(ids) w ON w.id = j.id); END $$`,
  // The ids for which the narrow tables do not say what script_jobs says.
  `CREATE FUNCTION disagreements() RETURNS json LANGUAGE sql AS $$
    SELECT coalesce(json_agg(coalesce(j.id, q.id, l.id)), '[]')
    FROM script_jobs j FULL JOIN job_queue q ON q.id = j.id FULL JOIN job_leases l ON l.id = coalesce(j.id, q.id)
    WHERE (j.status IS NOT DISTINCT FROM 'pending') <> (q.id IS NOT NULL)
      OR (j.status IS NOT DISTINCT FROM 'in_progress') <> (l.id IS NOT NULL)
      OR (q.id IS NOT NULL AND (q.lane, q.rank, q.organisation_id, q.job_type, q.run_at, q.expires_at, q.timeout_ms)
        IS DISTINCT FROM (j.lane, -j.priority, j.organisation_id, j.job_type, j.run_at, j.expires_at, j.timeout_ms))
      OR (q.id IS NOT NULL AND q.concurrency_key IS DISTINCT FROM j.concurrency_key)
      OR (l.id IS NOT NULL AND (l.token, l.owner, l.lane, l.expires_at, l.timeout_at, l.organisation_id, l.concurrency_key)
        IS DISTINCT FROM (j.lease_token, j.lease_owner, j.lane, j.lease_expires_at, j.timeout_at, j.organisation_id,
          j.concurrency_key))
      OR q.unmet_dependencies <> (SELECT count(*) FROM job_dependencies d WHERE d.job_id = q.id AND NOT d.met)
      OR (j.failed_at IS NOT NULL) <> (j.status = 'failed') OR (j.cancelled_at IS NOT NULL) <> (j.status = 'cancelled')
      OR (j.dedupe_key IS NOT NULL AND j.dedupe_open <> (j.status IN ('pending', 'in_progress'))) $$`
]

const makeWorker = (key: WorkerKey) =>
  Effect.gen(function* () {
    const { name, places } = workers[key]
    const worker = { name, bootId: Bun.randomUUIDv7() }
    const known = workers[key].types.map((type: TypeName) => types[type])
    const context = yield* Layer.build(
      Layer.mergeAll(
        PgJobQueue.layer({ worker, places, leaseTime: Duration.seconds(LEASE_SECONDS) }),
        PgUpkeep.layer(worker)
      ).pipe(Layer.provide(Layer.sync(JobTypes, () => JobTypes.from(known))))
    )
    return { queue: Context.get(context, JobQueue), upkeep: Context.get(context, Upkeep) }
  })

export const makeQueueDatabase = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  return {
    /** Workers that never claimed before, on a database without jobs. */
    begin: Effect.gen(function* () {
      yield* sql`SELECT forget_all()`
      return { a: yield* makeWorker("a"), b: yield* makeWorker("b"), again: yield* makeWorker("again") }
    }),
    passTime: (seconds: number) => sql`SELECT pass_time(${seconds} * interval '1 second')`,
    view: Effect.map(
      sql<{ jobs: ReadonlyArray<StoredJob>; disagreements: ReadonlyArray<JobId> }>`
        SELECT model_view() AS jobs, disagreements() AS disagreements`,
      (rows) => rows[0]!
    )
  }
})

/** Run once, on a fresh database. */
const prepare = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.forEach(functions, (text) => sql.unsafe(text), { discard: true })
)

const foundation = Layer.mergeAll(
  TestDatabase.layer,
  Layer.sync(JobTypes, () => JobTypes.from(Object.values(types))),
  SecretBox.layer(Redacted.make(Buffer.alloc(32, 7).toString("base64")))
)

/** The contracts of callers on a database of their own. */
export const queueLayer = Layer.mergeAll(PgJobs.layer, PgJobReports.layer, PgLanes.layer).pipe(
  Layer.merge(Layer.effectDiscard(prepare)),
  Layer.provideMerge(foundation)
)
