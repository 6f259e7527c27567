/** The API over a real database: each one made is another process that shares it. */
import { Duration, Effect, Layer } from "effect"
import { LiveView } from "../../src/domain/LiveView.ts"
import { Readiness } from "../../src/domain/Readiness.ts"
import { Uploads } from "../../src/domain/Uploads.ts"
import { makeApiHandler } from "../../src/http/api/ApiHandler.ts"
import { HttpClosing } from "../../src/http/HttpClosing.ts"
import { JobsFeeds } from "../../src/http/streams/JobsFeeds.ts"
import { JobWatches } from "../../src/http/streams/JobWatches.ts"
import { StreamPlaces } from "../../src/http/streams/StreamPlaces.ts"
import { layer as bulkJobs, bulkJobType } from "../../src/runtime/bulkJobs.ts"
import * as Janitor from "../../src/runtime/Janitor.ts"
import * as PgAiCalls from "../../src/runtime/postgres/PgAiCalls.ts"
import * as PgApiKeys from "../../src/runtime/postgres/PgApiKeys.ts"
import * as PgAuditLog from "../../src/runtime/postgres/PgAuditLog.ts"
import * as PgJobChanges from "../../src/runtime/postgres/PgJobChanges.ts"
import * as PgStatistics from "../../src/runtime/postgres/PgStatistics.ts"
import * as PgWebhooks from "../../src/runtime/postgres/PgWebhooks.ts"
import { NOTHING_PRIVATE } from "../../src/runtime/webhooks/AddressRules.ts"
import { servedLocally } from "../http/asLocal.ts"
import { readAnswer, toRequest } from "../http/calls.ts"
import { FakeArtifacts } from "./FakeArtifacts.ts"

/** The type of jobs that change many others, for `databaseTests`. Nothing runs it. */
export const bulk = bulkJobType(Effect.die("no worker runs here"))

/** With the services of `databaseTests`. Bytes of files are in memory. */
export const makePgApi = Effect.gen(function* () {
  const others = Layer.mergeAll(
    bulkJobs,
    Janitor.cleanupLayer(Duration.days(30)),
    PgApiKeys.layer,
    PgAiCalls.layer,
    Layer.mock(Uploads, {}),
    PgAuditLog.layer,
    PgJobChanges.layer,
    PgStatistics.layer,
    new FakeArtifacts().layer,
    Layer.mock(LiveView, {}),
    Layer.mock(Readiness, {}),
    PgWebhooks.layer(NOTHING_PRIVATE),
    HttpClosing.layer,
    StreamPlaces.layer
  )
  const context = yield* Layer.build(
    Layer.fresh(Layer.provideMerge(Layer.merge(JobsFeeds.layer, JobWatches.layer), others))
  )
  const handler = servedLocally(yield* makeApiHandler.pipe(Effect.provideContext(context)))
  const call = (...request: Parameters<typeof toRequest>) =>
    Effect.flatMap(
      Effect.promise(() => handler(toRequest(...request))),
      readAnswer
    )
  return { handler, call }
})
