/** The contracts of the domain on a database of their own, for the tests of one file. */
import { afterAll } from "bun:test"
import { Duration, Effect, Layer, ManagedRuntime, Redacted } from "effect"
import type { JobType } from "../../src/domain/JobType.ts"
import { HandOver } from "../../src/runtime/HandOver.ts"
import { boardReports } from "../../src/runtime/postgres/boardReports.ts"
import * as PgJobDetails from "../../src/runtime/postgres/PgJobDetails.ts"
import * as PgJobEstimates from "../../src/runtime/postgres/PgJobEstimates.ts"
import * as PgJobPrompts from "../../src/runtime/postgres/PgJobPrompts.ts"
import * as PgJobQueue from "../../src/runtime/postgres/PgJobQueue.ts"
import * as PgJobReports from "../../src/runtime/postgres/PgJobReports.ts"
import * as PgJobSchedules from "../../src/runtime/postgres/PgJobSchedules.ts"
import * as PgJobStops from "../../src/runtime/postgres/PgJobStops.ts"
import * as PgJobs from "../../src/runtime/postgres/PgJobs.ts"
import * as PgLanes from "../../src/runtime/postgres/PgLanes.ts"
import * as PgUpkeep from "../../src/runtime/postgres/PgUpkeep.ts"
import * as PgWorkers from "../../src/runtime/postgres/PgWorkers.ts"
import { SecretBox } from "../../src/runtime/SecretBox.ts"
import { it } from "./effect.ts"
import { emptyTables } from "./emptyTables.ts"
import { typesLayer } from "./scripts.ts"
import { TestDatabase } from "./TestDatabase.ts"

const settings = {
  worker: { name: "worker-a", bootId: Bun.randomUUIDv7() },
  leaseTime: Duration.seconds(30),
  places: { default: 8, browser: 2, quick: 16 }
}

/** Gives `inDatabase(name, body)`: a test that starts with empty tables. */
export const databaseTests = (...types: ReadonlyArray<JobType>) => {
  const foundation = Layer.mergeAll(
    TestDatabase.layer,
    HandOver.layer,
    typesLayer(...types),
    SecretBox.layer(Redacted.make(Buffer.alloc(32, 7).toString("base64")))
  )
  const services = Layer.mergeAll(
    PgJobQueue.layer(settings),
    PgJobPrompts.layer,
    PgUpkeep.layer(settings.worker),
    Layer.merge(PgJobSchedules.layer, PgJobStops.layer).pipe(Layer.provideMerge(PgJobs.layer)),
    PgJobReports.layer,
    PgJobDetails.layer,
    PgJobEstimates.layer,
    PgWorkers.layer,
    PgLanes.layer,
    boardReports
  )
  const runtime = ManagedRuntime.make(services.pipe(Layer.provideMerge(foundation)))
  afterAll(() => runtime.dispose())

  const empty = emptyTables(
    ...["script_jobs", "job_queue", "job_leases", "job_schedules", "pauses", "workers", "job_estimates"]
  )
  return <A, E>(name: string, body: Effect.Effect<A, E, ManagedRuntime.ManagedRuntime.Services<typeof runtime>>) =>
    it.live(name, () => Effect.promise(() => runtime.runPromise(Effect.andThen(empty, body))))
}
