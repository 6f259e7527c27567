/** Workers as they describe themselves with each beat. */
import { Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { asCallboard } from "../../domain/Caller.ts"
import { ReadableJobId } from "../../domain/JobId.ts"
import { type WorkerReport, Workers } from "../../domain/Workers.ts"
import { currentOrganisation } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { claimedAhead } from "./claimedAhead.ts"

const WorkerRow = Schema.Struct({
  name: Schema.String,
  startedAt: Schema.DateTimeUtcFromDate,
  seenAt: Schema.DateTimeUtcFromDate,
  alive: Schema.Boolean,
  draining: Schema.Boolean,
  places: Schema.Record(Schema.String, Schema.Int),
  running: Schema.Int,
  ahead: Schema.Int,
  jobs: Schema.Array(Schema.Struct({ jobId: ReadableJobId, jobType: Schema.String })),
  version: Schema.NullOr(Schema.String),
  memoryMb: Schema.NullOr(Schema.Int)
})

const reportOf = ({ ahead, memoryMb, version, ...row }: typeof WorkerRow.Type): WorkerReport => ({
  ...row,
  running: row.running - ahead,
  ...(ahead > 0 && { claimedAhead: ahead }),
  ...(version !== null && { version }),
  ...(memoryMb !== null && { memoryMb })
})

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const rows = SqlSchema.findAll({
    Request: Schema.String,
    Result: WorkerRow,
    execute: (organisation) => sql`
      WITH ahead AS (${claimedAhead(sql)})
      SELECT w.name, w.started_at, w.seen_at, w.seen_at > now() - interval '15 seconds' AS alive, w.draining,
        w.lanes AS places, w.version, w.memory_mb,
        (SELECT count(*)::int FROM job_leases l WHERE l.owner = w.name) AS running,
        coalesce((SELECT sum(jobs)::int FROM ahead WHERE ahead.worker = w.name), 0) AS ahead,
        coalesce((
          SELECT jsonb_agg(jsonb_build_object('jobId', own.job_id, 'jobType', own.job_type)) FROM (
            SELECT j.job_id, j.job_type FROM job_leases l JOIN script_jobs j ON j.id = l.id
            WHERE l.owner = w.name AND j.organisation_id = ${organisation} ORDER BY j.id LIMIT 10
          ) own
        ), '[]') AS jobs
      FROM workers w WHERE w.seen_at > now() - interval '1 hour' ORDER BY w.name LIMIT 200`
  })
  // Workers belong to no organisation: they are looked up for Callboard itself, and only jobs of the caller's are named.
  const list = Effect.flatMap(currentOrganisation, (organisation) =>
    rows(organisation).pipe(
      Effect.map((found) => found.map(reportOf)),
      asCallboard,
      answered("workers")
    )
  )
  return Workers.of({ list })
})

export const layer = Layer.effect(Workers, make)
