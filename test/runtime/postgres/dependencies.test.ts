import { expect } from "bun:test"
import { DateTime, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobId } from "../../../src/domain/JobId.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, claim, complete, disagreements, fail, firstClaim, get, queueStates, runAll } from "./builders.ts"
import { beginByHand, endByHand } from "./byHand.ts"

const inDatabase = databaseTests(idle)

const job = (clientRef: string, dependsOn: ReadonlyArray<string> = [], rest = {}) => ({
  jobType: "idle",
  input: {},
  clientRef,
  dependsOn,
  ...rest
})

inDatabase(
  "starts a job only when all that it needs have completed, in either form of their ids",
  Effect.gen(function* () {
    const first = yield* add()
    const second = yield* add()
    const last = yield* add({ dependsOn: [first.jobId, second.id, second.jobId] })
    expect(last.dependsOn.toSorted()).toEqual([first.id, second.id].toSorted())
    expect(last.waitingFor?.[0]).toMatchObject({ code: "dependency", jobs: [first.jobId, second.jobId] })

    const claims = yield* claim()
    expect(claims.map(({ id }) => id)).toEqual([first.id, second.id])
    yield* complete(claims[0]!)
    expect(yield* claim()).toEqual([])
    yield* complete(claims[1]!)

    expect(yield* runAll).toEqual([last.id])
    // Those that it needs have ended already.
    const free = yield* add({ dependsOn: [first.id, last.id] })
    expect((yield* queueStates).get(free.id)).toBe("ready")
  })
)

inDatabase(
  "keeps a freed job back for its own time and its key",
  Effect.gen(function* () {
    const needed = yield* add()
    const runAt = DateTime.addDuration(yield* DateTime.now, Duration.hours(1))
    const later = yield* add({ dependsOn: [needed.id], runAt })
    yield* add({ concurrencyKey: "oven", priority: 9 })
    const behind = yield* add({ dependsOn: [needed.id], concurrencyKey: "oven" })

    const claims = yield* claim()
    expect(claims).toHaveLength(2)
    yield* complete(claims.find(({ id }) => id === needed.id)!)

    const states = yield* queueStates
    expect([states.get(later.id), states.get(behind.id)]).toEqual(["scheduled", "behind"])
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "fails a chain of five hundred at once when its first job fails, and says what each needed",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const chain = Array.from({ length: 500 }, (_, n) => job(`${n}`, n === 0 ? [] : [`${n - 1}`]))
    const { jobs } = yield* (yield* Jobs).createBatch(chain)
    const bystander = yield* add({ dependsOn: [(yield* add()).id] })

    yield* fail(yield* firstClaim)

    const failed = yield* sql`SELECT id FROM script_jobs WHERE error_code = 'DEPENDENCY_FAILED'`
    expect(failed).toHaveLength(499)
    const last = yield* get(jobs[499]!.id)
    expect(last.error?.message).toContain(jobs[498]!.jobId)
    expect(last).toMatchObject({ status: "failed", attempts: 0 })
    expect((yield* get(bystander.id)).status).toBe("pending")
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "fails twelve thousand that need one job with it, in the time that its end has",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const needed = yield* add()
    const claimed = yield* firstClaim
    yield* sql`
      INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms,
        expires_at, depends_on)
      SELECT overlay(gen_random_uuid()::text PLACING '7' FROM 15 FOR 1)::uuid,
        'JOB_20261121_000000_' || lpad(to_hex(n), 8, '0'), 'idle', 'default', '{}', 1, 3, 1000,
        now() + interval '1 day', ARRAY[${needed.id}::uuid]
      FROM generate_series(1, 12000) n`
    // What the planner knows of the table decides between the good plan and the bad one.
    yield* sql`ANALYZE script_jobs, job_dependencies`

    yield* fail(claimed)

    const failed = yield* sql`SELECT count(*)::int AS jobs FROM script_jobs WHERE error_code = 'DEPENDENCY_FAILED'`
    expect(failed).toEqual([{ jobs: 12_000 }])
  })
)

