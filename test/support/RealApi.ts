/** The API over a real database, as the process serves it: for tests that need to see what a request leaves behind. */
import { afterAll } from "bun:test"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, ManagedRuntime, Redacted, References, type Scope } from "effect"
import { SqlClient } from "effect/sql"
import type { JobType } from "../../src/domain/JobType.ts"
import { LiveView } from "../../src/domain/LiveView.ts"
import { Readiness } from "../../src/domain/Readiness.ts"
import { Cleanup } from "../../src/domain/Upkeep.ts"
import { makeApiHandler } from "../../src/http/api/ApiHandler.ts"
import { HttpClosing } from "../../src/http/HttpClosing.ts"
import { makeRun } from "../../src/http/Run.ts"
import { JobsFeeds } from "../../src/http/streams/JobsFeeds.ts"
import { JobWatches } from "../../src/http/streams/JobWatches.ts"
import { StreamPlaces } from "../../src/http/streams/StreamPlaces.ts"
import * as FileBytes from "../../src/runtime/artifacts/FileBytes.ts"
import { layer as bulkJobs } from "../../src/runtime/bulkJobs.ts"
import * as PgAiCalls from "../../src/runtime/postgres/PgAiCalls.ts"
import * as PgApiKeys from "../../src/runtime/postgres/PgApiKeys.ts"
import * as PgArtifacts from "../../src/runtime/postgres/PgArtifacts.ts"
import * as PgAuditLog from "../../src/runtime/postgres/PgAuditLog.ts"
import * as PgJobChanges from "../../src/runtime/postgres/PgJobChanges.ts"
import * as PgJobReports from "../../src/runtime/postgres/PgJobReports.ts"
import * as PgJobSchedules from "../../src/runtime/postgres/PgJobSchedules.ts"
import * as PgJobs from "../../src/runtime/postgres/PgJobs.ts"
import * as PgLanes from "../../src/runtime/postgres/PgLanes.ts"
import * as PgStatistics from "../../src/runtime/postgres/PgStatistics.ts"
import * as PgStepEvidence from "../../src/runtime/postgres/PgStepEvidence.ts"
import * as PgUploads from "../../src/runtime/postgres/PgUploads.ts"
import * as PgWebhooks from "../../src/runtime/postgres/PgWebhooks.ts"
import { SecretBox } from "../../src/runtime/SecretBox.ts"
import { NOTHING_PRIVATE } from "../../src/runtime/webhooks/AddressRules.ts"
import { servedLocally } from "../http/asLocal.ts"
import { boardServices } from "./boardServices.ts"
import { it } from "./effect.ts"
import { typesLayer } from "./scripts.ts"
import { TestDatabase } from "./TestDatabase.ts"

/** How many rows each table has. */
const countRows = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const tables = yield* sql<{ name: string }>`
    SELECT relname AS name FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname`
  const counts = tables.map(({ name }) => `SELECT '${name}' AS name, count(*)::int AS rows FROM ${name}`)
  return sql.unsafe<{ readonly name: string; readonly rows: number }>(counts.join(" UNION ALL "))
})

export const realApi = (types: ReadonlyArray<JobType>) => {
  const folder = mkdtempSync(join(tmpdir(), "callboard-api-"))
  const foundation = Layer.mergeAll(
    TestDatabase.layer,
    typesLayer(...types),
    SecretBox.layer(Redacted.make(Buffer.alloc(32, 7).toString("base64"))),
    FileBytes.layer(folder),
    Layer.succeed(References.MinimumLogLevel, "None")
  )
  const services = Layer.mergeAll(
    Layer.merge(bulkJobs, boardServices).pipe(
      Layer.provideMerge(PgJobSchedules.layer),
      Layer.provideMerge(PgJobs.layer)
    ),
    PgJobReports.layer,
    PgLanes.layer,
    PgJobChanges.layer,
    PgArtifacts.layer,
    PgStepEvidence.layer,
    PgApiKeys.layer,
    PgAiCalls.layer,
    PgUploads.layer,
    PgAuditLog.layer,
    PgStatistics.layer,
    PgWebhooks.layer(NOTHING_PRIVATE),
    Layer.mock(LiveView, {}),
    Layer.mock(Readiness, {}),
    Layer.succeed(Cleanup, { run: Effect.succeed({ rescued: 0, expired: 0, timedOut: 0, removed: 0, scheduled: 0 }) }),
    HttpClosing.layer,
    StreamPlaces.layer
  )
  const streams = Layer.merge(JobsFeeds.layer, JobWatches.layer)
  const runtime = ManagedRuntime.make(streams.pipe(Layer.provideMerge(services), Layer.provideMerge(foundation)))
  afterAll(async () => {
    await runtime.dispose()
    rmSync(folder, { recursive: true })
  })
  const empty = Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`TRUNCATE script_jobs, job_queue, job_leases, job_schedules, pauses, workers CASCADE`
  )
  const makeApi = Effect.gen(function* () {
    const handler = servedLocally(yield* makeApiHandler)
    const count = yield* countRows
    return { handler, count, run: yield* makeRun }
  })
  /** A test with empty tables and the API over them. */
  return <A, E>(
    name: string,
    body: (
      api: Effect.Success<typeof makeApi>
    ) => Effect.Effect<A, E, Scope.Scope | ManagedRuntime.ManagedRuntime.Services<typeof runtime>>
  ) =>
    it.live(name, () =>
      Effect.promise(() => runtime.runPromise(Effect.scoped(Effect.andThen(empty, Effect.flatMap(makeApi, body)))))
    )
}
