/**
 * The whole server under load on the loopback interface, while two jobs run:
 * `bun bench/load.ts [--quick] [--rounds 3] [--only mixed,polling,streams]`.
 * What is measured, and how to read it: docs/benchmarks.md, "Under load".
 */
import { readFileSync } from "node:fs"
import { cpus, loadavg } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Console, Effect } from "effect"
import { startCallboard, temporaryDirectory } from "../test/support/CallboardProcess.ts"
import { type CpuSeconds, makeCpuMeter } from "./CpuMeter.ts"
import { failures, type Latency, mixedLoad, polling, streaming, type Target } from "./loadClients.ts"
import { median } from "./quantile.ts"

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, rounds: { type: "string" }, only: { type: "string" } }
})

const measures = (values.only ?? "mixed,polling,streams").split(",")

const REQUESTS_PER_SECOND = 300
const CLIENTS = 2_000
const STREAMS = 500
const SECONDS = values.quick ? 5 : 30
const ROUNDS = Number(values.rounds ?? (values.quick ? 1 : 3))

/** Code is compiled and connections are opened meanwhile. */
const WARM_UP_SECONDS = values.quick ? 1 : 5

/** Resident memory of the server's process, without its database and its browsers. */
const megabytesOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/mu.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024

const ms = (value: number) => `${value.toFixed(1)} ms`

const shown = (name: string, rounds: ReadonlyArray<Latency>): string => {
  const of = (pick: (latency: Latency) => number) => median(rounds.map(pick))
  const errors = rounds.reduce((sum, round) => sum + round.errors, 0)
  const counts = rounds.reduce((sum, round) => sum + round.count, 0)
  return `${name.padEnd(22)} p50 ${ms(of(({ p50 }) => p50))}, p99 ${ms(of(({ p99 }) => p99))}, ${errors} errors of ${counts}`
}

/** Of each of so many requests or updates, as the median of the rounds. */
const shownCpu = (rounds: ReadonlyArray<{ readonly cpu: CpuSeconds; readonly count: number }>): string => {
  const each = (part: keyof CpuSeconds) => ms(median(rounds.map(({ count, cpu }) => (1_000 * cpu[part]) / count)))
  return `  CPU of each: server ${each("server")}, PostgreSQL ${each("postgres")}`
}

const measure = Effect.gen(function* () {
  const dataDirectory = join(yield* temporaryDirectory, "data")
  const callboard = yield* startCallboard({
    dataDirectory,
    env: { CALLBOARD_CONFIG: join(import.meta.dir, "loadJobs.ts"), LOG_LEVEL: "warn" }
  })
  const jobs = yield* Effect.forEach([1, 2], () => callboard.create("tick", {}))
  yield* Effect.forEach(jobs, ({ id }) => callboard.jobWhen(id, ({ status }) => status === "in_progress"))
  const target: Target = { url: callboard.url, running: jobs.map(({ id }) => id) }
  const meter = makeCpuMeter(callboard.pid, dataDirectory)
  const memory: Array<string> = []
  const remember = (when: string) => memory.push(`${when} ${megabytesOf(callboard.pid).toFixed(0)} MB`)
  const rounds = <A>(body: () => Promise<A>) =>
    Effect.replicateEffect(
      Effect.promise(() => meter.during(body)),
      ROUNDS
    )

  const mixed = Effect.gen(function* () {
    yield* Effect.promise(() => mixedLoad(target, REQUESTS_PER_SECOND, WARM_UP_SECONDS))
    const found = yield* rounds(() => mixedLoad(target, REQUESTS_PER_SECOND, SECONDS))
    remember("after the requests")
    return [
      `${REQUESTS_PER_SECOND} requests/s for ${SECONDS} s, two jobs running, medians of ${ROUNDS} round(s)`,
      ...(["create", "status", "list"] as const).map((kind) =>
        shown(
          `  ${kind}`,
          found.map(({ value }) => value[kind])
        )
      ),
      shownCpu(found.map(({ cpu }) => ({ cpu, count: REQUESTS_PER_SECOND * SECONDS })))
    ]
  })

  const polls = Effect.gen(function* () {
    const found = yield* rounds(() => polling(target, CLIENTS, SECONDS))
    remember("after the polling")
    return [
      `${CLIENTS} clients that poll every 2 s for ${SECONDS} s`,
      shown(
        "  status",
        found.map(({ value }) => value)
      ),
      shownCpu(found.map(({ cpu, value }) => ({ cpu, count: value.count })))
    ]
  })

  const streams = Effect.gen(function* () {
    let cpu: CpuSeconds = { server: 0, postgres: 0 }
    const found = yield* Effect.promise(() =>
      streaming(target, STREAMS, async () => {
        const during = await meter.during(() => Bun.sleep(SECONDS * 1_000))
        cpu = during.cpu
        remember("with the streams")
      })
    )
    yield* Effect.sleep("2 seconds")
    remember("after the streams")
    return [
      `${STREAMS} streams for ${SECONDS} s: ${found.open} open, ${found.updatesPerStream.toFixed(1)} updates each, ${found.withoutUpdates} without any`,
      shownCpu([{ cpu, count: found.updatesPerStream * STREAMS }])
    ]
  })

  remember("at the start")
  const all = { mixed, polling: polls, streams }
  const parts = yield* Effect.forEach(Object.entries(all), ([name, part]) =>
    measures.includes(name) ? part : Effect.succeed([])
  )
  yield* Console.log(
    [
      `${cpus()[0]?.model.trim()}, ${cpus().length} cores, load before the end ${loadavg()[0]?.toFixed(1)}, Bun ${Bun.version}`,
      ...parts.flat(),
      `memory: ${memory.join(", ")}`,
      ...(failures.size === 0
        ? []
        : [`errors: ${[...failures].map(([what, count]) => `${what} ×${count}`).join(", ")}`])
    ].join("\n")
  )
})

await Effect.runPromise(Effect.scoped(measure))
