/** Composition root: reads the settings, joins the layers, launches. Only the command line imports it. */
import { join } from "node:path"
import { inspect } from "node:util"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Context, Deferred, Effect, Layer, Schema } from "effect"
import { Hono } from "hono"
import { AiModel } from "./domain/AiModel.ts"
import { Artifacts } from "./domain/Artifacts.ts"
import { type JobError, RetryableError } from "./domain/JobError.ts"
import { JobReports } from "./domain/JobReports.ts"
import { JobRows } from "./domain/JobRows.ts"
import { Jobs } from "./domain/Jobs.ts"
import { JobTypes } from "./domain/JobType.ts"
import { lanes } from "./domain/Lane.ts"
import type { Readiness } from "./domain/Readiness.ts"
import { redact } from "./domain/redact.ts"
import { Uploads } from "./domain/Uploads.ts"
import { makeApiHandler } from "./http/api/ApiHandler.ts"
import { makeApp, makeProbesApp } from "./http/app.ts"
import { originsOf } from "./http/crossOrigin.ts"
import { HttpClosing } from "./http/HttpClosing.ts"
import * as HttpServer from "./http/HttpServer.ts"
import { callerOfCredential, type IdentityServices, identify } from "./http/identify.ts"
import { isLocal, refuseStrangers } from "./http/NoKeys.ts"
import { boardRoutes } from "./http/pages/boardRoutes.ts"
import { renderErrorPage } from "./http/pages/errorPage.tsx"
import { identityRoutes } from "./http/pages/identityRoutes.ts"
import { makeRun, makeRunWith } from "./http/Run.ts"
import type { KnownHosts } from "./http/sameOrigin.ts"
import { JobsFeeds } from "./http/streams/JobsFeeds.ts"
import { JobWatches } from "./http/streams/JobWatches.ts"
import { SOCKET_PATH } from "./http/streams/SocketMessage.ts"
import { StreamPlaces } from "./http/streams/StreamPlaces.ts"
import { makeSocketRoute } from "./http/streams/socketRoute.ts"
import { makePracticePortal } from "./practice-portal/PracticePortal.tsx"
import * as Ai from "./runtime/ai/aiLayer.ts"
import { layer as bulkJobs, bulkJobType } from "./runtime/bulkJobs.ts"
import { DataDirectory } from "./runtime/DataDirectory.ts"
import * as estimateRounds from "./runtime/estimateRounds.ts"
import { artifacts, execution, lanesOf, queue } from "./runtime/execution.ts"
import * as Janitor from "./runtime/Janitor.ts"
import * as JwtTokens from "./runtime/JwtTokens.ts"
import { messageJobTypes, type PromisedSenders, promiseSenders, telling, webhooks } from "./runtime/messages.ts"
import { joinJobTypes, loadOwnJobTypes } from "./runtime/OwnJobTypes.ts"
import * as ProcessLog from "./runtime/ProcessLog.ts"
import * as ProcessReadiness from "./runtime/ProcessReadiness.ts"
import { auditedJobs, auditedKeys, auditedLanes, auditedSchedules, auditedStops } from "./runtime/postgres/auditing.ts"
import { auditedCleanup } from "./runtime/postgres/auditingAdmins.ts"
import { boardReports } from "./runtime/postgres/boardReports.ts"
import { EmbeddedPostgres } from "./runtime/postgres/EmbeddedPostgres.ts"
import { identitySweep } from "./runtime/postgres/identitySweep.ts"
import { tellingJobs } from "./runtime/postgres/OwnChanges.ts"
import * as PgApiKeys from "./runtime/postgres/PgApiKeys.ts"
import * as PgAuditLog from "./runtime/postgres/PgAuditLog.ts"
import { countingMinutes } from "./runtime/postgres/PgBoardOverview.ts"
import * as PgBoardSessions from "./runtime/postgres/PgBoardSessions.ts"
import * as PgDatabase from "./runtime/postgres/PgDatabase.ts"
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
import { SecretBox } from "./runtime/SecretBox.ts"
import { loadSecretKey } from "./runtime/SecretKey.ts"
import { readSettings, type Settings } from "./runtime/Settings.ts"
import * as StrayErrors from "./runtime/StrayErrors.ts"
import { ThisWorker } from "./runtime/ThisWorker.ts"
import { teardown } from "./runtime/teardown.ts"
import * as Worker from "./runtime/Worker.ts"
import { aiScripts } from "./scripts/ai/AiScripts.ts"
import type { AiServices } from "./scripts/ai/AiServices.ts"
import { dataScripts } from "./scripts/data/DataScripts.ts"
import type { DataServices } from "./scripts/data/DataServices.ts"
import { restaurantScripts } from "./scripts/restaurant/RestaurantScripts.ts"

