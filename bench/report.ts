/** The table: medians of all rounds, how far the rounds were apart, and Callboard divided by the best of the others. */
import type { Amounts, MeasureName, Options } from "./options.ts"
import { median } from "./quantile.ts"
import type { Result } from "./rounds.ts"
import type { SystemName } from "./systems/System.ts"

interface Row {
  readonly title: (amounts: Amounts) => string
  readonly measure: MeasureName
  readonly figure: string
  readonly better: "more" | "less"
  readonly digits: number
}

const many = (count: number): string => count.toLocaleString("en")

const rows: ReadonlyArray<Row> = [
  {
    title: () => "enqueue one by one, 8 callers (jobs/s)",
    measure: "enqueue",
    figure: "perSecond",
    better: "more",
    digits: 0
  },
  {
    title: ({ enqueue }) => `the same, the first ${many(enqueue)} jobs of a new process (jobs/s)`,
    measure: "enqueue",
    figure: "atFirstPerSecond",
    better: "more",
    digits: 0
  },
  { title: () => "enqueue in bulk (jobs/s)", measure: "bulk", figure: "perSecond", better: "more", digits: 0 },
  {
    title: ({ drain }) => `drain ${many(drain)} jobs (jobs/s)`,
    measure: "drain",
    figure: "perSecond",
    better: "more",
    digits: 0
  },
  {
    title: () => "enqueue one by one: CPU of the process for a job (µs)",
    measure: "enqueue",
    figure: "workerCpuMicros",
    better: "less",
    digits: 0
  },
  {
    title: () => "enqueue one by one: CPU of the server for a job (µs)",
    measure: "enqueue",
    figure: "serverCpuMicros",
    better: "less",
    digits: 0
  },
  {
    title: () => "enqueue in bulk: CPU of the process for a job (µs)",
    measure: "bulk",
    figure: "workerCpuMicros",
    better: "less",
    digits: 0
  },
  {
    title: () => "enqueue in bulk: CPU of the server for a job (µs)",
    measure: "bulk",
    figure: "serverCpuMicros",
    better: "less",
    digits: 0
  },
  {
    title: () => "drain: CPU of the process for a job (µs)",
    measure: "drain",
    figure: "workerCpuMicros",
    better: "less",
    digits: 0
  },
  {
    title: () => "drain: CPU of the server for a job (µs)",
    measure: "drain",
    figure: "serverCpuMicros",
    better: "less",
    digits: 0
  },
  {
    title: ({ drain, history }) => `drain ${many(drain)} jobs beside ${many(history)} finished ones (jobs/s)`,
    measure: "history",
    figure: "perSecond",
    better: "more",
    digits: 0
  },
  {
    title: () => "memory of the worker at its peak, while draining (MB)",
    measure: "drain",
    figure: "peakMegabytes",
    better: "less",
    digits: 0
  },
  { title: () => "from enqueue to start, median (ms)", measure: "latency", figure: "p50", better: "less", digits: 1 },
  {
    title: () => "from enqueue to start, 99th percentile (ms)",
    measure: "latency",
    figure: "p99",
    better: "less",
    digits: 1
  },
  {
    title: ({ idleSeconds }) => `idle for ${idleSeconds} s: CPU of the worker (s)`,
    measure: "idle",
    figure: "workerCpuSeconds",
    better: "less",
    digits: 2
  },
  {
    title: ({ idleSeconds }) => `idle for ${idleSeconds} s: CPU of the server (s)`,
    measure: "idle",
    figure: "serverCpuSeconds",
    better: "less",
    digits: 2
  },
  {
    title: ({ idleSeconds }) => `idle for ${idleSeconds} s: transactions (commands of Redis)`,
    measure: "idle",
    figure: "statements",
    better: "less",
    digits: 0
  }
]

interface Cell {
  readonly text: string
  readonly value?: number
}

const shown = (value: number, digits: number): string =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** The median, and the largest distance of a round from it. */
const cellOf = (values: ReadonlyArray<number | undefined>, digits: number): Cell => {
  const known = values.filter((value): value is number => value !== undefined && Number.isFinite(value))
  if (values.every((value) => value === undefined)) return { text: "n/a (keeps none)" }
  if (known.length === 0) return { text: "n/a" }
  const value = median(known)
  const furthest = Math.max(...known.map((each) => Math.abs(each - value)))
  const spread = known.length > 1 && value > 0 ? ` ±${Math.round((furthest / value) * 100)}%` : ""
  return { text: shown(value, digits) + spread, value }
}

const valuesOf = (results: ReadonlyArray<Result>, system: SystemName, { figure, measure }: Row) =>
  results.filter((each) => each.system === system && each.measure === measure).map(({ figures }) => figures?.[figure])

/** Nothing when Callboard or everybody else was not measured. */
const ratioOf = (own: number | undefined, others: ReadonlyArray<number | undefined>, { better }: Row): string => {
  const known = others.filter((value) => value !== undefined)
  if (own === undefined || known.length === 0) return ""
  const best = better === "more" ? Math.max(...known) : Math.min(...known)
  return best > 0 ? `${shown(own / best, 2)}×` : ""
}

const line = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

/** How much of the speed in an empty table is left, per system. */
const historyRatios = (results: ReadonlyArray<Result>, systems: ReadonlyArray<SystemName>): ReadonlyArray<string> => {
  const rate = (measure: MeasureName) => rows.find((row) => row.measure === measure)!
  const ratios = systems.map((system) => {
    const before = cellOf(valuesOf(results, system, rate("drain")), 0).value
    const after = cellOf(valuesOf(results, system, rate("history")), 0).value
    return before === undefined || after === undefined ? "n/a" : `${shown((after / before) * 100, 0)}%`
  })
  return ratios.every((ratio) => ratio === "n/a")
    ? []
    : [line(["… of the speed without them", "more", ...ratios, "", ""])]
}

export const tableOf = (results: ReadonlyArray<Result>, { amounts, measures, systems }: Options): string => {
  const body = rows
    .filter(({ measure }) => measures.includes(measure))
    .flatMap((row) => {
      const cells = new Map(systems.map((system) => [system, cellOf(valuesOf(results, system, row), row.digits)]))
      const own = cells.get("callboard")?.value
      const others = systems.filter((system) => system !== "callboard")
      const against = (some: ReadonlyArray<SystemName>) =>
        ratioOf(
          own,
          some.map((system) => cells.get(system)?.value),
          row
        )
      const texts = systems.map((system) => cells.get(system)!.text)
      const ratios = [against(others.filter((system) => system !== "bullmq")), against(others)]
      return [
        line([row.title(amounts), row.better, ...texts, ...ratios]),
        ...(row.measure === "history" ? historyRatios(results, systems) : [])
      ]
    })
  const head = ["", "better is", ...systems, "Callboard ÷ best on PostgreSQL", "Callboard ÷ best of all"]
  return [line(head), line(head.map((_, index) => (index < 2 ? "---" : "---:"))), ...body].join("\n")
}
