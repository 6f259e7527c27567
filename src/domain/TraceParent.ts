/**
 * The trace that something belongs to, as W3C Trace Context writes it: `00-<trace>-<span>-<flags>`. A job carries that of
 * who created it, so that its attempts join the caller's trace, on whatever machine they run.
 */
import { Context, Effect, Option, Tracer } from "effect"

/** What the caller sent, where the current fiber works for one. */
export const CurrentTraceParent = Context.Reference<string | undefined>("callboard/domain/CurrentTraceParent", {
  defaultValue: () => undefined
})

/** Section 3.2.2: a later version may say more behind a dash; `ff`, and ids of nothing but zeros, are no trace. */
const FORM = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/u

const SAMPLED = 1

const LONGEST = 200

/** What a header says; undefined for what is no trace context. */
export const parseTraceParent = (text: string): Tracer.ExternalSpan | undefined => {
  const [, version, traceId, spanId, flags, more] = (text.length <= LONGEST && FORM.exec(text)) || []
  if (traceId === undefined || spanId === undefined || (version === "00" && more !== undefined)) return undefined
  return Tracer.externalSpan({ traceId, spanId, sampled: (Number.parseInt(flags!, 16) & SAMPLED) === SAMPLED })
}

/** Undefined for a span that is made while no traces are. */
export const traceParentOf = ({ sampled, spanId, traceId }: Tracer.AnySpan): string | undefined => {
  const text = `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`
  return FORM.test(text) ? text : undefined
}

/** The current span where it goes to a collector, otherwise what the caller sent: also the wish not to be traced. */
export const currentTraceParent: Effect.Effect<string | undefined> = Effect.gen(function* () {
  const span = yield* Effect.serviceOption(Tracer.ParentSpan)
  const own = Option.isSome(span) && span.value.sampled ? traceParentOf(span.value) : undefined
  return own ?? (yield* CurrentTraceParent)
})
