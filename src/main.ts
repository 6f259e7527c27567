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
import { lanes } from "./domain/Lane.ts"
import type { Metrics } from "./domain/Metrics.ts"
import type { Readiness } from "./domain/Readiness.ts"
import { Uploads } from "./domain/Uploads.ts"
import { makeApiHandler } from "./http/api/ApiHandler.ts"
import { makeApp, makeProbesApp, makeStartingApp } from "./http/app.ts"
import { originsOf } from "./http/crossOrigin.ts"
import { FrontDoor } from "./http/FrontDoor.ts"
import { HttpClosing } from "./http/HttpClosing.ts"
import * as HttpServer from "./http/HttpServer.ts"
import { callerOfCredential, type IdentityServices, identify } from "./http/identify.ts"
import { metricsOfWorker } from "./http/metricsRoute.ts"
import { isLocal, refuseStrangers } from "./http/NoKeys.ts"
import { boardRoutes } from "./http/pages/boardRoutes.ts"
import { renderErrorPage } from "./http/pages/errorPage.tsx"
import { identityRoutes } from "./http/pages/identityRoutes.ts"
import { PageFeeds } from "./http/pages/PageFeeds.ts"
import { makeRun, makeRunWith } from "./http/Run.ts"
import type { KnownHosts } from "./http/sameOrigin.ts"
import { JobsFeeds } from "./http/streams/JobsFeeds.ts"
import { JobWatches } from "./http/streams/JobWatches.ts"
import { SOCKET_PATH } from "./http/streams/SocketMessage.ts"
import { StreamPlaces } from "./http/streams/StreamPlaces.ts"
import { makeSocketRoute } from "./http/streams/socketRoute.ts"
import { welcome } from "./http/welcome.ts"
import { makePracticePortal } from "./practice-portal/PracticePortal.tsx"
import * as Ai from "./runtime/ai/aiLayer.ts"
import { layer as bulkJobs, bulkJobType } from "./runtime/bulkJobs.ts"
import { reporting } from "./runtime/CannotStart.ts"
import { DataDirectory } from "./runtime/DataDirectory.ts"
import { Departure } from "./runtime/Departure.ts"
import * as estimateRounds from "./runtime/estimateRounds.ts"
import { artifacts, execution, lanesOf, queue } from "./runtime/execution.ts"
import { database, secretBox } from "./runtime/foundation.ts"
import { identity } from "./runtime/identity.ts"
import * as Janitor from "./runtime/Janitor.ts"
import { messageJobTypes, type PromisedSenders, promiseSenders, telling, webhooks } from "./runtime/messages.ts"
import * as MetricsText from "./runtime/metrics/MetricsText.ts"
import { joinJobTypes, loadOwnJobTypes } from "./runtime/OwnJobTypes.ts"
import * as ProcessLog from "./runtime/ProcessLog.ts"
import * as ProcessReadiness from "./runtime/ProcessReadiness.ts"
import { portalOf } from "./runtime/portalOf.ts"
import { auditedJobs, auditedLanes, auditedSchedules, auditedStops } from "./runtime/postgres/auditing.ts"
import { auditedCleanup, auditedNotes } from "./runtime/postgres/auditingAdmins.ts"
import { boardReports } from "./runtime/postgres/boardReports.ts"
import { identitySweep } from "./runtime/postgres/identitySweep.ts"
import { tellingJobs } from "./runtime/postgres/OwnChanges.ts"
import * as PgAuditLog from "./runtime/postgres/PgAuditLog.ts"
import { countingMinutes } from "./runtime/postgres/PgBoardOverview.ts"
import * as PgJobChanges from "./runtime/postgres/PgJobChanges.ts"
import * as PgJobDetails from "./runtime/postgres/PgJobDetails.ts"
import * as PgJobEstimates from "./runtime/postgres/PgJobEstimates.ts"
import * as PgJobReports from "./runtime/postgres/PgJobReports.ts"
import * as PgJobRows from "./runtime/postgres/PgJobRows.ts"
import * as PgJobSchedules from "./runtime/postgres/PgJobSchedules.ts"
import * as PgJobStops from "./runtime/postgres/PgJobStops.ts"
import * as PgJobs from "./runtime/postgres/PgJobs.ts"
import * as PgLanes from "./runtime/postgres/PgLanes.ts"
import * as PgLiveView from "./runtime/postgres/PgLiveView.ts"
import * as PgStatistics from "./runtime/postgres/PgStatistics.ts"
import * as PgUploads from "./runtime/postgres/PgUploads.ts"
import * as PgWorkers from "./runtime/postgres/PgWorkers.ts"
import * as ResealSecrets from "./runtime/postgres/ResealSecrets.ts"
import * as SecondSignal from "./runtime/SecondSignal.ts"
import { readSettings, type Settings } from "./runtime/Settings.ts"
import * as StrayErrors from "./runtime/StrayErrors.ts"
import * as startLines from "./runtime/startLines.ts"
import { ThisWorker } from "./runtime/ThisWorker.ts"
import * as Tracing from "./runtime/Tracing.ts"
import { teardown } from "./runtime/teardown.ts"
import * as Worker from "./runtime/Worker.ts"
import { watchedChanges, watchedCreation, watchedStops } from "./runtime/watchedJobs.ts"
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

