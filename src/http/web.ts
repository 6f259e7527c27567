/** Board and API behind one port, and a site that is a guest there. */
import { Context, Effect, Layer } from "effect"
import { Hono } from "hono"
import type { Metrics } from "../domain/Metrics.ts"
import { isLocal, type KnownHosts } from "../domain/Reach.ts"
import { makeApiHandler } from "./api/ApiHandler.ts"
import { makeApp } from "./app.ts"
import { originsOf } from "./crossOrigin.ts"
import { FrontDoor } from "./FrontDoor.ts"
import { HttpClosing } from "./HttpClosing.ts"
import * as HttpServer from "./HttpServer.ts"
import { callerOfCredential, type IdentityServices, identify } from "./identify.ts"
import type { MetricsOptions } from "./metricsRoute.ts"
import { refuseStrangers } from "./NoKeys.ts"
import { boardRoutes } from "./pages/boardRoutes.ts"
import { renderErrorPage } from "./pages/errorPage.tsx"
import { withFrameFacts } from "./pages/frameFacts.ts"
import { identityRoutes } from "./pages/identityRoutes.ts"
import { PageFeeds } from "./pages/PageFeeds.ts"
import { unnoticed, warmUp } from "./pages/warmUp.ts"
import { makeRun, makeRunWith } from "./Run.ts"
import { JobsFeeds } from "./streams/JobsFeeds.ts"
import { JobWatches } from "./streams/JobWatches.ts"
import { SOCKET_PATH } from "./streams/SocketMessage.ts"
import { StreamPlaces } from "./streams/StreamPlaces.ts"
import { makeSocketRoute } from "./streams/socketRoute.ts"

/** Of the settings of the process, those that say how it is reached. */
export interface WebSettings {
  readonly host: string
  readonly publicUrl: string | undefined
  readonly corsOrigins: string | undefined
  readonly rateLimit: number
  readonly changeRateLimit: number
  readonly addressRateLimit: number
  readonly trustedProxies: number
  readonly metricsToken: MetricsOptions["token"]
  readonly otlpEndpoint: string | undefined
}

/** A site under a path of ours, which browsers of jobs work on. */
export interface Guest {
  readonly path: string
  readonly app: Hono
  /** Hears where those browsers reach it when that is not the port itself. */
  readonly hasOwnDoor: (url: URL) => Effect.Effect<unknown>
}

/** Browsers of jobs have no key, so they get a door of their own, and everybody else signs in before the site. */
const ownDoor = ({ app, hasOwnDoor, path }: Guest) =>
  Effect.gen(function* () {
    const forJobs = new Hono().route(path, app)
    const inside = yield* Layer.build(
      HttpServer.layer({ host: "127.0.0.1", port: 0, fetch: (request) => forJobs.fetch(request) })
    )
    yield* hasOwnDoor(Context.get(inside, HttpServer.HttpServerAddress).url)
  })

export const web = (settings: WebSettings, guest: Guest) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { corsOrigins, host, publicUrl } = settings
      const hosts: KnownHosts = { bound: host, ...(publicUrl !== undefined && { publicUrl: new URL(publicUrl) }) }
      yield* refuseStrangers(hosts)
      const local = isLocal(hosts)
      if (!local) yield* ownDoor(guest)
      const run = yield* makeRun
      const runIdentity = yield* makeRunWith<IdentityServices>()
      const runMetrics = yield* makeRunWith<Metrics>()
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
            open: local ? [guest.path, `${guest.path}/`] : []
          }),
        sockets: yield* makeSocketRoute({ allowedOrigins, authenticate, hosts }),
        allowedOrigins,
        board: boardRoutes({ run, feeds: yield* PageFeeds, info, closing: (yield* HttpClosing).begun }),
        mounts: {
          [guest.path]: guest.app,
          "/": identityRoutes({ run: runIdentity, info, facts: withFrameFacts({ run }) })
        },
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
      yield* Effect.forkScoped(warmUp(boardRoutes({ run: unnoticed(run), feeds: yield* PageFeeds, info })))
      return FrontDoor.serving((request, server) => app.fetch(request, server))
    })
  ).pipe(Layer.provide([HttpClosing.layer, JobsFeeds.layer, JobWatches.layer, PageFeeds.layer, StreamPlaces.layer]))
