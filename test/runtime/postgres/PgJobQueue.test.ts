import { expect } from "bun:test"
import { Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue, type StepStart } from "../../../src/domain/JobQueue.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scriptedInBrowser } from "../../support/scripts.ts"

const browse = scriptedInBrowser("browse", () => Effect.succeed(null))

const inDatabase = databaseTests(idle, browse)

const add = (jobType = "idle", rest = {}) =>
  Effect.gen(function* () {
    const jobs = yield* Jobs
    return (yield* jobs.create({ jobType, input: {}, ...rest })).job
  })

const firstClaim = Effect.gen(function* () {
  const queue = yield* JobQueue
  const [claim] = yield* queue.claim("default", 1)
  return claim!
})

const stepStart: StepStart = {
  name: "first",
  number: 1,
  totalSteps: 2,
  progress: { percent: 0, totalSteps: 2, step: 1, stepName: "first" }
}
const failure = { code: "NETWORK_ERROR", message: "gone", retryable: true } as const

inDatabase(
  "claims the highest priority first, then the oldest, and only its own lane",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const older = yield* add()
    const newer = yield* add()
    const urgent = yield* add("idle", { priority: 5 })
    yield* add("browse")

    const claims = yield* queue.claim("default", 10)

    expect(claims.map((claim) => claim.id)).toEqual([urgent.id, older.id, newer.id])
    expect(claims.map((claim) => claim.lease.attempt)).toEqual([1, 1, 1])
  })
)

inDatabase(
  "lets progress that comes late change nothing, and takes it for no lost lease",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const sql = yield* SqlClient.SqlClient
    const job = yield* add()
    const { lease } = yield* firstClaim
    const at = (step: number, stepName: string, percent: number, message: string) =>
      ({ percent, message, totalSteps: 2, step, stepName }) as const
    const shown = Effect.map(
      sql<{ words: string }>`
        SELECT format('%s %s %s', current_step_name, progress_percent, progress_message) AS words
        FROM script_jobs WHERE id = ${job.id}::uuid`,
      (rows) => rows[0]?.words
    )
    yield* queue.startStep(lease, { ...stepStart, name: "second", number: 2, progress: at(2, "second", 50, "begun") })

    yield* queue.progress(lease, at(1, "first", 45, "late"))
    yield* queue.progress(lease, at(1, "first", 50, "late"))
    expect(yield* shown).toBe("second 50 begun")

    yield* queue.progress(lease, at(2, "second", 50, "on its way"))
    expect(yield* shown).toBe("second 50 on its way")
    yield* queue.progress(lease, at(2, "second", 75, "farther"))
    expect(yield* shown).toBe("second 75 farther")

    yield* queue.settle(lease, { _tag: "Completed", result: null })
    expect(yield* Effect.flip(queue.progress(lease, at(2, "second", 80, "over")))).toMatchObject({ _tag: "LeaseLost" })
  })
)

inDatabase(
  "never gives one job to two claims that run at once",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    yield* Effect.forEach(Array.from({ length: 40 }), () => add(), { concurrency: 8 })

    const claims = yield* Effect.forEach(Array.from({ length: 8 }), () => queue.claim("default", 10), {
      concurrency: "unbounded"
    })

    const ids = claims.flat().map((claim) => claim.id)
    expect(ids).toHaveLength(40)
    expect(new Set(ids).size).toBe(40)
  })
)

inDatabase(
  "leaves a job alone that may not start yet",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const sql = yield* SqlClient.SqlClient
    const job = yield* add()
    yield* sql`UPDATE script_jobs SET run_at = now() + interval '1 hour' WHERE id = ${job.id}::uuid`

    const claims = yield* queue.claim("default", 10)
    const beat = yield* queue.beat([], "claiming")

    expect(claims).toEqual([])
    expect(beat.dueInMs.get("default")).toBeGreaterThan(3_590_000)
    expect(beat.dueInMs.get("default")).toBeLessThanOrEqual(3_600_000)
    expect(beat.dueInMs.has("browser")).toBe(false)
  })
)

inDatabase(
  "completes a job and closes its attempt and its steps",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const reports = yield* JobReports
    yield* add()
    const { lease, jobId } = yield* firstClaim
    yield* queue.startStep(lease, stepStart)
    yield* queue.endStep(lease, { name: "first", outcome: "completed", checkpoint: { output: { n: 1 } } })

    yield* queue.settle(lease, { _tag: "Completed", result: { ok: true } })

    const job = yield* (yield* Jobs).get(jobId)
    expect(job).toMatchObject({ status: "completed", result: { ok: true }, progress: { percent: 100 } })
    expect(job.completedAt).toBeDefined()
    const history = yield* reports.history(jobId)
    expect(history.attempts).toMatchObject([{ attempt: 1, outcome: "completed", worker: "worker-a" }])
    expect(history.steps).toMatchObject([{ name: "first", outcome: "completed", kept: true }])
  })
)

