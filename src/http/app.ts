/** Everything that is served, in one app: probes, JSON API, board, and what else is mounted. */
import { Cause, Effect, Exit } from "effect"
import { type Context, type Env, type Handler, Hono, type MiddlewareHandler } from "hono"
import { HTTPException } from "hono/http-exception"
import { type RequestIdVariables, requestId } from "hono/request-id"
import type { StatusCode } from "hono/utils/http-status"
import type { KnownHosts } from "../domain/Reach.ts"
import { Readiness } from "../domain/Readiness.ts"
import { StartPhase } from "../domain/StartPhase.ts"
import type { ApiHandler } from "./api/ApiHandler.ts"
import { docsRoute } from "./api/docsRoute.tsx"
import { Unauthenticated } from "./api/identityProblems.ts"
import { type ApiProblem, InternalProblem, RouteNotFound, Starting } from "./api/problems.ts"
import { DOCS_PATH, methodsAt, templateAt } from "./api/routes.ts"
import { apiHeaders } from "./apiHeaders.ts"
import { baseHeaders } from "./baseHeaders.ts"
import { type CallerEnv, goneOf, personOf, refusedOf } from "./callerOf.ts"
import { crossOrigin } from "./crossOrigin.ts"
import { sayDeprecated } from "./deprecation.ts"
import { problemResponse } from "./errorResponse.ts"
import { placeToWaitOf } from "./limits/callerShares.ts"
import { keepAddress } from "./limits/clientAddress.ts"
import { makeRateLimit, type RateLimitOptions } from "./limits/rateLimit.ts"
import { makeRequestLimits, type RequestLimitOptions } from "./limits/requestLimits.ts"
import { METRICS_PATH, type MetricsOptions, metricsByToken, metricsForCallers } from "./metricsRoute.ts"
import type { Run, RunWith } from "./Run.ts"
import { countRequests } from "./requestMeters.ts"
import { traceRequests } from "./requestTrace.ts"
import { sameOrigin } from "./sameOrigin.ts"
import { makeSentForms, type SentFormsOptions } from "./sentForms.ts"
import { cookiesFor } from "./sessionCookie.ts"

type Refuse = (c: Context, problem: ApiProblem) => Response | Promise<Response>

export interface AppOptions {
  readonly run: Run
  readonly apiHandler: ApiHandler
  /** `/api/ws`. */
  readonly sockets?: Hono
  /** Other web sites whose pages may call the API. */
  readonly allowedOrigins?: ReadonlySet<string>
  /** Mounted at `/`, after everything else. */
  readonly board?: Hono
  /** More apps by the path they are mounted at, such as the practice portal. */
  readonly mounts?: Readonly<Record<string, Hono<Env>>>
  /** Finds out who is asking. Whoever it says nothing of is nobody. */
  readonly identify: (refuse: Refuse) => MiddlewareHandler<CallerEnv>
  /** Host names besides those of this computer. Default: none. */
  readonly hosts?: KnownHosts
  /** Shows a problem to people. Without it they get the JSON. */
  readonly errorPage?: (c: Context, problem: ApiProblem) => Response | Promise<Response>
  /** Where these differ from the standard ones. */
  readonly limits?: Omit<RateLimitOptions & RequestLimitOptions & SentFormsOptions, "refuse">
  /** How many proxies in front of the server write `X-Forwarded-For`. Default: none. */
  readonly trustedProxies?: number
  /** Serves `/metrics`. */
  readonly metrics?: MetricsOptions
  /** Where traces are made: makes the spans of requests. */
  readonly traces?: RunWith<never>
}

type AppEnv = { readonly Variables: RequestIdVariables }

/** Nginx's status for requests whose client went away. */
const CLIENT_GONE = 499 as StatusCode

/** The reference page is the one address there that people look at. */
const isApi = (path: string) =>
  path !== DOCS_PATH && (path === "/api" || path.startsWith("/api/") || path === METRICS_PATH)

/** What an address takes, for whoever asks. Questions of browsers about other web sites are answered before. */
const answerOptions = (c: Context) => {
  const methods = methodsAt(c.req.path)
  if (methods.length === 0) return problemResponse(new RouteNotFound())
  return c.body(null, 204, { Allow: [...methods, "OPTIONS"].join(", ") })
}

const lives: Handler = (c) => c.json({ status: "ok" })

