import { expect } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { clientOptions } from "../../src/runtime/postgres/PgDatabase.ts"
import { ageLeases } from "../support/ageLeases.ts"
import { eventually, type RunningCallboard, startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { TestPostgres } from "../support/TestPostgres.ts"

const CALLBOARD_CONFIG = join(import.meta.dir, "fixtures/job-types.ts")

/** A database of its own, and processes of any role on it, each with a data directory of its own. */
const cluster = Effect.gen(function* () {
  const address = yield* TestPostgres.freshDatabase()
  const files = yield* temporaryDirectory
  const start = (CALLBOARD_ROLE: string) =>
    Effect.gen(function* () {
      const dataDirectory = yield* temporaryDirectory
      const env = {
        CALLBOARD_CONFIG,
        CALLBOARD_ROLE,
        DATABASE_URL: TestPostgres.urlOf(address),
        CALLBOARD_SECRET_KEY: Buffer.alloc(32, 7).toString("base64")
      }
      return yield* startCallboard({ dataDirectory, env })
    })
  const inDatabase = <A, E>(work: Effect.Effect<A, E, SqlClient.SqlClient>) =>
    Effect.provide(work, PgClient.layer(clientOptions(address)))
  return { start, inDatabase, input: { journal: join(files, "journal"), gate: join(files, "gate") } }
})

const namesOfWorkers = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT name FROM workers`)

/** All that the page of a job was sent since now. */
const followPage = (web: RunningCallboard, id: string) =>
  Effect.gen(function* () {
    const controller = yield* Effect.acquireRelease(
      Effect.sync(() => new AbortController()),
      (controller) => Effect.sync(() => controller.abort())
    )
    const seen: Array<string> = []
    const read = async () => {
      const { body } = await fetch(new URL(`/events?job=${id}`, web.url), { signal: controller.signal })
      for await (const chunk of body!.pipeThrough(new TextDecoderStream())) seen.push(chunk)
    }
    read().catch(() => undefined)
    yield* eventually(Effect.sync(() => seen.length > 0 || undefined))
    return () => seen.join("")
  })

it.live("runs at a worker what was created at a web process, whose page moves meanwhile", () =>
  Effect.gen(function* () {
    const { inDatabase, input, start } = yield* cluster
    const web = yield* start("web")
    const { id } = yield* web.create("gated", input)
    expect((yield* web.job(id)).waitingFor?.map(({ code }) => code)).toEqual(["no_worker"])
    expect((yield* web.json("/readyz")).body as unknown).toEqual({ ready: true, checks: { database: "ok" } })
    expect(yield* inDatabase(namesOfWorkers)).toEqual([])
    const page = yield* followPage(web, id)

    const worker = yield* start("worker")
    yield* web.jobWhen(id, (job) => job.progress.stepName === "second")
    yield* eventually(Effect.sync(() => page().includes("headline st-in_progress") || undefined))
    writeFileSync(input.gate, "")
    yield* eventually(Effect.sync(() => page().includes("headline st-completed") || undefined))

    expect(yield* web.job(id)).toMatchObject({ status: "completed", attempts: 1 })
    expect((yield* worker.json("/readyz")).body as unknown).toEqual({
      ready: true,
      checks: { database: "ok", worker: "ok" }
    })
    expect((yield* worker.json("/healthz")).status).toBe(200)
    for (const path of ["/", "/jobs", "/api/jobs", "/api/docs", "/practice/", "/events"]) {
      expect([path, (yield* worker.json(path)).status]).toEqual([path, 404])
    }
  })
)

it.live("stops a job at its worker within a second, and gives the job of a killed worker to the other one", () =>
  Effect.gen(function* () {
    const { inDatabase, input, start } = yield* cluster
    const [web, first, second] = yield* Effect.all([start("web"), start("worker"), start("worker")], { concurrency: 3 })
    const doomed = yield* web.create("gated", input)
    yield* web.jobWhen(doomed.id, (job) => job.progress.stepName === "second")
    const askedAt = performance.now()
    yield* web.post(`/api/jobs/${doomed.id}/cancel`, {})
    expect(yield* web.jobEnded(doomed.id)).toMatchObject({ status: "cancelled" })
    expect(performance.now() - askedAt).toBeLessThan(1_000)

    const { id } = yield* web.create("gated", input)
    yield* web.jobWhen(id, (job) => job.progress.stepName === "second")
    const { body } = yield* web.json<{ data: ReadonlyArray<{ worker: string }> }>(`/api/jobs/${id}/attempts`)
    const holder = first.output().includes(body.data[0]!.worker) ? first : second
    yield* holder.signal("SIGKILL")
    yield* inDatabase(ageLeases)
    yield* web.jobWhen(id, (job) => job.attempts === 2)
    writeFileSync(input.gate, "")

    expect(yield* web.jobEnded(id)).toMatchObject({ status: "completed", retryCount: 0 })
  })
)

it.live("says that a worker has no portal, at its start and in the jobs that need one", () =>
  Effect.gen(function* () {
    const { start } = yield* cluster
    const [web, worker] = yield* Effect.all([start("web"), start("worker")], { concurrency: 2 })
    const types = yield* web.json<{ data: ReadonlyArray<{ name: string; example: unknown }> }>("/api/jobs/types")
    const example = types.body.data.find(({ name }) => name === "add-item-tags")?.example
    const { id } = yield* web.create("add-item-tags", example, { maxRetries: 0 })
    const job = yield* web.jobEnded(id)

    expect(worker.output()).toContain("This worker has no portal")
    expect(job).toMatchObject({ status: "failed", error: { code: "SERVICE_UNAVAILABLE" } })
    expect(JSON.stringify(job.error)).toContain("CALLBOARD_PORTAL_URL")
  })
)
