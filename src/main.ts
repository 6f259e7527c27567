/** Composition root: reads the settings, joins the layers, launches. Only the command line imports it. */
import { join } from "node:path"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Context, Deferred, Effect, Layer } from "effect"
import { Hono } from "hono"
import { AiModel } from "./domain/AiModel.ts"
import { Artifacts } from "./domain/Artifacts.ts"
import type { JobError } from "./domain/JobError.ts"
import { JobReports } from "./domain/JobReports.ts"
import { JobRows } from "./domain/JobRows.ts"
import { Jobs } from "./domain/Jobs.ts"
import { JobTypes } from "./domain/JobType.ts"
import { Uploads } from "./domain/Uploads.ts"
import { frontDoor, probes } from "./http/doors.ts"
import { HttpServerAddress } from "./http/HttpServer.ts"
import { web } from "./http/web.ts"
import { welcome } from "./http/welcome.ts"
import { makePracticePortal } from "./practice-portal/PracticePortal.tsx"
import * as Ai from "./runtime/ai/aiLayer.ts"
import { bulkJobType } from "./runtime/bulkJobs.ts"
import { reporting, tellingBugs } from "./runtime/CannotStart.ts"
import { calls } from "./runtime/calls.ts"
import { DataDirectory } from "./runtime/DataDirectory.ts"
import { Departure } from "./runtime/Departure.ts"
import { artifacts, execution, lanesOf, queue, working } from "./runtime/execution.ts"
import { database, secretBox, thisProcess } from "./runtime/foundation.ts"
import { identity } from "./runtime/identity.ts"
import * as Janitor from "./runtime/Janitor.ts"
import { messageJobTypes, type PromisedSenders, promiseSenders } from "./runtime/messages.ts"
import * as MetricsText from "./runtime/metrics/MetricsText.ts"
import { joinJobTypes, loadOwnJobTypes } from "./runtime/OwnJobTypes.ts"
import * as ProcessLog from "./runtime/ProcessLog.ts"
import * as ProcessReadiness from "./runtime/ProcessReadiness.ts"
import { permittedCleanup } from "./runtime/permittedCleanup.ts"
import { portalOf } from "./runtime/portalOf.ts"
import { auditedCleanup } from "./runtime/postgres/auditingAdmins.ts"
import { clockWatch } from "./runtime/postgres/databaseClock.ts"
import { identitySweep } from "./runtime/postgres/identitySweep.ts"
import * as PgAuditLog from "./runtime/postgres/PgAuditLog.ts"
import * as PgJobChanges from "./runtime/postgres/PgJobChanges.ts"
import * as ResealSecrets from "./runtime/postgres/ResealSecrets.ts"
import { readSettings, type Settings } from "./runtime/Settings.ts"
import * as Tracing from "./runtime/Tracing.ts"
import { teardown } from "./runtime/teardown.ts"
import { aiScripts } from "./scripts/ai/AiScripts.ts"
import type { AiServices } from "./scripts/ai/AiServices.ts"
import { dataScripts } from "./scripts/data/DataScripts.ts"
import type { DataServices } from "./scripts/data/DataServices.ts"
import { restaurantScripts } from "./scripts/restaurant/RestaurantScripts.ts"

const PRACTICE_PATH = "/practice"

/** What shipped scripts work with. */
type Shipped = AiServices & DataServices

/** `shipped` comes later, because what stores jobs needs to know all job types first. */
const jobTypes = (
  settings: Settings,
  portalUrl: Effect.Effect<URL, JobError>,
  shipped: Effect.Effect<Shipped>,
  senders: PromisedSenders
) =>
  Layer.effect(
    JobTypes,
    Effect.gen(function* () {
      const own = yield* loadOwnJobTypes(settings.config)
      const ours = [
        ...restaurantScripts({ portalUrl }),
        ...aiScripts({ services: shipped, missing: Ai.missingForAi(settings) }),
        ...dataScripts(shipped),
        bulkJobType(Effect.map(shipped, ({ jobs }) => jobs)),
        ...messageJobTypes(settings, senders)
      ]
      return yield* joinJobTypes(ours, own)
    })
  )

/** The practice portal belongs to processes with a board. */
const board = (settings: Settings, listening: Deferred.Deferred<URL>) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const databasePath = join((yield* DataDirectory).path, "practice-portal.sqlite")
      const portal = yield* Effect.acquireRelease(
        Effect.sync(() => makePracticePortal({ databasePath, basePath: PRACTICE_PATH })),
        ({ close }) => Effect.sync(close)
      )
      return web(settings, {
        path: PRACTICE_PATH,
        app: new Hono().route("/", portal.app),
        hasOwnDoor: (url) => Deferred.succeed(listening, url)
      })
    })
  )