/** Board, API and practice portal behind one port. */
const web = (settings: Settings, listening: Deferred.Deferred<URL>) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { corsOrigins, host, publicUrl } = settings
      const hosts: KnownHosts = { bound: host, ...(publicUrl !== undefined && { publicUrl: new URL(publicUrl) }) }
      yield* refuseStrangers(hosts)
      const local = isLocal(hosts)
      const run = yield* makeRun
      const runIdentity = yield* makeRunWith<IdentityServices>()
      const runMetrics = yield* makeRunWith<Metrics>()
      const { path } = yield* DataDirectory
      const portal = yield* Effect.acquireRelease(
        Effect.sync(() =>
          makePracticePortal({ databasePath: join(path, "practice-portal.sqlite"), basePath: PRACTICE_PATH })
        ),
        ({ close }) => Effect.sync(close)
      )
      const practice = new Hono().route("/", portal.app)
      if (!local) {
        // Browsers of jobs have no key, so they get a door of their own, and everybody else signs in before the portal.
        const forJobs = new Hono().route(PRACTICE_PATH, practice)
        const inside = yield* Layer.build(
          HttpServer.layer({ host: "127.0.0.1", port: 0, fetch: (request) => forJobs.fetch(request) })
        )
        yield* Deferred.succeed(listening, Context.get(inside, HttpServer.HttpServerAddress).url)
      }
      const info = { localOnly: local }
      const allowedOrigins = originsOf(corsOrigins)
      const identities = yield* Effect.context<IdentityServices>()
      const authenticate = (token: string) => Effect.provideContext(callerOfCredential(token), identities)
      const app = makeApp({
        run,
        hosts,
        apiHandler: yield* makeApiHandler,
        identify: (refuse) =>
          identify({
            run: runIdentity,
            refuse,
            local,
            ...(hosts.publicUrl !== undefined && { publicHost: hosts.publicUrl.host }),
            late: [SOCKET_PATH],
            open: local ? [PRACTICE_PATH, `${PRACTICE_PATH}/`] : []
          }),
        sockets: yield* makeSocketRoute({ allowedOrigins, authenticate, hosts }),
        allowedOrigins,
        board: boardRoutes({ run, feeds: yield* PageFeeds, info, closing: (yield* HttpClosing).begun }),
        mounts: { [PRACTICE_PATH]: practice, "/": identityRoutes({ run: runIdentity, info }) },
        errorPage: renderErrorPage(info),
        limits: {
          perAddress: settings.addressRateLimit,
          perCaller: settings.rateLimit,
          changesPerCaller: settings.changeRateLimit
        },
        trustedProxies: settings.trustedProxies,
        metrics: { run: runMetrics, token: settings.metricsToken },
        ...(settings.otlpEndpoint !== undefined && { traces: runMetrics })
      })
      return FrontDoor.serving((request, server) => app.fetch(request, server))
    })
  ).pipe(Layer.provide([HttpClosing.layer, JobsFeeds.layer, JobWatches.layer, PageFeeds.layer, StreamPlaces.layer]))