const PRACTICE_PATH = "/practice"

/** The server of `DATABASE_URL`, or one of our own. */
const database = ({ databaseUrl }: Settings) =>
  databaseUrl === undefined
    ? Layer.unwrap(
        Effect.map(EmbeddedPostgres, ({ socketDirectory: host, ...rest }) => PgDatabase.layer({ host, ...rest }))
      ).pipe(Layer.provide(EmbeddedPostgres.layer))
    : PgDatabase.layer({ url: databaseUrl })

const secretBox = ({ role, secretKey }: Settings) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { path } = yield* DataDirectory
      if (role !== "all" && secretKey === undefined) {
        yield* Effect.logInfo(
          `Secret inputs are sealed with the key in ${path}: processes elsewhere open them only with the same CALLBOARD_SECRET_KEY.`
        )
      }
      return SecretBox.layer(secretKey ?? (yield* loadSecretKey(path)))
    })
  )

/** Another worker may have a portal, so the job is tried again. */
const noPortal = new RetryableError({
  code: "SERVICE_UNAVAILABLE",
  message: "The worker has no portal to work on.",
  hint: "Set CALLBOARD_PORTAL_URL where the workers run: the practice portal belongs to processes that serve the board."
})

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

const makeMountsApp = (mounts: Readonly<Record<string, Hono>>) =>
  Object.entries(mounts).reduce((app, [path, mounted]) => app.route(path, mounted), new Hono())

/** Who may call, who is signed in, and what they did. */
const identity = (settings: Settings) =>
  Layer.mergeAll(
    Layer.provide(auditedKeys, PgApiKeys.layer),
    PgBoardSessions.layer,
    JwtTokens.layer({
      secret: settings.jwtSecret,
      jwksUrl: settings.jwksUrl,
      issuer: settings.jwtIssuer,
      audience: settings.jwtAudience,
      organisationClaim: settings.jwtOrganisationClaim
    })
  )

/** Board, API and practice portal behind one port. */
const web = (settings: Settings, listening: Deferred.Deferred<URL>) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { corsOrigins, host, port, publicUrl } = settings
      const hosts: KnownHosts = { bound: host, ...(publicUrl !== undefined && { publicUrl: new URL(publicUrl) }) }
      yield* refuseStrangers(hosts)
      const local = isLocal(hosts)
      const run = yield* makeRun
      const runIdentity = yield* makeRunWith<IdentityServices>()
      const { begun } = yield* HttpClosing
      const { path } = yield* DataDirectory
      const portal = yield* Effect.acquireRelease(
        Effect.sync(() =>
          makePracticePortal({ databasePath: join(path, "practice-portal.sqlite"), basePath: PRACTICE_PATH })
        ),
        ({ close }) => Effect.sync(close)
      )
      const practice = { [PRACTICE_PATH]: new Hono().route("/", portal.app) }
      if (!local) {
        // Browsers of jobs have no key, so they get a door of their own, and everybody else signs in before the portal.
        const forJobs = makeMountsApp(practice)
        const inside = yield* Layer.build(
          HttpServer.layer({ host: "127.0.0.1", port: 0, fetch: (request) => forJobs.fetch(request) })
        )
        yield* Deferred.succeed(listening, Context.get(inside, HttpServer.HttpServerAddress).url)
      }
      const info = { localOnly: local }
      const errorPage = renderErrorPage(info)
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
        sockets: yield* makeSocketRoute({ allowedOrigins, authenticate }),
        allowedOrigins,
        board: boardRoutes({ run, info, closing: begun }),
        mounts: { ...practice, "/": identityRoutes({ run: runIdentity, info }) },
        errorPage,
        limits: {
          perAddress: settings.addressRateLimit,
          perCaller: settings.rateLimit,
          changesPerCaller: settings.changeRateLimit
        },
        trustedProxies: settings.trustedProxies
      })
      return HttpServer.layer({ host, port, fetch: (request, server) => app.fetch(request, server) })
    })
  ).pipe(Layer.provide([HttpClosing.layer, JobsFeeds.layer, JobWatches.layer, StreamPlaces.layer]))

