/** The heartbeat of a worker: one statement that says it lives, renews its leases, and asks what is new. */
import { Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Beat } from "../../domain/JobQueue.ts"
import type { Lane } from "../../domain/Lane.ts"
import { type Lease, type LeaseToken, STOP_MARGIN } from "../../domain/Lease.ts"
import { VERSION } from "../../domain/Version.ts"
import { isAnyDue } from "./fireSchedules.ts"
import type { QueueSettings } from "./PgJobQueue.ts"
import { unavailable } from "./queueFailures.ts"

const BYTES_PER_MB = 1_000_000

/** A worker that missed three beats in a row did not beat steadily: the database may have been away. */
const STEADY_GAP = "15 seconds"

export const makeBeat = ({ leaseTime, places, store, worker }: QueueSettings, names: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const leaseSeconds = Duration.toSeconds(leaseTime)
    const trustSeconds = Duration.toSeconds(Duration.subtract(leaseTime, STOP_MARGIN))

    // A lease whose job is just being written is left to the next beat: waiting for the lock here, with other rows
    // locked already, could make this statement and a settling one wait for each other.
    return Effect.fn("JobQueue.beat")(function* (
      leases: ReadonlyArray<Lease>,
      phase: "claiming" | "draining",
      waiting: ReadonlyArray<LeaseToken> = []
    ) {
      const waits = new Set(waiting)
      const rows = yield* sql<{ kind: string; name: string; dueInMs: number }>`
        WITH alive AS (
          INSERT INTO workers (name, boot_id, lanes, types, draining, version, memory_mb, steady_since, steady_boot)
          VALUES (${worker.name}, ${worker.bootId}::uuid, ${JSON.stringify(places)}::text::jsonb, ${names}::text[],
            ${phase === "draining"}, ${VERSION}, ${Math.round(process.memoryUsage.rss() / BYTES_PER_MB)}, now(),
            ${worker.bootId}::uuid)
          ON CONFLICT (name) DO UPDATE SET
            boot_id = excluded.boot_id, lanes = excluded.lanes, types = excluded.types, draining = excluded.draining,
            version = excluded.version, memory_mb = excluded.memory_mb, seen_at = now(),
            started_at = CASE WHEN workers.boot_id = excluded.boot_id THEN workers.started_at ELSE now() END,
            steady_boot = excluded.steady_boot,
            steady_since = CASE
              WHEN workers.boot_id = excluded.boot_id AND workers.seen_at > now() - ${STEADY_GAP}::interval
              THEN coalesce(workers.steady_since, now()) ELSE now() END,
            frozen_at = CASE
              WHEN workers.boot_id = excluded.boot_id AND workers.seen_at <= now() - ${trustSeconds} * interval '1 second'
              THEN now() ELSE workers.frozen_at END
        ), held AS (
          SELECT * FROM unnest(
            ${leases.map((lease) => lease.jobId)}::text[]::uuid[], ${leases.map((lease) => lease.token)}::text[]::uuid[],
            ${leases.map((lease) => String(waits.has(lease.token)))}::text[]::boolean[]
          ) AS h (id, token, waits)
        ), free AS (
          SELECT j.id, j.lease_token, held.waits FROM script_jobs j JOIN held ON j.id = held.id AND j.lease_token = held.token
          FOR NO KEY UPDATE OF j SKIP LOCKED
        ), renewed AS (
          UPDATE script_jobs j SET
            lease_expires_at = now() + ${leaseSeconds} * interval '1 second',
            timeout_at = CASE WHEN free.waits
              THEN greatest(j.timeout_at, now() + j.timeout_ms * interval '1 millisecond') ELSE j.timeout_at END
          FROM free WHERE j.id = free.id AND j.lease_token = free.lease_token
          RETURNING j.id, j.lease_token AS token, j.lease_expires_at, j.timeout_at, j.cancel_requested_at
        ), kept AS (
          UPDATE job_leases l SET expires_at = renewed.lease_expires_at, timeout_at = renewed.timeout_at
          FROM renewed WHERE l.id = renewed.id
        )
        SELECT 'renewed' AS kind, token::text AS name, 0::float8 AS due_in_ms FROM renewed
        UNION ALL
        SELECT 'cancel', token::text, 0 FROM renewed WHERE cancel_requested_at IS NOT NULL
        UNION ALL
        SELECT 'lost', held.token::text, 0 FROM held
        WHERE NOT EXISTS (SELECT FROM job_leases l WHERE l.id = held.id AND l.token = held.token)
        UNION ALL
        SELECT 'due', place.lane, CASE
          WHEN EXISTS (SELECT FROM job_queue q WHERE q.lane = place.lane AND q.state = 'ready') THEN 0
          WHEN EXISTS (SELECT FROM headless_keys(place.lane)) THEN 0
          ELSE (
            SELECT ceil(extract(epoch FROM q.run_at - now()) * 1000)::float8 FROM job_queue q
            WHERE q.lane = place.lane AND q.state = 'scheduled' ORDER BY q.run_at LIMIT 1
          ) END
        FROM unnest(${Object.keys(places)}::text[]) AS place (lane)
        UNION ALL
        SELECT 'paused ' || p.kind, p.name, 0 FROM pauses p WHERE ${waiting.length > 0}
        UNION ALL
        SELECT 'untidy', '', 0 WHERE EXISTS (SELECT FROM job_leases WHERE expires_at < now())
          OR EXISTS (SELECT FROM job_leases WHERE timeout_at < now())
          OR EXISTS (SELECT FROM job_queue WHERE expires_at <= now())
          OR EXISTS (SELECT FROM artifact_leftovers WHERE store = ${store ?? null}::text AND remove_after <= now())
          OR ${isAnyDue(sql)}`.pipe(Effect.mapError(unavailable("beat")))
      const tokens = (kind: string) => rows.filter((row) => row.kind === kind).map((row) => row.name as LeaseToken)
      const beat: Beat = {
        renewed: tokens("renewed"),
        lost: tokens("lost"),
        cancelRequested: tokens("cancel"),
        dueInMs: new Map(
          rows.flatMap((row) =>
            row.kind === "due" && row.dueInMs !== null ? [[row.name as Lane, Number(row.dueInMs)] as const] : []
          )
        ),
        paused: (["lane", "type"] as const).flatMap((kind) =>
          rows.filter((row) => row.kind === `paused ${kind}`).map(({ name }) => ({ kind, name }))
        ),
        untidy: rows.some((row) => row.kind === "untidy")
      }
      return beat
    })
  })
