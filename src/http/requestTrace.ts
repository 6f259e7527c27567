/** Gives each request a span, where traces are made, and what works for it the trace that its caller named. */
import { AsyncLocalStorage } from "node:async_hooks"
import { Clock, Context, Effect, Exit, Tracer } from "effect"
import { HttpMiddleware } from "effect/http"
import { createMiddleware } from "hono/factory"
import { CurrentTraceParent, parseTraceParent, traceParentOf } from "../domain/TraceParent.ts"
import type { RunWith } from "./Run.ts"
import { methodOf, routeOf } from "./requestMeters.ts"

interface RequestTrace {
  readonly traceParent?: string
  readonly span?: Tracer.Span
}

const current = new AsyncLocalStorage<RequestTrace>()

/** The span of a request is made here, and a second one for the API inside of it would say the same. */
const onlyOurs = Context.make(HttpMiddleware.TracerDisabledWhen, () => true)

/** With the trace of the current request, for what works for it. */
export const withRequestTrace = <R>(context: Context.Context<R>): Context.Context<R> => {
  const trace = current.getStore()
  if (trace === undefined) return context
  const named = Context.add(Context.merge(context, onlyOurs), CurrentTraceParent, trace.traceParent)
  return trace.span === undefined ? named : Context.add(named, Tracer.ParentSpan, trace.span)
}

export const inRequestTrace = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  current.getStore() === undefined
    ? effect
    : Effect.updateContext(effect, (context: Context.Context<R>) => withRequestTrace(context))

/** `run` is there where traces are made. */
export const traceRequests = (run: RunWith<never> | undefined) =>
  createMiddleware(async (c, next) => {
    const sent = parseTraceParent(c.req.header("traceparent") ?? "")
    if (run === undefined) {
      return sent === undefined ? next() : current.run({ traceParent: traceParentOf(sent)! }, next)
    }
    const method = methodOf(c)
    const route = routeOf(c)
    const attributes = { "http.request.method": method, "http.route": route }
    const made = await run(
      Effect.makeSpan(`${method} ${route}`, {
        kind: "server",
        attributes,
        ...(sent ? { parent: sent } : { root: true })
      })
    )
    if (Exit.isFailure(made)) return next()
    const span = made.value
    const own = traceParentOf(span)
    await current.run({ span, ...(own !== undefined && { traceParent: own }) }, next)
    const { status } = c.res
    span.attribute("http.response.status_code", status)
    await run(
      Effect.map(Clock.currentTimeNanos, (now) =>
        span.end(now, status < 500 ? Exit.void : Exit.fail({ _tag: `Status${status}` }))
      )
    )
  })
