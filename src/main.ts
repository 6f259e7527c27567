/** Composition root: reads the settings, joins the layers, launches. Nothing imports it. */
import { join } from "node:path"
import { NodeRuntime } from "@effect/platform-node"
import { Cause, Console, Context, Deferred, Effect, Exit, Layer, type Runtime } from "effect"
import { Hono } from "hono"
import { Jobs } from "./domain/Jobs.ts"
import { JobTypes } from "./domain/JobType.ts"
import { makeApiHandler } from "./http/api/ApiHandler.ts"
import { makeApp } from "./http/app.ts"
import { HttpClosing } from "./http/HttpClosing.ts"
import * as HttpServer from "./http/HttpServer.ts"
import { boardRoutes } from "./http/pages/boardRoutes.ts"
import { renderErrorPage } from "./http/pages/errorPage.tsx"
import { makeRun } from "./http/Run.ts"
import { makePracticePortal } from "./practice-portal/PracticePortal.tsx"
import { BrowserSessions } from "./runtime/BrowserSessions.ts"
import { layer as bulkJobs, bulkJobType } from "./runtime/bulkJobs.ts"
import { findChromium } from "./runtime/Chromium.ts"
import { DataDirectory } from "./runtime/DataDirectory.ts"
import * as Janitor from "./runtime/Janitor.ts"
import { loadOwnJobTypes, withoutDoubles } from "./runtime/OwnJobTypes.ts"
import * as ProcessLog from "./runtime/ProcessLog.ts"
import * as ProcessReadiness from "./runtime/ProcessReadiness.ts"
import { EmbeddedPostgres } from "./runtime/postgres/EmbeddedPostgres.ts"
import * as PgDatabase from "./runtime/postgres/PgDatabase.ts"
import * as PgJobChanges from "./runtime/postgres/PgJobChanges.ts"
import * as PgJobQueue from "./runtime/postgres/PgJobQueue.ts"
import * as PgJobReports from "./runtime/postgres/PgJobReports.ts"
import * as PgJobSchedules from "./runtime/postgres/PgJobSchedules.ts"
import * as PgJobs from "./runtime/postgres/PgJobs.ts"
import * as PgLanes from "./runtime/postgres/PgLanes.ts"
import * as PgUpkeep from "./runtime/postgres/PgUpkeep.ts"
import { RunningJobs } from "./runtime/RunningJobs.ts"
import * as SecondSignal from "./runtime/SecondSignal.ts"
import { SecretBox } from "./runtime/SecretBox.ts"
import { loadSecretKey } from "./runtime/SecretKey.ts"
import { readSettings, type Settings } from "./runtime/Settings.ts"
import * as StrayErrors from "./runtime/StrayErrors.ts"
import { ThisWorker } from "./runtime/ThisWorker.ts"
import * as Worker from "./runtime/Worker.ts"
import { restaurantScripts } from "./scripts/restaurant/RestaurantScripts.ts"

const PRACTICE_PATH = "/practice"

/** The server of `DATABASE_URL`, or one of our own. */
const database = ({ databaseUrl }: Settings) =>
  databaseUrl === undefined
    ? Layer.unwrap(
        Effect.map(EmbeddedPostgres, ({ socketDirectory: host, ...rest }) => PgDatabase.layer({ host, ...rest }))
      ).pipe(Layer.provide(EmbeddedPostgres.layer))
    : PgDatabase.layer({ url: databaseUrl })

const secretBox = ({ secretKey }: Settings) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { path } = yield* DataDirectory
      return SecretBox.layer(secretKey ?? (yield* loadSecretKey(path)))
    })
  )

const jobTypes = (settings: Settings, portalUrl: Effect.Effect<URL>, jobs: Effect.Effect<typeof Jobs.Service>) =>
  Layer.effect(
    JobTypes,
    Effect.gen(function* () {
      const own = yield* loadOwnJobTypes(settings.config)
      return JobTypes.from(yield* withoutDoubles([...restaurantScripts({ portalUrl }), bulkJobType(jobs), ...own]))
    })
  )

/** Board, API and practice portal behind one port. Says where it listens, once it does. */
const web = ({ host, port }: Settings, listening: Deferred.Deferred<URL>) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const run = yield* makeRun
      const { begun } = yield* HttpClosing
      const { path } = yield* DataDirectory
      const portal = yield* Effect.acquireRelease(
        Effect.sync(() =>
          makePracticePortal({ databasePath: join(path, "practice-portal.sqlite"), basePath: PRACTICE_PATH })
        ),
        ({ close }) => Effect.sync(close)
      )
      const info = { localOnly: true }
      const app = makeApp({
        run,
        apiHandler: yield* makeApiHandler,
        board: boardRoutes({ run, info, closing: begun }),
        mounts: { [PRACTICE_PATH]: new Hono().route("/", portal.app) },
        errorPage: renderErrorPage(info)
      })
      return HttpServer.layer({ host, port, fetch: (request, server) => app.fetch(request, server) })
    })
  ).pipe(
    Layer.tap((context) => Deferred.succeed(listening, Context.get(context, HttpServer.HttpServerAddress).url)),
    Layer.provide(HttpClosing.layer)
  )