inDatabase(
  "gives a failed attempt back with its delay, its error and its checkpoints",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const sql = yield* SqlClient.SqlClient
    const job = yield* add()
    const { lease } = yield* firstClaim
    yield* queue.startStep(lease, stepStart)
    yield* queue.endStep(lease, { name: "first", outcome: "completed", checkpoint: { output: { n: 1 } } })
    yield* queue.settle(lease, { _tag: "RetryLater", error: failure, delay: Duration.seconds(5) })

    const waiting = yield* (yield* Jobs).get(job.id)
    expect(waiting).toMatchObject({ status: "pending", retryCount: 1, error: failure })
    expect(waiting.waitingFor?.[0]?.code).toBe("backoff")
    expect(waiting.nextRetryAt).toEqual(waiting.runAt)
    expect(yield* queue.claim("default", 1)).toEqual([])

    yield* sql`UPDATE script_jobs SET run_at = now() WHERE id = ${job.id}::uuid`
    const again = yield* firstClaim
    expect(again.lease.attempt).toBe(2)
    expect(again.retryCount).toBe(1)
    expect([...again.checkpoints]).toEqual([["first", { n: 1 }]])
  })
)

inDatabase(
  "changes nothing for a worker that lost its lease, and rescues the job once",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const upkeep = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    yield* add()
    const untouched = yield* add()
    const { lease, id } = yield* firstClaim
    const other = yield* firstClaim
    yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second' WHERE id = ${id}::uuid`

    // What a worker still has in hand is being taken down there; it must not start beside itself.
    expect(yield* upkeep.rescue([lease])).toBe(0)
    expect(yield* upkeep.rescue([])).toBe(1)
    expect(yield* upkeep.rescue([])).toBe(0)

    const writes = [
      queue.settle(lease, { _tag: "Completed", result: 1 }),
      queue.startStep(lease, stepStart),
      queue.endStep(lease, { name: "first", outcome: "completed", checkpoint: { output: 1 } }),
      queue.progress(lease, stepStart.progress)
    ]
    for (const write of writes) expect((yield* Effect.flip(write))._tag).toBe("LeaseLost")
    expect((yield* queue.beat([lease, other.lease], "claiming")).lost).toEqual([lease.token])
    expect(yield* sql`SELECT 1 FROM job_steps UNION ALL SELECT 1 FROM job_checkpoints`).toEqual([])
    expect((yield* (yield* Jobs).get(untouched.id)).status).toBe("in_progress")
    const history = yield* (yield* JobReports).history(id)
    expect(history.attempts).toMatchObject([{ outcome: "lost" }])
    expect((yield* firstClaim).lease.attempt).toBe(2)
  })
)

inDatabase(
  "hands a released job back without using up a try",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    yield* add()
    const { lease, id } = yield* firstClaim

    yield* queue.settle(lease, { _tag: "Released" })

    expect(yield* (yield* Jobs).get(id)).toMatchObject({ status: "pending", retryCount: 0 })
    expect((yield* firstClaim).retryCount).toBe(0)
  })
)

inDatabase(
  "lets the time of a job begin with its place, and not while it waits for one",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const sql = yield* SqlClient.SqlClient
    yield* Effect.all([add(), add()])
    const [waiting, running] = yield* queue.claim("default", 2)
    yield* sql`UPDATE script_jobs SET timeout_at = now()`
    yield* sql`UPDATE job_leases SET timeout_at = now()`

    yield* queue.beat([waiting!.lease, running!.lease], "claiming", [waiting!.lease.token])

    const late = sql`SELECT id FROM job_leases WHERE timeout_at <= now()`
    expect(yield* late).toEqual([{ id: running!.id }])
    expect(yield* sql`SELECT id FROM script_jobs WHERE timeout_at <= now()`).toEqual([{ id: running!.id }])
  })
)

inDatabase(
  "does not run a job again that was asked to stop while it failed or was handed back",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const jobs = yield* Jobs
    yield* add()
    const { lease, id } = yield* firstClaim
    yield* jobs.cancel(id)
    expect((yield* queue.beat([lease], "claiming")).cancelRequested).toEqual([lease.token])

    yield* queue.settle(lease, { _tag: "RetryLater", error: failure, delay: Duration.seconds(5) })

    const job = yield* jobs.get(id)
    expect(job.status).toBe("cancelled")
    expect(job.nextRetryAt).toBeUndefined()
    expect(job.retryCount).toBe(0)
  })
)

inDatabase(
  "forgets the next try of a job that is cancelled while it waits for it",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const jobs = yield* Jobs
    yield* add()
    const { lease, id } = yield* firstClaim
    yield* queue.settle(lease, { _tag: "RetryLater", error: failure, delay: Duration.seconds(5) })
    expect((yield* jobs.get(id)).nextRetryAt).toBeDefined()

    expect((yield* jobs.cancel(id)).nextRetryAt).toBeUndefined()
  })
)

inDatabase(
  "says at once that a value can never be stored, and not that the database is away",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    yield* add()
    const { lease } = yield* firstClaim
    const nul = "a\u0000b"

    const refused = [
      queue.endStep(lease, { name: "first", outcome: "completed", checkpoint: { output: nul } }),
      queue.settle(lease, { _tag: "Completed", result: nul }),
      queue.settle(lease, { _tag: "Failed", error: { ...failure, message: nul } })
    ]
    for (const write of refused) expect((yield* Effect.flip(write))._tag).toBe("CannotBeStored")
  })
)

inDatabase(
  "refuses a transition that the state machine does not have, whoever writes it",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { id } = yield* add()

    const error = yield* Effect.flip(sql`
      UPDATE script_jobs SET status = 'completed', completed_at = now() WHERE id = ${id}::uuid`)

    expect(String(error.reason.cause)).toContain("cannot go from pending to completed")
  })
)
