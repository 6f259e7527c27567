import { expect } from "bun:test"
import { DateTime, Duration, Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import { CurrentCaller } from "../../../src/domain/Caller.ts"
import { JobId } from "../../../src/domain/JobId.ts"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { SecretBox } from "../../../src/runtime/SecretBox.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scripted } from "../../support/scripts.ts"

const other = scripted("other", () => Effect.succeed(null))

const inDatabase = databaseTests(idle, other)

const request = { jobType: "idle", input: {} }

inDatabase(
  "creates a job with the defaults of its type, found by either id",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const { job, replayed } = yield* jobs.create({ jobType: "idle", input: { restaurantId: "bella", text: "hi" } })

    expect(replayed).toBe(false)
    expect(job).toMatchObject({
      status: "pending",
      lane: "default",
      maxRetries: 3,
      timeoutMs: 600_000,
      input: { restaurantId: "bella", text: "hi" },
      restaurantId: "bella",
      progress: { percent: 0, totalSteps: 2 },
      waitingFor: [{ code: "no_worker" }]
    })
    expect(yield* jobs.get(job.id)).toEqual(yield* jobs.get(job.jobId))
    expect(DateTime.distance(job.createdAt, job.expiresAt)).toEqual(Duration.hours(24))
  })
)

inDatabase(
  "seals a secret before it reaches the database, masks it for callers and opens it for the worker",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const box = yield* SecretBox
    const sql = yield* SqlClient.SqlClient
    const { job } = yield* jobs.create({
      jobType: "idle",
      input: { password: "hunter2", text: "hunter2 is not secret" }
    })

    expect(job.input).toEqual({ password: "••••", text: "hunter2 is not secret" })
    const [row] = yield* sql<{ input: string }>`SELECT input_payload->>'password' AS input FROM script_jobs`
    expect(row!.input).not.toContain("hunter2")
    const [claim] = yield* (yield* JobQueue).claim("default", 1)
    const opened = yield* box.openInput(idle.inputSchema, claim!.input, claim!.id)
    expect(opened).toEqual({
      input: { password: "hunter2", text: "hunter2 is not secret" },
      secrets: ["hunter2"]
    })
    // A sealed value that is copied into another job does not open there.
    expect((yield* Effect.flip(box.openInput(idle.inputSchema, claim!.input, Bun.randomUUIDv7())))._tag).toBe(
      "CannotOpenSecret"
    )
  })
)

inDatabase(
  "makes one job for one idempotency key, however often and at once it is asked",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const sql = yield* SqlClient.SqlClient
    const options = { idempotencyKey: "key-1" }
    const answers = yield* Effect.forEach(Array.from({ length: 6 }), () => jobs.create(request, options), {
      concurrency: "unbounded"
    })

    expect(new Set(answers.map((answer) => answer.job.id)).size).toBe(1)
    expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1)
    expect(yield* sql`SELECT id FROM script_jobs`).toHaveLength(1)
    const changed = yield* Effect.flip(jobs.create({ ...request, priority: 1 }, options))
    expect(changed._tag).toBe("IdempotencyMismatch")
  })
)

inDatabase(
  "refuses an unknown type and a wrong input, and keeps nothing of them",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const sql = yield* SqlClient.SqlClient

    expect(yield* Effect.flip(jobs.create({ jobType: "nope", input: {} }))).toMatchObject({
      _tag: "UnknownJobType",
      known: ["idle", "other"]
    })
    const invalid = yield* Effect.flip(jobs.create({ jobType: "idle", input: { text: 1, odd: true } }))
    expect(invalid._tag).toBe("InvalidInput")
    expect("issues" in invalid && invalid.issues.map((issue) => issue.path).toSorted()).toEqual(["odd", "text"])
    expect(yield* sql`SELECT id FROM script_jobs`).toHaveLength(0)
  })
)

inDatabase(
  "cancels a pending job at once, asks a running one to stop, and refuses a finished one",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const queue = yield* JobQueue
    const running = (yield* jobs.create(request)).job
    const [claim] = yield* queue.claim("default", 1)
    const pending = (yield* jobs.create(request)).job

    expect((yield* jobs.cancel(pending.id)).status).toBe("cancelled")
    const asked = yield* jobs.cancel(running.jobId)
    expect(asked.status).toBe("in_progress")
    expect(asked.cancelRequestedAt).toBeDefined()
    expect((yield* jobs.cancel(running.id)).cancelRequestedAt).toEqual(asked.cancelRequestedAt)

    yield* queue.settle(claim!.lease, { _tag: "Cancelled" })
    expect(yield* Effect.flip(jobs.cancel(running.id))).toMatchObject({ _tag: "JobConflict", status: "cancelled" })
    const unknown = JobId.make(Bun.randomUUIDv7())
    expect(yield* Effect.flip(jobs.cancel(unknown))).toMatchObject({ _tag: "JobNotFound", ref: unknown })
  })
)

