import { expect } from "bun:test"
import { Clock, Effect, Exit, Layer, Option } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { BrowserSession } from "../../src/domain/BrowserSession.ts"
import { BULK_TYPE, BulkJobs, type BulkRequest } from "../../src/domain/BulkJobs.ts"
import { type Caller, CurrentCaller } from "../../src/domain/Caller.ts"
import { CurrentJob } from "../../src/domain/CurrentJob.ts"
import { JobId } from "../../src/domain/JobId.ts"
import { JobQueue } from "../../src/domain/JobQueue.ts"
import { Jobs, JobsUnavailable } from "../../src/domain/Jobs.ts"
import { Lanes } from "../../src/domain/Lanes.ts"
import { Operator } from "../../src/domain/Operator.ts"
import { layer as bulkJobs, bulkJobType, openLane } from "../../src/runtime/bulkJobs.ts"
import { MemorySteps, makeStepsMemory } from "../scripts/support/MemorySteps.ts"
import { it } from "../support/effect.ts"
import { databaseTests } from "../support/PgServices.ts"
import { idle } from "../support/scripts.ts"
import { insertJob } from "./postgres/asMember.ts"
import { add, claim, fail, firstClaim, get, runAll } from "./postgres/builders.ts"

/** What the script of the bulk job works on; a test may put something in between. */
let target: typeof Jobs.Service | undefined
const bulk = bulkJobType(Effect.sync(() => target!))

const inDatabase = databaseTests(idle, bulk)

/** Far enough from now that what was made until now is older. */
const nextMillisecond = Effect.gen(function* () {
  const now = yield* Clock.currentTimeMillis
  yield* Effect.repeat(Clock.currentTimeMillis, { until: (later) => later > now })
})

const start = (request: BulkRequest) =>
  Effect.gen(function* () {
    yield* nextMillisecond
    return (yield* (yield* BulkJobs).start(request, { createdBy: "ada" })).job
  }).pipe(Effect.provide(bulkJobs))

/** Runs the bulk job that was claimed, as a worker would. */
const run = (input: unknown, memory = makeStepsMemory()) =>
  Effect.gen(function* () {
    target ??= yield* Jobs
    const services = Layer.mergeAll(MemorySteps(memory), Layer.mock(BrowserSession, {}), Layer.mock(Operator, {}))
    return yield* Effect.scoped(bulk.run(input).pipe(Effect.provide(services)))
  }).pipe(Effect.ensuring(Effect.sync(() => (target = undefined))))

const seed = (count: number) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`
      INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms,
        expires_at, labels)
      SELECT overlay(first_id_at(now() - interval '1 hour')::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid,
        'JOB_20260101_000000_' || lpad(to_hex(n), 8, '0'), 'idle', 'default', '{}', 1, 3, 1000,
        now() + interval '1 day', CASE WHEN n % 2 = 0 THEN '{even}'::text[] ELSE '{}' END
      FROM generate_series(1, ${count}) n`
  )
const statuses = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`SELECT status, count(*)::int AS jobs FROM script_jobs WHERE job_type = 'idle' GROUP BY 1 ORDER BY 1`
)

inDatabase(
  "changes every job that matches, a part at a time, and none that was created after the request",
  Effect.gen(function* () {
    yield* seed(2_400)
    const job = yield* start({ action: "cancel", filter: { label: "even", status: ["pending"] } })
    const later = yield* add({ labels: ["even"] })
    const memory = makeStepsMemory()
    expect(job).toMatchObject({ jobType: BULK_TYPE, priority: 50, createdBy: "ada" })
    const claimed = yield* firstClaim
    expect(claimed.id).toBe(job.id)

    expect(yield* run(claimed.input, memory)).toEqual({ seen: 1_200, changed: 1_200 })

    expect(yield* statuses).toEqual([
      { status: "cancelled", jobs: 1_200 },
      { status: "pending", jobs: 1_201 }
    ])
    expect((yield* get(later.id)).status).toBe("pending")
    expect((yield* get(job.id)).status).toBe("in_progress")
    expect(memory.progress).toEqual([500, 1_000, 1_200].map((n) => `${n} of ${n} jobs cancelled`))
  })
)

