import { expect } from "bun:test"
import { Duration, Effect, Exit, Fiber } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue, type Outcome } from "../../../src/domain/JobQueue.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, claim, complete, fail, failure, firstClaim, get, retryLater, settle } from "./builders.ts"
import { beginByHand, waitingStatements } from "./byHand.ts"

const inDatabase = databaseTests(idle)

const attempts = (ref: Parameters<typeof get>[0]) =>
  Effect.flatMap(JobReports, (reports) => Effect.map(reports.history(ref), ({ attempts: all }) => all))
const outcomes = (ref: Parameters<typeof get>[0]) =>
  Effect.map(attempts(ref), (all) =>
    all.map(({ attempt, error, outcome = "running" }) => `${attempt} ${outcome} ${error?.code ?? ""}`.trim())
  )

inDatabase(
  "records all that end at once, except for the one whose value cannot be stored",
  Effect.gen(function* () {
    const ids = (yield* Effect.forEach(Array.from({ length: 30 }), () => add())).map(({ id }) => id)
    const claims = yield* claim()

    const ends = yield* Effect.forEach(claims, (each, n) => Effect.exit(complete(each, n === 7 ? "a\u0000b" : { n })), {
      concurrency: "unbounded"
    })

    expect(ends.flatMap((end, n) => (Exit.isFailure(end) ? [n] : []))).toEqual([7])
    expect((yield* Effect.flip(complete(claims[7]!, "a\u0000b")))._tag).toBe("CannotBeStored")
    const stored = yield* Effect.forEach(ids, get)
    expect(stored.map(({ result, status }) => [status, result])).toEqual(
      ids.map((_, n) => (n === 7 ? ["in_progress", undefined] : ["completed", { n }]))
    )
  })
)

inDatabase(
  "gives each end to its own job when good, lost and doomed ones come together",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* Effect.forEach(Array.from({ length: 4 }), () => add())
    const claims = yield* claim()
    const [kept, lost, retried, failed] = claims
    yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second' WHERE id = ${lost!.id}::uuid`
    yield* (yield* Upkeep).rescue([])
    const again = yield* firstClaim

    const outcome: ReadonlyArray<Outcome> = [
      { _tag: "Completed", result: { ok: 1 } },
      { _tag: "Completed", result: { stale: 1 } },
      { _tag: "RetryLater", error: failure, delay: Duration.seconds(9) },
      { _tag: "Failed", error: failure }
    ]
    const ends = yield* Effect.forEach(claims, (each, n) => Effect.exit(settle(each, outcome[n]!)), {
      concurrency: "unbounded"
    })

    expect(ends.map(Exit.isSuccess)).toEqual([true, false, true, true])
    expect(yield* get(kept!.id)).toMatchObject({ status: "completed", result: { ok: 1 } })
    expect(yield* get(lost!.id)).toMatchObject({ status: "in_progress", attempts: 2 })
    expect(yield* get(retried!.id)).toMatchObject({ status: "pending", retryCount: 1 })
    expect(yield* get(failed!.id)).toMatchObject({ status: "failed", error: failure })
    yield* complete(again)
    expect((yield* get(lost!.id)).result).toEqual({ ok: true })
  })
)

inDatabase(
  "tells the history of a job that failed, was released, lost, retried by hand, and completed",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { id } = yield* add()
    yield* retryLater(yield* firstClaim, Duration.zero)
    yield* settle(yield* firstClaim, { _tag: "Released" })
    yield* firstClaim
    yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second'`
    yield* (yield* Upkeep).rescue([])
    yield* fail(yield* firstClaim, { ...failure, step: "first", hint: "look" })
    expect((yield* attempts(id)).at(-1)).toMatchObject({ outcome: "failed", error: { step: "first", hint: "look" } })

    yield* (yield* Jobs).retry(id, {})
    const four = ["1 failed NETWORK_ERROR", "2 released", "3 lost WORKER_CRASHED", "4 failed NETWORK_ERROR"]
    expect(yield* outcomes(id)).toEqual(four)
    const claimed = yield* firstClaim
    expect(yield* outcomes(id)).toEqual([...four, "5 running"])
    yield* complete(claimed)

    const all = yield* attempts(id)
    expect(yield* outcomes(id)).toEqual([...four, "5 completed"])
    expect(
      all.every(({ endedAt, startedAt, worker }) => worker === "worker-a" && endedAt !== undefined && startedAt)
    ).toBe(true)
  })
)

