import { expect } from "bun:test"
import { Effect, Option } from "effect"
import { SqlClient, Statement } from "effect/sql"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import { JobId } from "../../../src/domain/JobId.ts"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { type CreateJob, Jobs } from "../../../src/domain/Jobs.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, claim, complete, fail, get } from "./builders.ts"

const inDatabase = databaseTests(idle)

const olga: Caller = { via: "key", subject: "olga", name: "Olga", role: "viewer", organisationId: "default" }
const job = (rest: Partial<CreateJob> = {}): CreateJob => ({ jobType: "idle", input: {}, ...rest })
const stored = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT id FROM script_jobs`)
const create = (requests: ReadonlyArray<CreateJob>, idempotencyKey?: string) =>
  Effect.flatMap(Jobs, (jobs) => jobs.createBatch(requests, idempotencyKey === undefined ? {} : { idempotencyKey }))
const issuesOf = (requests: ReadonlyArray<CreateJob>) =>
  Effect.map(Effect.flip(create(requests)), (error) => ("issues" in error ? error.issues : error._tag))

inDatabase(
  "makes a thousand jobs in the order of the requests",
  Effect.gen(function* () {
    const requests = Array.from({ length: 1_000 }, (_, n) => job({ clientRef: `ref-${n}` }))

    const { batchId, jobs } = yield* create(requests)

    expect(jobs.map(({ clientRef }) => clientRef)).toEqual(requests.map(({ clientRef }) => clientRef))
    expect(jobs.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id).toSorted())
    expect(yield* get(jobs[999]!.id)).toMatchObject({ clientRef: "ref-999", batchId })
    expect(yield* issuesOf([...requests, job()])).toEqual([{ path: "jobs", message: "Expected 1 to 1000 jobs" }])
    expect(yield* issuesOf([])).toEqual([{ path: "jobs", message: "Expected 1 to 1000 jobs" }])
  })
)

inDatabase(
  "makes all or none, and says everything that is wrong",
  Effect.gen(function* () {
    const known = yield* add({ dedupeKey: "taken" })
    const unknown = JobId.make(Bun.randomUUIDv7())

    expect(
      yield* issuesOf([job(), job({ jobType: "nope" }), job({ input: { text: 1 } }), job({ input: 5 })])
    ).toMatchObject([
      { path: "jobs[1].jobType", message: "Expected one of: idle" },
      { path: "jobs[2].input.text" },
      { path: "jobs[3].input" }
    ])
    expect(yield* issuesOf([job(), job({ dependsOn: [known.id, unknown] })])).toEqual([
      { path: "jobs[1].dependsOn[1]", message: `There is no job ${unknown}` }
    ])
    const taken = { path: "jobs[1].dedupeKey", message: "A job with this key has not ended" }
    expect(yield* issuesOf([job(), job({ dedupeKey: "taken" })])).toEqual([taken])
    expect(yield* issuesOf([job({ dedupeKey: "twice" }), job({ dedupeKey: "twice" })])).toEqual([taken])
    expect(yield* stored).toHaveLength(1)
  })
)

inDatabase(
  "says which key is taken, also when another job of the batch needs that one",
  Effect.gen(function* () {
    yield* add({ dedupeKey: "taken" })

    const first = job({ clientRef: "a", dedupeKey: "taken" })
    expect(yield* issuesOf([first, job({ dependsOn: ["a"] })])).toEqual([
      { path: "jobs[0].dedupeKey", message: "A job with this key has not ended" }
    ])
    expect(yield* stored).toHaveLength(1)
  })
)

inDatabase(
  "lets jobs of a batch need each other and older ones, whatever their order",
  Effect.gen(function* () {
    const older = yield* add()
    const { jobs } = yield* create([
      job({ clientRef: "late", dependsOn: ["early", older.jobId] }),
      job({ clientRef: "early" })
    ])

    expect((yield* get(jobs[0]!.id)).dependsOn.toSorted()).toEqual([older.id, jobs[1]!.id].toSorted())
  })
)

inDatabase(
  "refuses jobs that would wait for themselves, and says the way round",
  Effect.gen(function* () {
    const cycle = [
      job({ clientRef: "a", dependsOn: ["b"] }),
      job({ clientRef: "b", dependsOn: ["c"] }),
      job({ clientRef: "c", dependsOn: ["a"] })
    ]
    expect(yield* issuesOf(cycle)).toEqual([
      { path: "jobs[0].dependsOn", message: "The job would wait for itself: a → b → c → a" }
    ])
    expect(yield* issuesOf([job({ clientRef: "a", dependsOn: ["a"] })])).toEqual([
      { path: "jobs[0].dependsOn", message: "The job would wait for itself: a → a" }
    ])
    expect(yield* issuesOf([job({ clientRef: "a" }), job({ clientRef: "a" }), job({ dependsOn: ["a"] })])).toEqual([
      { path: "jobs[1].clientRef", message: "Expected another clientRef than jobs[0]" }
    ])
    expect(yield* stored).toEqual([])
  })
)

inDatabase(
  "makes a batch again only when none of its jobs is left",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const requests = [job(), job({ priority: 1 })]
    const first = yield* create(requests, "key")
    yield* Effect.forEach(yield* claim(2), (each) => complete(each))
    yield* jobs.remove(first.jobs[0]!.id)

    const again = yield* create(requests, "key")
    expect(again).toMatchObject({ batchId: first.batchId, replayed: true, jobs: [{ id: first.jobs[1]!.id }] })
    expect(yield* stored).toHaveLength(1)

    yield* jobs.remove(first.jobs[1]!.id)
    const anew = yield* create(requests, "key")
    expect([anew.replayed, (yield* create(requests, "key")).batchId]).toEqual([false, anew.batchId])
  })
)

inDatabase(
  "makes one batch for one idempotency key, however often and at once it is asked",
  Effect.gen(function* () {
    const requests = [job({ clientRef: "a" }), job({ dependsOn: ["a"] })]
    const answers = yield* Effect.forEach([1, 2, 3, 4], () => create(requests, "key"), { concurrency: "unbounded" })

    for (const { batchId, jobs } of answers)
      expect({ batchId, jobs }).toEqual({ batchId: answers[0]!.batchId, jobs: answers[0]!.jobs })
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(yield* stored).toHaveLength(2)
    expect((yield* Effect.flip(create([...requests, job()], "key")))._tag).toBe("IdempotencyMismatch")
    expect((yield* Effect.flip((yield* Jobs).create(job(), { idempotencyKey: "key" })))._tag).toBe(
      "IdempotencyMismatch"
    )
  })
)

inDatabase(
  "reports how far a batch is: every job counts the same, a running one with its own percentage",
  Effect.gen(function* () {
    const reports = yield* JobReports
    const queue = yield* JobQueue
    const { batchId } = yield* create([job(), job(), job(), job()])
    yield* create([job()])
    const [first, second, third] = yield* claim(3)
    yield* complete(first!)
    yield* fail(second!)
    yield* queue.progress(third!.lease, { percent: 50, totalSteps: 2 })

    expect(yield* reports.batch(batchId)).toEqual({
      batchId,
      total: 4,
      counts: { pending: 1, in_progress: 1, completed: 1, failed: 1, cancelled: 0 },
      percent: 62
    })
    for (const unknown of [Bun.randomUUIDv7(), "no id"]) {
      expect((yield* Effect.flip(reports.batch(unknown)))._tag).toBe("BatchNotFound")
    }
  })
)

inDatabase(
  "counts a batch once for all who ask at the same time, because it reads every job of it",
  Effect.gen(function* () {
    const reports = yield* JobReports
    const { batchId } = yield* create([job(), job()])
    let counts = 0
    const watch = (statement: Statement.Statement<unknown>) =>
      Effect.sync(() => {
        if (statement.compile()[0].includes("GROUP BY status")) counts++
        return statement
      })
    const asked = Effect.all(
      Array.from({ length: 10 }, () => reports.batch(batchId)),
      { concurrency: "unbounded" }
    )

    const answers = yield* asked.pipe(
      Effect.provideService(Statement.CurrentTransformer, watch),
      Effect.provideService(CurrentCaller, Option.some(olga))
    )

    expect(answers.map(({ total }) => total)).toEqual(answers.map(() => 2))
    // Who asks while it is read gets the next answer.
    expect(counts).toBe(2)
  })
)