/** What is made later than those who ask for it. */
interface Promised {
  readonly listening: Deferred.Deferred<URL>
  readonly shipped: Deferred.Deferred<Shipped>
  readonly senders: PromisedSenders
}

/** Each layer stands on those below it, and closes before them: the worker drains while the portal still answers. */
const application = (settings: Settings, { listening, senders, shipped }: Promised) => {
  const practicePortal = Effect.map(Deferred.await(listening), (base) => new URL(`${PRACTICE_PATH}/`, base))
  const portalUrl = portalOf(settings, practicePortal)

  const serving = <E, R>(http: Layer.Layer<HttpServerAddress, E, R>) =>
    Layer.tap(http, (context) => Deferred.succeed(listening, Context.get(context, HttpServerAddress).url))
  const worker = working(settings, senders)
  const running = Layer.merge(execution(settings), ProcessReadiness.layer(settings.lease))
  const answering = calls(settings, senders).pipe(
    Layer.tap((context) =>
      Effect.gen(function* () {
        yield* Deferred.succeed(shipped, {
          jobs: Context.get(context, Jobs),
          reports: Context.get(context, JobReports),
          model: Context.get(context, AiModel),
          rows: Context.get(context, JobRows),
          uploads: Context.get(context, Uploads),
          artifacts: yield* Artifacts,
          types: yield* JobTypes
        })
      })
    )
  )
  /** A process without a worker repairs only when it is asked to. */
  const withQueue = (claims: boolean) =>
    permittedCleanup.pipe(
      Layer.provide(auditedCleanup),
      Layer.provide(Janitor.cleanupLayer(settings.retention)),
      Layer.provideMerge(queue(settings, claims ? lanesOf(settings) : {})),
      Layer.provideMerge(answering)
    )
  const said = Layer.merge(welcome(settings), Departure.beginning)
  const metrics = MetricsText.layer(settings.role)
  const site = board(settings, listening)
  const identities = Layer.mergeAll(identity(settings), identitySweep, clockWatch)

  const onFoundation = <E, R>(part: Layer.Layer<never, E, R>) =>
    part.pipe(
      Layer.provide(Layer.mergeAll(PgJobChanges.layer, PgAuditLog.layer, artifacts(settings), ResealSecrets.layer)),
      Layer.provide(
        Layer.mergeAll(
          jobTypes(settings, portalUrl, Deferred.await(shipped), senders),
          secretBox(settings),
          ProcessReadiness.WorkerState.layer
        )
      ),
      Layer.provide(database(settings)),
      Layer.provide(Layer.merge(frontDoor(settings), Departure.layer(settings.drainDelay))),
      Layer.provide(thisProcess(settings))
    )
  switch (settings.role) {
    case "all":
      return onFoundation(
        said.pipe(
          Layer.provide(worker),
          Layer.provide(Departure.lingering),
          Layer.provide(serving(site)),
          Layer.provide([metrics, running, withQueue(true), identities])
        )
      )
    case "web":
      return onFoundation(
        said.pipe(
          Layer.provide(Departure.lingering),
          Layer.provide(serving(site)),
          Layer.provide([metrics, ProcessReadiness.databaseOnly, withQueue(false), identities])
        )
      )
    case "worker":
      return onFoundation(
        said.pipe(
          Layer.provide(worker),
          Layer.provide(Departure.lingering),
          Layer.provide(serving(probes(settings))),
          Layer.provide([metrics, running, withQueue(true)])
        )
      )
  }
}

const main = Effect.gen(function* () {
  const settings = yield* readSettings(process.env)
  const promised = {
    listening: yield* Deferred.make<URL>(),
    shipped: yield* Deferred.make<Shipped>(),
    senders: yield* promiseSenders
  }
  return yield* Layer.launch(application(settings, promised)).pipe(
    Effect.provide(Tracing.layer(settings)),
    Effect.provide(ProcessLog.layer(settings.logLevel))
  )
})

export const server = reporting(main)

if (import.meta.main) {
  NodeRuntime.runMain(tellingBugs(Effect.tapError(server, ({ message }) => Console.error(message))), {
    teardown,
    disableErrorReporting: true
  })
}
