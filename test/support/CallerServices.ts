/** Everything that API and board call, on a real database: whatever connection it is given. */
import { Duration, Effect, Layer, Redacted, Stream } from "effect"
import { Readiness } from "../../src/domain/Readiness.ts"
import { HttpClosing } from "../../src/http/HttpClosing.ts"
import { JobsFeeds } from "../../src/http/streams/JobsFeeds.ts"
import { JobWatches } from "../../src/http/streams/JobWatches.ts"
import { StreamPlaces } from "../../src/http/streams/StreamPlaces.ts"
import { ByteStore } from "../../src/runtime/artifacts/ByteStore.ts"
import * as BulkJobs from "../../src/runtime/bulkJobs.ts"
import * as Janitor from "../../src/runtime/Janitor.ts"
import { permittedCleanup } from "../../src/runtime/permittedCleanup.ts"
import * as PgAiCalls from "../../src/runtime/postgres/PgAiCalls.ts"
import * as PgApiKeys from "../../src/runtime/postgres/PgApiKeys.ts"
import * as PgArtifacts from "../../src/runtime/postgres/PgArtifacts.ts"
import * as PgAuditLog from "../../src/runtime/postgres/PgAuditLog.ts"
import * as PgJobChanges from "../../src/runtime/postgres/PgJobChanges.ts"
import * as PgJobQueue from "../../src/runtime/postgres/PgJobQueue.ts"
import * as PgJobReports from "../../src/runtime/postgres/PgJobReports.ts"
import * as PgJobSchedules from "../../src/runtime/postgres/PgJobSchedules.ts"
import * as PgJobs from "../../src/runtime/postgres/PgJobs.ts"
import * as PgLanes from "../../src/runtime/postgres/PgLanes.ts"
import * as PgLiveView from "../../src/runtime/postgres/PgLiveView.ts"
import * as PgStatistics from "../../src/runtime/postgres/PgStatistics.ts"
import * as PgStepEvidence from "../../src/runtime/postgres/PgStepEvidence.ts"
import * as PgUpkeep from "../../src/runtime/postgres/PgUpkeep.ts"
import * as PgUploads from "../../src/runtime/postgres/PgUploads.ts"
import * as PgWebhooks from "../../src/runtime/postgres/PgWebhooks.ts"
import { SecretBox } from "../../src/runtime/SecretBox.ts"
import { NOTHING_PRIVATE } from "../../src/runtime/webhooks/AddressRules.ts"
import { boardServices } from "./boardServices.ts"
import { idle, typesLayer } from "./scripts.ts"
import { STORE } from "./things.ts"

const worker = { name: "worker-a", bootId: Bun.randomUUIDv7() }

/** Every file is there, and empty. */
const bytes = Layer.succeed(ByteStore, {
  id: STORE,
  write: (_, content) => Stream.runDrain(content),
  read: () => Effect.succeed(Stream.empty),
  remove: () => Effect.void
})

const isReady = Layer.succeed(Readiness, { check: Effect.succeed({ ready: true, checks: {} }) })

/** The type that changes many jobs is one that everybody could name, and not everybody may have run. */
const bulkType = BulkJobs.bulkJobType(Effect.die("it is never run here"))

const foundation = Layer.mergeAll(
  typesLayer(idle, bulkType),
  SecretBox.layer(Redacted.make(Buffer.alloc(32, 7).toString("base64"))),
  bytes,
  isReady,
  HttpClosing.layer,
  StreamPlaces.layer
)

const calls = Layer.mergeAll(
  BulkJobs.layer,
  boardServices,
  PgApiKeys.layer,
  PgArtifacts.layer,
  PgAiCalls.layer,
  PgUploads.layer,
  PgAuditLog.layer,
  PgJobChanges.layer,
  PgJobReports.layer,
  PgJobSchedules.layer,
  PgLanes.layer,
  PgLiveView.layer,
  PgStatistics.layer,
  PgStepEvidence.layer,
  PgWebhooks.layer(NOTHING_PRIVATE)
).pipe(Layer.provideMerge(PgJobs.layer))

const queue = Layer.mergeAll(
  PgJobQueue.layer({ worker, leaseTime: Duration.seconds(30), places: { default: 8 } }),
  PgUpkeep.layer(worker)
)

export const callerServices = Layer.provide(permittedCleanup, Janitor.cleanupLayer(Duration.days(30))).pipe(
  Layer.merge(Layer.merge(JobsFeeds.layer, JobWatches.layer)),
  Layer.provideMerge(queue),
  Layer.provideMerge(calls),
  Layer.provideMerge(foundation)
)
