/**
 * Callboard's engine beside other job queues, on one PostgreSQL: `bun run bench`. Prints a table; nothing is kept.
 * What is measured, and how to read it: docs/benchmarks.md.
 */
import { cpus, platform, release } from "node:os"
import { join } from "node:path"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Logger } from "effect"
import { type Options, parseOptions } from "./options.ts"
import { tableOf } from "./report.ts"
import { runRounds } from "./rounds.ts"
import { startPostgres, startRedis, temporaryDirectory } from "./servers.ts"
import type { SystemName } from "./systems/System.ts"

const NO_REDIS = "BullMQ is left out: no redis-server is on PATH."

interface Manifest {
  readonly version?: string
  readonly dependencies: Readonly<Record<string, string>>
}

const readManifest = (path: string) =>
  Effect.promise((): Promise<Manifest> => Bun.file(join(import.meta.dir, path)).json())

const versions = Effect.gen(function* () {
  const own = yield* readManifest("../package.json")
  const others = yield* readManifest("package.json")
  return (system: SystemName) => `${system} ${system === "callboard" ? own.version : others.dependencies[system]}`
})

const withoutRedis = (options: Options): Options => ({
  ...options,
  systems: options.systems.filter((system) => system !== "bullmq")
})

const main = Effect.gen(function* () {
  const asked = yield* parseOptions(process.argv.slice(2))
  const directory = yield* temporaryDirectory
  const postgres = yield* startPostgres(directory)
  const redis = asked.systems.includes("bullmq") ? yield* startRedis(directory) : undefined
  const options = redis ? asked : withoutRedis(asked)
  if (options.systems.length === 0) return yield* Console.log(NO_REDIS)
  const nameOf = yield* versions

  const results = yield* runRounds({ postgres, redis }, options)

  yield* Console.log(
    [
      `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${platform()} ${release()}, Bun ${Bun.version}`,
      `PostgreSQL ${postgres.version}${redis ? `, Redis ${redis.version}` : ""}`,
      options.systems.map(nameOf).join(", "),
      `Medians of ${options.rounds} round(s).`,
      ...(asked.systems.includes("bullmq") && !redis ? [NO_REDIS] : []),
      "",
      tableOf(results, options)
    ].join("\n")
  )
})

const reported = main.pipe(
  Effect.scoped,
  Effect.provide(Logger.layer([])),
  Effect.tapError((error) => Console.error(error.message))
)

NodeRuntime.runMain(reported, { disableErrorReporting: true })