const probes = (run: RunWith<Readiness>) =>
  new Hono().get("/healthz", apiHeaders, lives).get("/readyz", apiHeaders, async (c) => {
    const exit = await run(
      Effect.flatMap(Readiness, ({ check }) => check),
      c.req.raw.signal
    )
    const report = Exit.isSuccess(exit) ? exit.value : { ready: false, checks: { process: "the check itself failed" } }
    return c.json(report, report.ready ? 200 : 503)
  })

/** What a process serves before it can serve anything: that it lives, and what it is at. */
export const makeStartingApp = (run: RunWith<never>) =>
  new Hono()
    .use(baseHeaders)
    .get("/healthz", apiHeaders, lives)
    .get("/readyz", apiHeaders, async (c) => {
      const exit = await run(StartPhase)
      return c.json({ ready: false, checks: { process: Exit.isSuccess(exit) ? exit.value.doing : "starting" } }, 503)
    })
    .notFound((c) => {
      if (isApi(c.req.path)) return problemResponse(new Starting({ detail: "Try again in a moment." }))
      return c.text("Callboard is starting. Try again in a moment.", 503, { "Retry-After": "1" })
    })

/** What a process serves that only runs jobs: platforms ask whether it lives, and nobody else has business there. */
export const makeProbesApp = (run: RunWith<Readiness>, metrics = new Hono()) => {
  const refuse = () => problemResponse(new RouteNotFound())
  return new Hono().use(countRequests, baseHeaders).route("/", probes(run)).route("/", metrics).notFound(refuse)
}

export const makeApp = (options: AppOptions) => {
  const { allowedOrigins = new Set(), apiHandler, board, errorPage, hosts, metrics, mounts = {}, run, traces } = options
  const { limits = {}, trustedProxies = 0 } = options
  const { identify, sockets = new Hono() } = options
  const refuse: Refuse = (c, problem) =>
    errorPage === undefined || isApi(c.req.path) ? problemResponse(problem) : errorPage(c, problem)

  const rate = makeRateLimit({ ...limits, refuse })
  const { forms, requests, shares, streams } = makeRequestLimits({ ...limits, refuse })
  const sentForms = makeSentForms({ ...limits, refuse })

  const app = new Hono<AppEnv>()
    .use(countRequests, baseHeaders)
    // Probes come under any host name: an orchestrator uses the address of the container.
    .route("/", probes(run))
    .route("/", metrics === undefined ? new Hono() : metricsByToken(metrics))
    // The audit keeps the id, so no caller chooses it: the length that is believed is none.
    .use(traceRequests(traces), requestId({ limitLength: 0 }), keepAddress(trustedProxies))
    // Before anything that refuses: a page could not read why.
    .use("/api/*", apiHeaders, crossOrigin(allowedOrigins))
    .use("/api/registration/*", sayDeprecated)
    .use(rate.byAddress, requests)
    .use(sameOrigin({ refuse, allowedOrigins, ...(hosts && { hosts }) }))
    .options("/api/*", answerOptions)
    .use(cookiesFor(hosts?.publicUrl), sentForms.again, identify(refuse))
    // From here on it is known who asks.
    .use(rate.byCaller, shares)
    // A router that takes `/api/jobs/` for `/api/jobs` would pass by what is decided by the path, such as limits.
    .use("/api/*", async (c, next) =>
      templateAt(c.req.path) === undefined ? problemResponse(new RouteNotFound()) : next()
    )
    .use(streams)
    .use((c, next) => (isApi(c.req.path) ? next() : forms(c, next)))
    .use(sentForms.once)
    .get(DOCS_PATH, docsRoute)
    .route("/", metrics === undefined ? new Hono() : metricsForCallers(metrics))
    .route("/", sockets)
    .all("/api/*", (c) => {
      const caller = personOf(c)
      if (caller === undefined) return problemResponse(new Unauthenticated())
      return apiHandler(c.req.raw, {
        reference: c.get("requestId"),
        caller,
        gone: goneOf(c),
        refused: refusedOf(c),
        placeToWait: placeToWaitOf(c)
      })
    })

  for (const [path, mounted] of Object.entries(mounts)) app.route(path, mounted)
  if (board !== undefined) app.route("/", board)

  app.notFound((c) => refuse(c, new RouteNotFound()))
  app.onError(async (error, c) => {
    if (error instanceof HTTPException) return error.getResponse()
    // Its client is gone and its work was interrupted: nobody reads an answer, and nothing is wrong.
    if (c.req.raw.signal.aborted) return c.body(null, CLIENT_GONE)
    const reference = c.get("requestId")
    await run(Effect.logError(`request ${reference} failed`, Cause.die(error)))
    return refuse(c, new InternalProblem({ reference, detail: "Name the reference when you report it." }))
  })
  return app
}
