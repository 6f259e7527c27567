/**
 * Makers of counters, gauges and histograms for `/metrics`. Labels take few values that this program knows beforehand:
 * each new set of values is a series that every reader keeps for ever, so nothing that callers send may be one.
 */
import { type Context, type Effect, Metric } from "effect"

type Labels<L extends string> = Readonly<Record<L, string>>

/** One series for each set of values, made when it is first used. */
const series = <L extends string, Made>(names: ReadonlyArray<L>, make: (labels: Labels<L>) => Made) => {
  const made = new Map<string, Made>()
  return (labels: Labels<L>): Made => {
    const key = names.map((name) => labels[name]).join("\0")
    const known = made.get(key)
    if (known !== undefined) return known
    const one = make(labels)
    made.set(key, one)
    return one
  }
}

/** Counts up. By convention its name ends in `_total`. `now` does so at once, for what happens thousands of times a second. */
export const makeCounter = <L extends string>(name: string, description: string, labels: ReadonlyArray<L>) => {
  const counterOf = series(labels, (attributes) => Metric.counter(name, { description, attributes, incremental: true }))
  const count = (values: Labels<L>, by = 1): Effect.Effect<void> => Metric.update(counterOf(values), by)
  const now = (context: Context.Context<never>, values: Labels<L>, by = 1): void =>
    counterOf(values).updateUnsafe(by, context)
  return Object.assign(count, { now })
}

export const makeGauge = <L extends string>(name: string, description: string, labels: ReadonlyArray<L>) => {
  const gaugeOf = series(labels, (attributes) => Metric.gauge(name, { description, attributes }))
  return (values: Labels<L>, value: number): Effect.Effect<void> => Metric.update(gaugeOf(values), value)
}

/** Of seconds, as Prometheus has all its durations. */
export const makeHistogram = <L extends string>(
  name: string,
  description: string,
  labels: ReadonlyArray<L>,
  boundaries: ReadonlyArray<number>
) => {
  const histogramOf = series(labels, (attributes) => Metric.histogram(name, { description, attributes, boundaries }))
  const measure = (values: Labels<L>, seconds: number): Effect.Effect<void> =>
    Metric.update(histogramOf(values), seconds)
  const now = (context: Context.Context<never>, values: Labels<L>, seconds: number): void =>
    histogramOf(values).updateUnsafe(seconds, context)
  return Object.assign(measure, { now })
}

/** For what has no labels. */
export const NO_LABELS = {}