inDatabase(
  "starts again from its beginning when it was cut off, and changes nothing twice",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    yield* seed(1_200)
    yield* start({ action: "cancel", filter: { jobType: "idle" } })
    const { input } = yield* firstClaim
    let parts = 0
    target = {
      ...jobs,
      applyToMany: (...call) =>
        ++parts === 2
          ? Effect.fail(new JobsUnavailable({ operation: "applyToMany", cause: "away" }))
          : jobs.applyToMany(...call)
    }
    expect(Exit.isFailure(yield* Effect.exit(run(input)))).toBe(true)
    expect(yield* statuses).toEqual([
      { status: "cancelled", jobs: 500 },
      { status: "pending", jobs: 700 }
    ])

    expect(yield* run(input)).toEqual({ seen: 1_200, changed: 700 })

    const revisions = (yield* SqlClient.SqlClient)`SELECT DISTINCT revision FROM script_jobs WHERE job_type = 'idle'`
    expect(yield* revisions).toEqual([{ revision: 2 }])
  })
)

inDatabase(
  "retries the failures of one kind and leaves the others",
  Effect.gen(function* () {
    yield* Effect.forEach([1, 2, 3], () => add())
    const claims = yield* claim()
    for (const [n, each] of claims.entries()) {
      const message = n === 2 ? "the portal is away" : `no dish ${n} on "menu ${n}"`
      yield* fail(each, { code: "NOT_FOUND", message, retryable: false })
    }
    const fingerprint = (yield* get(claims[0]!.id)).errorFingerprint!

    yield* start({ action: "retry", filter: { fingerprint } })
    expect(yield* run((yield* firstClaim).input)).toEqual({ seen: 2, changed: 2 })

    expect(yield* Effect.forEach(claims, ({ id }) => Effect.map(get(id), ({ status }) => status))).toEqual([
      "pending",
      "pending",
      "failed"
    ])
  })
)

inDatabase(
  "retries jobs after those that they need, also where these come in a later part, and none that would fail at once",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const batch = yield* jobs.createBatch(
      Array.from({ length: 601 }, (_, n) => ({
        jobType: "idle",
        input: {},
        clientRef: `${n}`,
        ...(n < 600 && { dependsOn: ["600"] })
      }))
    )
    const other = yield* add()
    const doomed = yield* add({ dependsOn: [other.id], labels: ["again"] })
    yield* Effect.forEach(yield* claim(2), (each) => fail(each))

    yield* start({ action: "retry", filter: { status: ["failed"], batchId: batch.batchId } })
    const { input } = yield* firstClaim
    expect(yield* run(input)).toEqual({ seen: 601, changed: 601 })

    const order = yield* runAll
    expect(order[0]).toBe(batch.jobs[600]!.id)
    expect(new Set(order)).toEqual(new Set(batch.jobs.map(({ id }) => id)))

    yield* start({ action: "retry", filter: { label: "again" } })
    expect(yield* run((yield* firstClaim).input)).toEqual({ seen: 1, changed: 0 })
    expect((yield* get(doomed.id)).revision).toBe(2)
  })
)

inDatabase(
  "reaches what is there when it is asked, however late the clock of the process is, and not itself",
  Effect.gen(function* () {
    const failed = yield* add()
    yield* fail(yield* firstClaim)
    const clock = yield* Clock.Clock
    const now = () => clock.currentTimeMillisUnsafe() - 300_000
    const late: typeof clock = Object.assign(Object.create(clock), {
      currentTimeMillisUnsafe: now,
      currentTimeMillis: Effect.sync(now)
    })
    yield* nextMillisecond
    const startLate = (request: BulkRequest) =>
      Effect.flatMap(BulkJobs, (bulkJobs) => bulkJobs.start(request)).pipe(
        Effect.provide(bulkJobs),
        Effect.provideService(Clock.Clock, late)
      )

    yield* startLate({ action: "retry", filter: { status: ["failed"] } })
    expect(yield* run((yield* firstClaim).input)).toEqual({ seen: 1, changed: 1 })

    const { job } = yield* startLate({ action: "cancel", filter: { status: ["in_progress", "pending"] } })
    // As one whose id was made by a process that is late.
    const claimed = yield* firstClaim
    const own = Option.some({ ...claimed, attempt: claimed.lease.attempt })
    const { until: _, ...input } = claimed.input as Record<string, unknown>
    const widest = { ...input, until: "ffffffff-ffff-7fff-bfff-ffffffffffff" }
    yield* Effect.provideService(run(widest), CurrentJob, own)
    expect((yield* get(failed.id)).status).toBe("cancelled")
    expect((yield* get(job.id)).cancelRequestedAt).toBeUndefined()
  })
)

