/** Runs the measurements: in each round every measure, and for each measure one system after the other. */
import { join } from "node:path"
import { Console, Data, Duration, Effect } from "effect"
import type { Figures, Task } from "./measures.ts"
import type { MeasureName, Options } from "./options.ts"
import type { Postgres, RedisServer } from "./servers.ts"
import type { SystemName } from "./systems/System.ts"

export class MeasurementFailed extends Data.TaggedError("MeasurementFailed")<{ readonly message: string }> {}

export interface Result {
  readonly system: SystemName
  readonly measure: MeasureName
  /** Absent: the system has nothing of the kind. */
  readonly figures?: Figures
}

const CHILD = join(import.meta.dir, "child.ts")

/** Filling a history takes a minute or two; a system that loses a job never ends. */
const LONGEST = Duration.minutes(10)

/** A process of its own, killed when this one is stopped. What it has to complain about goes to the terminal. */
const runChild = (task: Task) =>
  Effect.acquireUseRelease(
    Effect.sync(() =>
      Bun.spawn([process.execPath, CHILD, JSON.stringify(task)], { stdin: "ignore", stdout: "pipe", stderr: "inherit" })
    ),
    (child) =>
      Effect.promise(() => Promise.all([child.exited, new Response(child.stdout).text()])).pipe(
        Effect.filterOrFail(
          ([code]) => code === 0,
          ([code]) =>
            new MeasurementFailed({ message: `${task.system} ended with ${code} while measuring ${task.measure}.` })
        ),
        Effect.map(([, text]) => JSON.parse(text.trim().split("\n").at(-1)!) as Figures),
        Effect.timeoutOrElse({
          duration: LONGEST,
          orElse: () => Effect.fail(new MeasurementFailed({ message: `${task.system} did not end ${task.measure}.` }))
        })
      ),
    (child) =>
      Effect.promise(() => {
        child.kill("SIGKILL")
        return child.exited
      })
  )

export interface Servers {
  readonly postgres: Postgres
  readonly redis: RedisServer | undefined
}

/** How one system is measured; `history` is filled once and copied for each round where the server can copy. */
const measurer = ({ postgres, redis }: Servers, system: SystemName, { amounts }: Options) => {
  const onRedis = system === "bullmq"
  const servers = { postgres: postgres.address, ...(redis && { redis: redis.socket }) }
  const child = (measure: Task["measure"], amount: number) => runChild({ system, measure, servers, amount })
  const renew = redis && onRedis ? redis.empty : postgres.renew()
  const tidy = onRedis ? Effect.void : postgres.tidy
  const drain = child("seed", amounts.drain).pipe(Effect.andThen(tidy), Effect.andThen(child("drain", amounts.drain)))
  const fill = renew.pipe(Effect.andThen(child("fillHistory", amounts.history)), Effect.tap(tidy))

  const template = `history_${system.replace("-", "_")}`
  let finished: number | undefined
  const fillOnce = Effect.gen(function* () {
    if (onRedis || finished === undefined) {
      finished = (yield* fill).finished ?? 0
      if (!onRedis && finished > 0) yield* postgres.keepAs(template)
    }
    if (!onRedis && finished > 0) yield* postgres.renew(template)
    return finished > 0
  })
  const afresh = (measure: "enqueue" | "bulk" | "latency" | "idle", amount: number) =>
    Effect.andThen(renew, child(measure, amount))

  return {
    enqueue: afresh("enqueue", amounts.enqueue),
    bulk: afresh("bulk", amounts.bulk),
    drain: Effect.andThen(renew, drain),
    latency: afresh("latency", amounts.latency),
    history: Effect.flatMap(fillOnce, (filled) => (filled ? drain : Effect.undefined)),
    idle: afresh("idle", amounts.idleSeconds)
  }
}

/** Another system is first in each round. */
const rotated = <A>(all: ReadonlyArray<A>, by: number): ReadonlyArray<A> => {
  const start = by % all.length
  return [...all.slice(start), ...all.slice(0, start)]
}

export const runRounds = Effect.fnUntraced(function* (servers: Servers, options: Options) {
  const measurers = options.systems.map((system) => ({ system, run: measurer(servers, system, options) }))
  const results: Array<Result> = []
  for (let round = 0; round < options.rounds; round++) {
    for (const measure of options.measures) {
      for (const { run, system } of rotated(measurers, round)) {
        const figures: Figures | undefined = yield* run[measure]
        yield* Console.error(`round ${round + 1}: ${measure}, ${system}: ${JSON.stringify(figures ?? "nothing")}`)
        results.push({ system, measure, ...(figures && { figures }) })
      }
    }
  }
  return results
})
