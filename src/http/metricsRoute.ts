/**
 * `/metrics`. They are of all organisations, so they are for whoever runs the server: those with a key or a session of the
 * default organisation, services, and whoever sends the token that is made for it. The token is checked here and not in the
 * database, so that an outage can be watched.
 */
import { createHash, timingSafeEqual } from "node:crypto"
import { Effect, Exit, Redacted } from "effect"
import { type Context, Hono } from "hono"
import { mayWatch } from "../domain/Caller.ts"
import { Metrics } from "../domain/Metrics.ts"
import { Forbidden, Unauthenticated } from "./api/identityProblems.ts"
import { InternalProblem } from "./api/problems.ts"
import { apiHeaders } from "./apiHeaders.ts"
import { personOf } from "./callerOf.ts"
import { problemResponse } from "./errorResponse.ts"
import { BEARER, cameThroughProxy } from "./identify.ts"
import type { RunWith } from "./Run.ts"
import { sameOrigin } from "./sameOrigin.ts"

export const METRICS_PATH = "/metrics"

export interface MetricsOptions {
  readonly run: RunWith<Metrics>
  readonly token?: Redacted.Redacted | undefined
}

const FORMAT = "text/plain; version=0.0.4; charset=utf-8"

const answer = async (c: Context, run: RunWith<Metrics>) => {
  // Many may wait for one look, so nobody's going away ends it.
  const exit = await run(Effect.flatMap(Metrics, ({ text }) => text))
  if (Exit.isSuccess(exit)) return c.body(exit.value, 200, { "Content-Type": FORMAT })
  return problemResponse(new InternalProblem({ reference: crypto.randomUUID() }))
}

const digest = (text: string) => createHash("sha256").update(text).digest()

/** Says nothing by how long it takes. */
const isToken = (c: Context, token: Redacted.Redacted | undefined) => {
  const sent = BEARER.exec(c.req.header("Authorization") ?? "")?.[1]
  return token !== undefined && sent !== undefined && timingSafeEqual(digest(sent), digest(Redacted.value(token)))
}

/** For whoever has the token, under any host name and before anybody asks for keys. The rest go on. */
export const metricsByToken = ({ run, token }: MetricsOptions) =>
  new Hono().get(METRICS_PATH, apiHeaders, (c, next) => (isToken(c, token) ? answer(c, run) : next()))

export const metricsForCallers = ({ run }: MetricsOptions) =>
  new Hono().get(METRICS_PATH, apiHeaders, (c) => {
    const caller = personOf(c)
    if (caller === undefined) return problemResponse(new Unauthenticated())
    if (mayWatch(caller)) return answer(c, run)
    return problemResponse(new Forbidden({ detail: "Metrics are of all organisations: ask whoever runs the server." }))
  })

/** Of a process that knows no keys. `local`: nobody but this computer can reach it. */
export const metricsOfWorker = (options: MetricsOptions & { readonly local: boolean }) =>
  new Hono()
    .route("/", metricsByToken(options))
    .use(METRICS_PATH, sameOrigin({ refuse: (_, problem) => problemResponse(problem) }))
    .get(METRICS_PATH, apiHeaders, (c) => {
      if (options.token === undefined && options.local && !cameThroughProxy(c)) return answer(c, options.run)
      return problemResponse(new Unauthenticated({ detail: "Send the token that CALLBOARD_METRICS_TOKEN sets there." }))
    })