/** Of a process that only runs jobs: whether it lives and works. */
const probes = ({ host, metricsToken: token }: Settings) =>
  Layer.unwrap(
    Effect.map(makeRunWith<Readiness | Metrics>(), (run) => {
      const app = makeProbesApp(run, metricsOfWorker({ run, token, local: isLocal({ bound: host }) }))
      return FrontDoor.serving((request) => app.fetch(request))
    })
  ).pipe(Layer.provide(HttpClosing.layer))

/** Until there is more to serve. */
const frontDoor = ({ host, port }: Settings) =>
  Layer.unwrap(
    Effect.map(makeRunWith<never>(), (run) => {
      const app = makeStartingApp(run)
      return FrontDoor.layer({ host, port, early: (request) => app.fetch(request) })
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
  const exclusive = settings.databaseUrl === undefined

  const serving = <E, R>(http: Layer.Layer<HttpServer.HttpServerAddress, E, R>) =>
    Layer.tap(http, (context) => Deferred.succeed(listening, Context.get(context, HttpServer.HttpServerAddress).url))
  const { retention, shutdownGrace } = settings
  const worker = Layer.mergeAll(
    Worker.layer({ lanes, shutdownGrace, retention }),
    telling(settings, senders),
    estimateRounds.layer
  )
  const running = Layer.merge(execution(settings), ProcessReadiness.layer)
  const stored = Layer.provide(
    tellingJobs,
    Layer.provide(watchedChanges, Layer.provide(auditedJobs, Layer.provide(watchedCreation, PgJobs.layer)))
  )
  const calls = Layer.mergeAll(
    Layer.provideMerge(auditedNotes, boardReports),
    countingMinutes,
    bulkJobs,
    Layer.provide(auditedLanes, PgLanes.layer),
    webhooks(settings, senders),
    PgLiveView.layer,
    Layer.provide(auditedSchedules, PgJobSchedules.layer),
    PgJobReports.layer,
    PgStatistics.layer,
    Ai.layer(settings),
    PgJobRows.layer,
    PgUploads.layer,
    Layer.provide(auditedStops, Layer.provide(watchedStops, PgJobStops.layer)),
    PgJobDetails.layer,
    PgJobEstimates.layer,
    PgWorkers.layer
  ).pipe(
    Layer.provideMerge(stored),
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
    Layer.provide(auditedCleanup, Janitor.cleanupLayer(retention)).pipe(
      Layer.provideMerge(queue(settings, claims ? lanesOf(settings) : {})),
      Layer.provideMerge(calls)
    )
  const said = Layer.merge(welcome(settings), Departure.beginning)
  const metrics = MetricsText.layer(settings.role)

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
      Layer.provide(Layer.merge(SecondSignal.layer, StrayErrors.layer)),
      Layer.provide(startLines.layer(settings)),
      Layer.provide(ProcessLog.naming),
      Layer.provide(ThisWorker.layer(exclusive)),
      Layer.provide(DataDirectory.layer({ path: settings.dataDirectory, exclusive }))
    )
  switch (settings.role) {
    case "all":
      return onFoundation(
        said.pipe(
          Layer.provide(worker),
          Layer.provide(Departure.lingering),
          Layer.provide(serving(web(settings, listening))),
          Layer.provide([metrics, running, withQueue(true), identity(settings), identitySweep])
        )
      )
    case "web":
      return onFoundation(
        said.pipe(
          Layer.provide(Departure.lingering),
          Layer.provide(serving(web(settings, listening))),
          Layer.provide([metrics, ProcessReadiness.databaseOnly, withQueue(false), identity(settings), identitySweep])
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
  NodeRuntime.runMain(
    Effect.tapError(server, ({ message }) => Console.error(message)),
    { teardown, disableErrorReporting: true }
  )
}