inDatabase(
  "retries a failed job with all its tries, from its checkpoints or from the start",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const queue = yield* JobQueue
    const { id } = (yield* jobs.create(request)).job
    const error = { code: "NOT_FOUND", message: "gone", retryable: false } as const
    const failOnce = Effect.gen(function* () {
      const [claim] = yield* queue.claim("default", 1)
      yield* queue.endStep(claim!.lease, { name: "first", outcome: "completed", checkpoint: { output: 1 } })
      yield* queue.settle(claim!.lease, { _tag: "Failed", error })
      return claim!
    })
    yield* failOnce

    const again = yield* jobs.retry(id, { from: "checkpoint" })
    expect(again).toMatchObject({ status: "pending", retryCount: 0 })
    expect(again.error).toBeUndefined()
    expect((yield* failOnce).checkpoints.size).toBe(1)

    yield* jobs.retry(id, { from: "start" })
    const [claim] = yield* queue.claim("default", 1)
    expect(claim!.checkpoints.size).toBe(0)
    expect(claim!.lease.attempt).toBe(3)
    expect(yield* Effect.flip(jobs.retry(id, { from: "start" }))).toMatchObject({
      _tag: "JobConflict",
      status: "in_progress"
    })
  })
)

inDatabase(
  "pages through all jobs in order, without a gap or a double, while new ones arrive",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const reports = yield* JobReports
    const made = yield* Effect.forEach(Array.from({ length: 7 }), () => jobs.create(request))
    const seen: Array<string> = []
    let cursor: string | undefined
    do {
      const page = yield* reports.list({}, { limit: 3, ...(cursor !== undefined && { cursor }) })
      seen.push(...page.jobs.map((job) => job.id))
      yield* jobs.create(request)
      cursor = page.nextCursor
    } while (cursor !== undefined)

    expect(seen).toEqual(made.map(({ job }) => String(job.id)).toReversed())
    expect((yield* Effect.flip(reports.list({}, { limit: 3, cursor: "nonsense" })))._tag).toBe("InvalidCursor")
  })
)

inDatabase(
  "ends a page before it is too large for an answer, and goes on after it",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const reports = yield* JobReports
    const text = "x".repeat(900 * 1_024)
    const made = yield* jobs.createBatch(
      Array.from({ length: 120 }, (_, index) => ({ jobType: "idle", input: index % 10 === 0 ? { text } : {} }))
    )
    const wanted = made.jobs.map(({ id }) => id).toReversed()
    const ada = { via: "key", subject: "ada", name: "Ada", role: "viewer", organisationId: "default" } as const

    for (const caller of [Option.none(), Option.some(ada)]) {
      const list = (cursor?: string) =>
        reports
          .list({}, { limit: 200, ...(cursor !== undefined && { cursor }) })
          .pipe(Effect.provideService(CurrentCaller, caller))
      const first = yield* list()
      const second = yield* list(first.nextCursor)

      expect(JSON.stringify(first).length).toBeLessThan(9 * 1_024 ** 2)
      expect([...first.jobs, ...second.jobs].map(({ id }) => id)).toEqual(wanted)
      expect(second.nextCursor).toBeUndefined()
    }
  })
)

inDatabase(
  "filters by shown status, type, restaurant and text, and counts alike",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const reports = yield* JobReports
    const soon = DateTime.addDuration(yield* DateTime.now, Duration.hours(1))
    yield* jobs.create({ jobType: "idle", input: { restaurantId: "bella" }, labels: ["spring"] })
    yield* jobs.create({ ...request, runAt: soon })
    yield* jobs.create({ jobType: "other", input: {}, restaurantId: "100%_café" })

    const found = (filter: Parameters<typeof reports.list>[0]) =>
      Effect.map(reports.list(filter, { limit: 10 }), (page) => page.jobs.map((job) => job.restaurantId ?? job.jobType))
    expect(yield* found({ status: ["scheduled"] })).toEqual(["idle"])
    expect(yield* found({ status: ["pending"] })).toEqual(["100%_café", "bella"])
    expect(yield* found({ jobType: "other" })).toEqual(["100%_café"])
    expect(yield* found({ restaurantId: "bella" })).toEqual(["bella"])
    expect(yield* found({ q: "%_CAF" })).toEqual(["100%_café"])
    expect(yield* found({ q: "100_" })).toEqual([])
    expect(yield* found({ label: "spring" })).toEqual(["bella"])
    expect(yield* found({ createdAfter: DateTime.toDate(soon) })).toEqual([])
    expect(yield* reports.counts({})).toMatchObject({ pending: 2, scheduled: 1, completed: 0, needs_input: 0 })
  })
)

inDatabase(
  "says that the database is unavailable when the connection breaks inside a transaction",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE FUNCTION break_connection() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'`
    yield* sql`CREATE TRIGGER break_connection BEFORE INSERT ON idempotency_keys
      FOR EACH ROW EXECUTE FUNCTION break_connection()`
    const options = { idempotencyKey: "cut-off" }

    const one = yield* Effect.flip(jobs.create(request, options))
    const batch = yield* Effect.flip(jobs.createBatch([request, request], options))
    yield* sql`DROP FUNCTION break_connection CASCADE`

    expect([one._tag, batch._tag]).toEqual(["JobsUnavailable", "JobsUnavailable"])
    expect((yield* jobs.create(request, options)).replayed).toBe(false)
  })
)
