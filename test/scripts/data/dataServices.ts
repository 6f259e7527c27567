/** What data scripts work with, on a database and in a folder of their own. */
import { afterAll } from "bun:test"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Duration, Effect, Layer, ManagedRuntime, Option, Redacted, Schema, Stream } from "effect"
import { Artifacts } from "../../../src/domain/Artifacts.ts"
import { CurrentJob } from "../../../src/domain/CurrentJob.ts"
import type { Job } from "../../../src/domain/Job.ts"
import { JobRows } from "../../../src/domain/JobRows.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { defineJobType, type JobType, JobTypes } from "../../../src/domain/JobType.ts"
import { Secret } from "../../../src/domain/Secret.ts"
import { Uploads } from "../../../src/domain/Uploads.ts"
import * as FileBytes from "../../../src/runtime/artifacts/FileBytes.ts"
import * as PgArtifacts from "../../../src/runtime/postgres/PgArtifacts.ts"
import * as PgJobQueue from "../../../src/runtime/postgres/PgJobQueue.ts"
import * as PgJobRows from "../../../src/runtime/postgres/PgJobRows.ts"
import * as PgJobs from "../../../src/runtime/postgres/PgJobs.ts"
import * as PgUpkeep from "../../../src/runtime/postgres/PgUpkeep.ts"
import * as PgUploads from "../../../src/runtime/postgres/PgUploads.ts"
import { SecretBox } from "../../../src/runtime/SecretBox.ts"
import { makeBulkImport } from "../../../src/scripts/data/BulkImport.ts"
import type { DataServices } from "../../../src/scripts/data/DataServices.ts"
import { makeTestJob } from "../../../src/testing/TestJob.ts"
import { it } from "../../support/effect.ts"
import { emptyTables } from "../../support/emptyTables.ts"
import { typesLayer } from "../../support/scripts.ts"
import { TestDatabase } from "../../support/TestDatabase.ts"

/** What is imported and exported. */
const dish = defineJobType({
  name: "dish",
  title: "Dish",
  description: "Cooks a dish.",
  lane: "default",
  input: Schema.Struct({
    name: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(40)),
    price: Schema.Finite.check(Schema.isGreaterThan(0)),
    password: Schema.optionalKey(Secret)
  }),
  result: Schema.Struct({ served: Schema.Boolean, key: Schema.optionalKey(Secret) }),
  steps: [],
  example: { name: "Risotto", price: 12 },
  run: () => Effect.succeed({ served: true })
})

export const dataTests = () => {
  const folder = mkdtempSync(join(tmpdir(), "callboard-data-"))
  const foundation = Layer.mergeAll(
    TestDatabase.layer,
    typesLayer(dish, makeBulkImport(Effect.never)),
    SecretBox.layer(Redacted.make(Buffer.alloc(32, 7).toString("base64"))),
    FileBytes.layer(folder)
  )
  const queue = PgJobQueue.layer({
    worker: { name: "worker-a", bootId: Bun.randomUUIDv7() },
    leaseTime: Duration.seconds(30),
    places: { default: 8 }
  })
  const services = Layer.mergeAll(
    PgJobs.layer,
    PgArtifacts.layer,
    PgUploads.layer,
    PgJobRows.layer,
    PgUpkeep.layer(),
    queue
  )
  const runtime = ManagedRuntime.make(services.pipe(Layer.provideMerge(foundation)))
  afterAll(async () => {
    await runtime.dispose()
    rmSync(folder, { recursive: true })
  })
  const empty = emptyTables("script_jobs", "job_queue", "job_leases", "uploads", "idempotency_keys")
  return <A, E>(name: string, body: Effect.Effect<A, E, ManagedRuntime.ManagedRuntime.Services<typeof runtime>>) =>
    it.live(name, () => Effect.promise(() => runtime.runPromise(Effect.andThen(empty, body))))
}

export const dataServices = Effect.gen(function* () {
  const services: DataServices = {
    jobs: yield* Jobs,
    types: yield* JobTypes,
    rows: yield* JobRows,
    artifacts: yield* Artifacts,
    uploads: yield* Uploads
  }
  return services
})

/** A job that works as the job `self` of the database, a new one or, where a job is started over, the one before. */
export const startJob = (make: (later: Effect.Effect<DataServices>) => JobType, input: unknown, before?: Job) =>
  Effect.gen(function* () {
    const services = yield* dataServices
    const self = before ?? (yield* services.jobs.create({ jobType: "dish", input: { name: "Self", price: 1 } })).job
    const running = Option.some({ id: self.id, jobId: self.jobId, organisationId: "default", attempt: 1 })
    const asSelf = <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.provideService(work, CurrentJob, running)
    const test = makeTestJob(make(Effect.succeed(services)), { input })
    return { ...test, services, self, attempt: asSelf(test.attempt), run: asSelf(test.run) }
  })

export const fileText = ({ artifacts }: DataServices, { id }: Job, name: string) =>
  Effect.gen(function* () {
    const { artifact, read } = yield* artifacts.find(id, name)
    const bytes = Buffer.concat(yield* Stream.runCollect(yield* read()))
    return { artifact, bytes, text: bytes.toString() }
  })