inDatabase(
  "runs a chain of a hundred in its order, also when it is given backwards",
  Effect.gen(function* () {
    const chain = Array.from({ length: 100 }, (_, n) => job(`${n}`, n === 99 ? [] : [`${n + 1}`]))
    const { jobs } = yield* (yield* Jobs).createBatch(chain)

    expect(yield* runAll).toEqual(jobs.map(({ id }) => String(id)).toReversed())
  })
)

inDatabase(
  "fails each job of a diamond once, and runs what wants to run all the same",
  Effect.gen(function* () {
    const run = { onDependencyFailure: "run" }
    const batch = yield* (yield* Jobs).createBatch([
      job("top"),
      job("left", ["top"]),
      job("right", ["top"], run),
      job("bottom", ["left", "right"]),
      job("cleanup", ["bottom", "left"], run)
    ])
    const [top, left, right, bottom, cleanup] = batch.jobs.map(({ id }) => id)

    yield* fail(yield* firstClaim)

    const status = (id: JobId | undefined) => Effect.map(get(id!), (each) => `${each.status} ${each.revision}`)
    expect(yield* Effect.all([top, left, right, bottom, cleanup].map(status))).toEqual([
      "failed 3",
      "failed 2",
      "pending 1",
      "failed 2",
      "pending 1"
    ])
    expect(yield* runAll).toEqual([String(right), String(cleanup)])
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "treats a dependency that is cancelled, or deleted by hand before its end, as one that failed",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const cancelled = yield* add()
    const deleted = yield* add()
    const doomed = yield* add({ dependsOn: [cancelled.id] })
    const orphan = yield* add({ dependsOn: [deleted.id] })
    const robust = yield* add({ dependsOn: [cancelled.id, deleted.id], onDependencyFailure: "run" })

    yield* (yield* Jobs).cancel(cancelled.id)
    yield* sql`DELETE FROM script_jobs WHERE id = ${deleted.id}::uuid`

    expect((yield* get(doomed.id)).error?.code).toBe("DEPENDENCY_FAILED")
    expect((yield* get(orphan.id)).error?.code).toBe("DEPENDENCY_FAILED")
    expect(yield* runAll).toEqual([robust.id])
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "fails a dependent that is retried too soon, and runs it when what it needs was retried first",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const needed = yield* add()
    const dependent = yield* add({ dependsOn: [needed.id] })
    yield* fail(yield* firstClaim)

    expect((yield* jobs.retry(dependent.id, {})).status).toBe("failed")
    expect(yield* get(dependent.id)).toMatchObject({ status: "failed", error: { code: "DEPENDENCY_FAILED" } })

    yield* jobs.retry(needed.id, {})
    expect(yield* jobs.retry(dependent.id, {})).toMatchObject({
      status: "pending",
      waitingFor: [{ code: "dependency" }, { code: "no_worker" }]
    })
    expect(yield* runAll).toEqual([needed.id, dependent.id])
  })
)

inDatabase(
  "never runs a job without one that was removed before it completed, and does when that one had completed",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const [failed, completed] = [yield* add(), yield* add()]
    const doomed = yield* add({ dependsOn: [completed.id, failed.id] })
    const robust = yield* add({ dependsOn: [failed.id], onDependencyFailure: "run" })
    const fine = yield* add({ dependsOn: [completed.id] })
    const claims = yield* claim(2)
    yield* fail(claims[0]!)
    yield* complete(claims[1]!)
    yield* Effect.forEach([robust, fine], ({ id }) => jobs.cancel(id))
    yield* Effect.forEach([failed, completed], ({ id }) => jobs.remove(id))

    const again = yield* Effect.forEach([doomed, robust, fine], ({ id }) => jobs.retry(id, {}))

    expect(again.map(({ status }) => status)).toEqual(["failed", "pending", "pending"])
    expect((yield* get(doomed.id)).error).toMatchObject({
      code: "DEPENDENCY_FAILED",
      message: expect.stringContaining("was removed")
    })
    expect(yield* runAll).toEqual([robust.id, fine.id])
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "says at once that a new job failed because what it needs has failed already",
  Effect.gen(function* () {
    const needed = yield* add()
    yield* fail(yield* firstClaim)

    expect(yield* add({ dependsOn: [needed.id] })).toMatchObject({
      status: "failed",
      error: { code: "DEPENDENCY_FAILED", retryable: false }
    })
    expect((yield* add({ dependsOn: [needed.id], onDependencyFailure: "run" })).status).toBe("pending")
  })
)