/** Says where the board is, once everything works. */
const welcome = Layer.effectDiscard(
  Effect.gen(function* () {
    const { port, requestedPort, url } = yield* HttpServer.HttpServerAddress
    if (requestedPort !== 0 && port !== requestedPort) {
      yield* Console.log(`Port ${requestedPort} is taken, so port ${port} is used.`)
    }
    yield* Console.log(`Callboard is ready: ${url.href} (stop it with Ctrl-C)`)
  })
)

/** What is made later than those who ask for it. */
interface Promised {
  readonly listening: Deferred.Deferred<URL>
  readonly jobs: Deferred.Deferred<typeof Jobs.Service>
}

/** Each layer stands on those below it, and closes before them: the worker drains while the portal still answers. */
const application = (settings: Settings, { jobs, listening }: Promised) => {
  const practicePortal = Effect.map(Deferred.await(listening), (base) => new URL(`${PRACTICE_PATH}/`, base))
  const portalUrl = settings.portalUrl === undefined ? practicePortal : Effect.succeed(new URL(settings.portalUrl))
  const exclusive = settings.databaseUrl === undefined
  const lanes = {
    browser: { places: settings.browserSessions, prefetch: 0 },
    default: { places: settings.defaultConcurrency, prefetch: 0 },
    quick: { places: settings.quickConcurrency, prefetch: settings.quickPrefetch }
  }
  const places = {
    browser: lanes.browser.places,
    default: lanes.default.places,
    quick: lanes.quick.places + lanes.quick.prefetch
  }

  const withIdentity = Layer.unwrap(
    Effect.gen(function* () {
      const { path } = yield* DataDirectory
      const worker = yield* ThisWorker
      const { browserSessions: sessions, chromium: configured } = settings
      const chromium = findChromium({ dataDirectory: path, ...(configured !== undefined && { configured }) })
      // A browser that was named has to be there; without one, only browser jobs cannot run.
      if (configured !== undefined) yield* chromium
      return Layer.merge(
        Layer.merge(PgJobQueue.layer({ worker, places, leaseTime: settings.lease }), PgUpkeep.layer(worker)).pipe(
          Layer.provide(PgDatabase.workerClient)
        ),
        BrowserSessions.layer({ sessions, worker, chromium })
      )
    })
  )
  const callers = Layer.mergeAll(bulkJobs, PgLanes.layer, PgJobSchedules.layer).pipe(
    Layer.provideMerge(PgJobs.layer.pipe(Layer.tap((context) => Deferred.succeed(jobs, Context.get(context, Jobs)))))
  )
  const contracts = Layer.mergeAll(
    Janitor.cleanupLayer(settings.retention).pipe(Layer.provideMerge(Layer.merge(withIdentity, callers))),
    PgJobReports.layer,
    PgJobChanges.layer,
    ProcessReadiness.layer,
    RunningJobs.layer(settings.lease, lanes)
  )
  return welcome.pipe(
    Layer.provide(
      Worker.layer({
        lanes: ["browser", "default", "quick"],
        shutdownGrace: settings.shutdownGrace,
        retention: settings.retention
      })
    ),
    Layer.provideMerge(web(settings, listening)),
    Layer.provideMerge(contracts),
    Layer.provideMerge(
      Layer.mergeAll(
        jobTypes(settings, portalUrl, Deferred.await(jobs)),
        secretBox(settings),
        ProcessReadiness.WorkerState.layer
      )
    ),
    Layer.provideMerge(database(settings)),
    Layer.provideMerge(Layer.merge(SecondSignal.layer, StrayErrors.layer)),
    Layer.provideMerge(ThisWorker.layer(exclusive)),
    Layer.provideMerge(DataDirectory.layer({ path: settings.dataDirectory, exclusive }))
  )
}

const main = Effect.gen(function* () {
  const settings = yield* readSettings(process.env)
  const promised = { listening: yield* Deferred.make<URL>(), jobs: yield* Deferred.make<typeof Jobs.Service>() }
  return yield* Layer.launch(application(settings, promised)).pipe(Effect.provide(ProcessLog.layer(settings.logLevel)))
})

/** What stops the start is a sentence for the person who typed the command; a bug keeps its stack. */
const reported = main.pipe(
  Effect.catch((error) =>
    Console.error(`Callboard cannot start. ${error.message}`).pipe(Effect.andThen(Effect.fail(error)))
  ),
  Effect.tapDefect((defect) => Console.error("Callboard stopped because of a bug.", defect))
)

/** A stop by signal is a good end. */
const teardown: Runtime.Teardown = (exit, onExit) =>
  onExit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)

NodeRuntime.runMain(reported, { teardown, disableErrorReporting: true })