inDatabase(
  "keeps what its last attempt was when a job is cancelled or expires while it waits",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const cancelled = yield* add()
    const expired = yield* add()
    for (const each of yield* claim()) yield* retryLater(each, Duration.minutes(1))
    yield* (yield* Jobs).cancel(cancelled.id)
    yield* sql`UPDATE script_jobs SET expires_at = now() WHERE id = ${expired.id}::uuid`
    yield* (yield* Upkeep).expire

    for (const { id } of [cancelled, expired]) {
      expect(yield* outcomes(id)).toEqual(["1 failed NETWORK_ERROR"])
      yield* (yield* Jobs).retry(id, {})
      expect(yield* outcomes(id)).toEqual(["1 failed NETWORK_ERROR"])
    }
  })
)

inDatabase(
  "says of an attempt that was stopped that it was cancelled, and has none for a job that never ran",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const stopped = yield* add()
    const claimed = yield* firstClaim
    yield* jobs.cancel(stopped.id)
    yield* settle(claimed, { _tag: "Cancelled" })
    const never = yield* add()
    yield* jobs.cancel(never.id)

    expect(yield* outcomes(stopped.id)).toEqual(["1 cancelled"])
    expect(yield* outcomes(never.id)).toEqual([])
    yield* jobs.retry(stopped.id, {})
    expect(yield* outcomes(stopped.id)).toEqual(["1 cancelled"])
    yield* jobs.retry(never.id, {})
    expect(yield* outcomes(never.id)).toEqual([])
  })
)

inDatabase(
  "renews the leases that are held, and says which are lost and which jobs should stop",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const queue = yield* JobQueue
    yield* Effect.forEach([1, 2, 3], () => add())
    const [held, asked, lost] = yield* claim()
    yield* (yield* Jobs).cancel(asked!.id)
    yield* complete(lost!)
    yield* sql`UPDATE job_leases SET expires_at = now()`

    const beat = yield* queue.beat(
      [held!, asked!, lost!].map(({ lease }) => lease),
      "claiming"
    )

    expect(beat.renewed.toSorted()).toEqual([held!.lease.token, asked!.lease.token].toSorted())
    expect([beat.cancelRequested, beat.lost, beat.untidy]).toEqual([[asked!.lease.token], [lost!.lease.token], true])
    expect((yield* queue.beat([], "claiming")).untidy).toBe(false)
    const differing = yield* sql`
      SELECT FROM script_jobs j JOIN job_leases l ON l.id = j.id WHERE l.expires_at <> j.lease_expires_at`
    expect(differing).toEqual([])
  })
)

inDatabase(
  "closes a step that began while the end of its attempt waited for it",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    for (const outcome of [{ _tag: "Cancelled" }, { _tag: "Completed", result: 1 }] as const) {
      const { id } = yield* add()
      const claimed = yield* firstClaim
      const starting = yield* beginByHand
      yield* starting.run("UPDATE script_jobs SET progress_percent = 1 WHERE id = $1", id)
      yield* starting.run("INSERT INTO job_steps (job_id, attempt, name, number) VALUES ($1, 1, 'late', 1)", id)

      const ending = yield* Effect.forkChild(settle(claimed, outcome))
      yield* waitingStatements("settle_jobs", 1)
      yield* starting.commit
      yield* Fiber.join(ending)

      expect(yield* sql`SELECT outcome FROM job_steps WHERE job_id = ${id}::uuid`).toEqual([{ outcome: "stopped" }])
    }
  }).pipe(Effect.scoped)
)