/** Of a process that only runs jobs: whether it lives and works. */
const probes = ({ host, port }: Settings) =>
  Layer.unwrap(
    Effect.map(makeRunWith<Readiness>(), (run) => {
      const app = makeProbesApp(run)
      return HttpServer.layer({ host, port, fetch: (request) => app.fetch(request) })
    })
  ).pipe(Layer.provide(HttpClosing.layer))

/** Says where the process is reached, once everything works. */
const welcome = ({ portalUrl, role }: Settings) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const { port, requestedPort, url } = yield* HttpServer.HttpServerAddress
      if (requestedPort !== 0 && port !== requestedPort) {
        yield* Console.log(`Port ${requestedPort} is taken, so port ${port} is used.`)
      }
      if (role !== "worker") return yield* Console.log(`Callboard is ready: ${url.href} (stop it with Ctrl-C)`)
      if (portalUrl === undefined) {
        yield* Console.log("This worker has no portal: restaurant jobs fail here until CALLBOARD_PORTAL_URL is set.")
      }
      yield* Console.log(`Callboard's worker is ready: ${new URL("/readyz", url).href} (stop it with Ctrl-C)`)
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
  const standardPortal = settings.role === "worker" ? Effect.fail(noPortal) : practicePortal
  const portalUrl = settings.portalUrl === undefined ? standardPortal : Effect.succeed(new URL(settings.portalUrl))
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
  const stored = Layer.provide(tellingJobs, Layer.provide(auditedJobs, PgJobs.layer))
  const calls = Layer.mergeAll(
    boardReports,
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
    Layer.provide(auditedStops, PgJobStops.layer),
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
  const said = welcome(settings)

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
      Layer.provide(Layer.merge(SecondSignal.layer, StrayErrors.layer)),
      Layer.provide(ThisWorker.layer(exclusive)),
      Layer.provide(DataDirectory.layer({ path: settings.dataDirectory, exclusive }))
    )
  switch (settings.role) {
    case "all":
      return onFoundation(
        said.pipe(
          Layer.provide(worker),
          Layer.provide(serving(web(settings, listening))),
          Layer.provide([running, withQueue(true), identity(settings), identitySweep])
        )
      )
    case "web":
      return onFoundation(
        said.pipe(
          Layer.provide(serving(web(settings, listening))),
          Layer.provide([ProcessReadiness.databaseOnly, withQueue(false), identity(settings), identitySweep])
        )
      )
    case "worker":
      return onFoundation(
        said.pipe(
          Layer.provide(worker),
          Layer.provide(serving(probes(settings))),
          Layer.provide([running, withQueue(true)])
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
  return yield* Layer.launch(application(settings, promised)).pipe(Effect.provide(ProcessLog.layer(settings.logLevel)))
})

export class CannotStart extends Schema.TaggedError<CannotStart>()("CannotStart", { message: Schema.String }) {}

/** What stops the start is a sentence for the person who typed the command; a bug keeps its stack. */
export const server = main.pipe(
  Effect.mapError(({ message }) => new CannotStart({ message: redact(`Callboard cannot start. ${message}`) })),
  Effect.tapDefect((defect) => Console.error(redact(`Callboard stopped because of a bug. ${inspect(defect)}`)))
)

if (import.meta.main) {
  NodeRuntime.runMain(
    Effect.tapError(server, ({ message }) => Console.error(message)),
    { teardown, disableErrorReporting: true }
  )
}