inDatabase(
  "refuses what it does not know, and keeps nothing",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const jobs = yield* Jobs
    const known = yield* add()
    const unknown = JobId.make(Bun.randomUUIDv7())

    const dependsOn = [known.id, unknown, "no id at all"]
    const error = yield* Effect.flip(jobs.create({ jobType: "idle", input: {}, dependsOn }))

    expect(error).toMatchObject({ _tag: "UnknownDependency", refs: [unknown, "no id at all"] })
    expect(yield* sql`SELECT id FROM script_jobs`).toHaveLength(1)
  })
)

inDatabase(
  "lets two jobs end at the same moment that have one clean-up job, when one of them needs the other",
  Effect.gen(function* () {
    for (const locksFirst of ["cancelled", "failed"] as const) {
      const needed = yield* add()
      const dependent = yield* add({ dependsOn: [needed.id] })
      const cleanUp = yield* add({ dependsOn: [needed.id, dependent.id], onDependencyFailure: "run" })
      yield* firstClaim
      const failing = yield* beginByHand
      const cancelling = yield* beginByHand
      const cancel = cancelling.run("UPDATE script_jobs SET status = 'cancelled' WHERE id = $1", dependent.id)
      yield* locksFirst === "cancelled"
        ? cancel
        : cancelling.run("SELECT id FROM script_jobs WHERE id = $1 FOR NO KEY UPDATE", dependent.id)

      const ending = yield* failing.start(endByHand("failed", needed.id))
      expect(ending.waits).toBe(true)
      if (locksFirst === "failed") yield* cancel
      yield* cancelling.commit
      yield* ending.end
      yield* failing.commit

      const ends = yield* Effect.forEach([needed, dependent, cleanUp], ({ id }) => get(id))
      expect(ends.map(({ status }) => status)).toEqual(["failed", "cancelled", "pending"])
      expect((yield* firstClaim).id).toBe(cleanUp.id)
    }
    expect(yield* disagreements).toEqual([])
  }).pipe(Effect.scoped)
)

inDatabase(
  "leaves no row in the queue of jobs that fail while another job that they need completes",
  Effect.gen(function* () {
    const [failed, completed] = [yield* add(), yield* add()]
    const both = { dependsOn: [failed.id, completed.id] }
    const dependents = [yield* add(both), yield* add(both)]
    yield* claim()
    // Each of the two gets to the rows of both dependents while the other is at them.
    const gate = yield* beginByHand
    yield* gate.run("SELECT FROM job_queue WHERE id = $1 FOR UPDATE", dependents[0]!.id)
    const completing = yield* beginByHand
    const failing = yield* beginByHand
    const completion = yield* completing.start(endByHand("completed", completed.id))
    const failure = yield* failing.start(endByHand("failed", failed.id))
    yield* gate.rollback
    yield* completion.end
    yield* completing.commit
    yield* failure.end
    yield* failing.commit

    const ends = yield* Effect.forEach(dependents, ({ id }) => get(id))
    expect(ends.map(({ status }) => status)).toEqual(["failed", "failed"])
    expect(yield* disagreements).toEqual([])
  }).pipe(Effect.scoped)
)