inDatabase(
  "takes no filter that says nothing, whoever makes the job",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const until = "ffffffff-ffff-7fff-bfff-ffffffffffff"
    for (const filter of [{}, { status: [] }, { q: "" }]) {
      const refused = yield* Effect.flip(
        jobs.create({ jobType: BULK_TYPE, input: { action: "cancel", filter, until } })
      )
      expect(refused).toMatchObject({ _tag: "InvalidInput", issues: [{ path: "filter" }] })
    }
  })
)

const operator: Caller = { via: "key", subject: "olga", name: "Olga", role: "operator", organisationId: "north" }

inDatabase(
  "changes jobs of the organisation of who started it, and of no other one",
  Effect.gen(function* () {
    const ours = yield* insertJob({ organisation_id: "north" })
    const theirs = yield* insertJob({ organisation_id: "south" })
    const started = yield* Effect.provideService(
      start({ action: "cancel", filter: { jobType: "idle" } }),
      CurrentCaller,
      Option.some(operator)
    )
    const claimed = (yield* claim()).find(({ id }) => id === started.id)!
    expect([claimed.organisationId, started.createdBy]).toEqual(["north", "olga"])

    // Its worker says for which job it runs the script.
    const done = Effect.provideService(
      run(claimed.input),
      CurrentJob,
      Option.some({ ...claimed, attempt: claimed.lease.attempt })
    )

    expect(yield* done).toEqual({ seen: 1, changed: 1 })
    expect((yield* get(JobId.make(ours))).cancelRequestedAt).toBeDefined()
    expect((yield* get(JobId.make(theirs))).cancelRequestedAt).toBeUndefined()
  })
)

inDatabase(
  "is started by nobody who may not do to one job what it does to many",
  Effect.gen(function* () {
    const asMember = Effect.provideService(CurrentCaller, Option.some({ ...operator, role: "member" as const }))
    const input = { action: "cancel", filter: { jobType: "idle" }, until: Bun.randomUUIDv7() }

    const started = yield* Effect.flip(asMember(start({ action: "retry", filter: { jobType: "idle" } })))
    const created = yield* Effect.flip(
      asMember(Effect.flatMap(Jobs, ({ create }) => create({ jobType: BULK_TYPE, input })))
    )

    expect([started._tag, created._tag]).toEqual(["NotAllowed", "NotAllowed"])
    expect(yield* statuses).toEqual([])
  })
)

inDatabase(
  "starts once for an Idempotency-Key, and refuses it for something else",
  Effect.gen(function* () {
    const bulkJobs = yield* BulkJobs
    const request: BulkRequest = { action: "cancel", filter: { label: "even" } }
    const startWithKey = (asked: BulkRequest) =>
      Effect.andThen(nextMillisecond, bulkJobs.start(asked, { idempotencyKey: "night" }))

    const first = yield* startWithKey(request)
    const again = yield* startWithKey(request)
    const refused = yield* Effect.flip(startWithKey({ ...request, action: "retry" }))

    expect(first.replayed).toBe(false)
    expect(again).toMatchObject({ replayed: true, job: { id: first.job.id } })
    expect(refused._tag).toBe("IdempotencyMismatch")
  }).pipe(Effect.provide(bulkJobs))
)

inDatabase(
  "starts beside a flood that it is to stop, whatever lane that fills or somebody paused because of it",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const lanes = yield* Lanes
    const request: BulkRequest = { action: "cancel", filter: { jobType: "idle" } }
    yield* queue.beat([], "claiming")
    yield* seed(20)
    expect((yield* start(request)).lane).toBe("default")
    expect(yield* claim(8)).toHaveLength(8)
    const whileFull = yield* start(request)

    yield* lanes.pause("default", {})
    const whilePaused = yield* start(request)
    expect([whileFull.lane, whilePaused.lane]).toEqual(["quick", "quick"])
    expect(yield* claim(1)).toEqual([])
    const [stopping] = yield* queue.claim("quick", 1)
    expect(stopping!.id).toBe(whileFull.id)
    expect(yield* run(stopping!.input)).toEqual({ seen: 20, changed: 20 })
    expect(yield* statuses).toEqual([
      { status: "cancelled", jobs: 13 },
      { status: "in_progress", jobs: 7 }
    ])

    yield* lanes.pause("quick", {})
    expect((yield* start(request)).lane).toBe("browser")
  })
)

it.effect("starts in its usual lane when nobody says soon which lanes are open", () =>
  Effect.gen(function* () {
    const choice = yield* Effect.forkChild(openLane({ list: Effect.never }), { startImmediately: true })

    yield* TestClock.adjust("1 second")

    expect(choice.pollUnsafe()).toEqual(Exit.succeed(undefined))
  })
)
