import { expect } from "bun:test"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { clientOptions } from "../../src/runtime/postgres/PgDatabase.ts"
import { ageLeases } from "../support/ageLeases.ts"
import { startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { TestPostgres } from "../support/TestPostgres.ts"

const CALLBOARD_CONFIG = join(import.meta.dir, "fixtures/job-types.ts")

/** Two processes on one database, each with a data directory of its own. */
const twoWorkers = Effect.gen(function* () {
  const address = yield* TestPostgres.freshDatabase()
  const DATABASE_URL = TestPostgres.urlOf(address)
  const start = Effect.gen(function* () {
    const dataDirectory = yield* temporaryDirectory
    return yield* startCallboard({ dataDirectory, env: { CALLBOARD_CONFIG, DATABASE_URL } })
  })
  const [first, second] = yield* Effect.all([start, start], { concurrency: 2 })
  const directory = yield* temporaryDirectory
  return {
    first,
    second,
    address,
    journal: join(directory, "journal"),
    gate: join(directory, "gate"),
    lines: () => readFileSync(join(directory, "journal"), "utf8").trim().split("\n")
  }
})

type Attempts = { readonly data: ReadonlyArray<{ readonly worker: string; readonly outcome: string }> }

it.live("gives the job of a worker that died to another one, which repeats no finished step", () =>
  Effect.gen(function* () {
    const { address, first, gate, journal, lines, second } = yield* twoWorkers
    const { id } = yield* first.create("gated", { journal, gate })
    const running = yield* first.jobWhen(id, (job) => job.progress.stepName === "second")
    expect(running.attempts).toBe(1)
    const { body } = yield* first.json<Attempts>(`/api/jobs/${id}/attempts`)
    const holder = body.data[0]!.worker
    const firstHolds = first.output().includes(holder)
    const [dead, alive] = firstHolds ? [first, second] : [second, first]
    yield* dead.signal("SIGKILL")
    yield* Effect.provide(ageLeases, PgClient.layer(clientOptions(address)))

    yield* alive.jobWhen(id, (job) => job.attempts === 2)
    writeFileSync(gate, "")
    const job = yield* alive.jobEnded(id)

    expect(job).toMatchObject({ status: "completed", retryCount: 0 })
    const { body: after } = yield* alive.json<Attempts>(`/api/jobs/${id}/attempts`)
    expect(after.data.map((attempt) => attempt.outcome)).toEqual(["lost", "completed"])
    expect(new Set(after.data.map((attempt) => attempt.worker)).size).toBe(2)
    expect(lines().filter((line) => line === "first")).toHaveLength(1)
  })
)

it.live("runs every job once when two workers race for them", () =>
  Effect.gen(function* () {
    const { first, gate, journal, lines, second } = yield* twoWorkers
    writeFileSync(gate, "")
    const jobs = yield* Effect.forEach(
      Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? first : second)),
      (callboard) => callboard.create("gated", { journal, gate }),
      { concurrency: 8 }
    )
    const ended = yield* Effect.forEach(jobs, (job) => first.jobEnded(job.id), { concurrency: 8 })

    expect(ended.filter((job) => job.status === "completed" && job.attempts === 1)).toHaveLength(40)
    expect(lines().filter((line) => line === "second")).toHaveLength(40)
  })
)
