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

/** Counts up. By convention its name ends in `_total`. `into` counts one thing that happens thousands of times a second. */
export const makeCounter = <L extends string>(name: string, description: string, labels: ReadonlyArray<L>) => {
  const counterOf = series(labels, (attributes) => Metric.counter(name, { description, attributes, incremental: true }))
  const count = (values: Labels<L>, by = 1): Effect.Effect<void> => Metric.update(counterOf(values), by)
  const into = (context: Context.Context<never>, values: Labels<L>) => {
    const counter = counterOf(values)
    return (by: number): void => counter.updateUnsafe(by, context)
  }
  return Object.assign(count, { into })
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
  const into = (context: Context.Context<never>, values: Labels<L>) => {
    const histogram = histogramOf(values)
    return (seconds: number): void => histogram.updateUnsafe(seconds, context)
  }
  return Object.assign(measure, { into })
}

/** For what has no labels. */
export const NO_LABELS = {}
