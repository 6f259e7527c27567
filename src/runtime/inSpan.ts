import { Effect, Tracer } from "effect"

/** `Effect.withSpan`, but a failure stays as it is: that one adds a frame of its own, which people would read in job logs. */
export const inSpan =
  (name: string, options: Tracer.SpanOptionsNoTrace) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.useSpan(name, options, (span) => Effect.provideService(effect, Tracer.ParentSpan, span)) as Effect.Effect<
      A,
      E,
      R
    >
