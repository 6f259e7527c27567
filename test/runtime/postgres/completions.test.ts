import { expect } from "bun:test"
import { Deferred, Effect, Fiber } from "effect"
import { SqlClient } from "effect/sql"
import { JobId } from "../../../src/domain/JobId.ts"
import { type Claim, JobQueue } from "../../../src/domain/JobQueue.ts"
import { LeaseToken } from "../../../src/domain/Lease.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { column, run } from "./asMember.ts"
import { add, claim, complete, get } from "./builders.ts"
import { beginByHand, waitingStatements } from "./byHand.ts"

const inDatabase = databaseTests(idle)

/** Completes all of them in one go, and says of each whether it is recorded. */
const completeSoon = (claims: ReadonlyArray<Claim>, resultOf: (n: number) => unknown) =>
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const told: Array<boolean> = []
    const all = yield* Deferred.make<void>()
    for (const [n, { lease }] of claims.entries()) {
      queue.completeSoon(lease, JSON.stringify(resultOf(n)), (isRecorded) => {
        told[n] = isRecorded
        if (Object.keys(told).length === claims.length) Deferred.doneUnsafe(all, Effect.void)
      })
    }
    yield* Deferred.await(all)
    return told
  })

/** Changes of rows that were written together have one time: that of their transaction. */
const transactions = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ count: number }>`
    SELECT count(DISTINCT completed_at)::int AS count FROM script_jobs WHERE status = 'completed'`
  return row!.count
})

inDatabase(
  "records completions that come together in one statement, but not those whose lease is lost",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const ids = (yield* Effect.forEach(Array.from({ length: 20 }), () => add())).map(({ id }) => id)
    const claims = yield* claim()
    yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second' WHERE id = ${ids[3]!}::uuid`
    yield* (yield* Upkeep).rescue([])

    const told = yield* completeSoon(claims, (n) => ({ n }))

    expect(told).toEqual(claims.map((_, n) => n !== 3))
    const stored = yield* Effect.forEach(ids, get)
    expect(stored.map(({ result, status }) => [status, result])).toEqual(
      ids.map((_, n) => (n === 3 ? ["pending", undefined] : ["completed", { n }]))
    )
    expect(yield* transactions).toBe(1)
  })
)

inDatabase(
  "tells all of a statement that the database refused, and leaves each of them to be recorded alone",
  Effect.gen(function* () {
    yield* Effect.forEach(Array.from({ length: 3 }), () => add())
    const claims = yield* claim()

    expect(yield* completeSoon(claims, (n) => (n === 1 ? "a\u0000b" : "fine"))).toEqual([false, false, false])

    yield* complete(claims[0]!, "fine")
    expect((yield* Effect.flip(complete(claims[1]!, "a\u0000b")))._tag).toBe("CannotBeStored")
    expect((yield* get(claims[0]!.id)).status).toBe("completed")
  })
)

inDatabase(
  "claims long inputs beside short ones, in the order in which they start",
  Effect.gen(function* () {
    const texts = ["short", "x".repeat(300_000), "as short", "y".repeat(9_000)]
    yield* Effect.forEach(texts, (text) => add({ input: { text } }))

    expect((yield* claim()).map(({ input }) => input)).toEqual(texts.map((text) => ({ text })))
  })
)

inDatabase(
  "sends no more than 500 of them in a statement",
  Effect.gen(function* () {
    yield* run("CREATE TABLE sizes (size integer)")
    yield* run("ALTER FUNCTION settle_jobs(json, json) RENAME TO settle_jobs_away")
    yield* run(`
      CREATE FUNCTION settle_jobs(completed json, others json) RETURNS SETOF uuid LANGUAGE sql AS $$
        INSERT INTO sizes VALUES (json_array_length(completed));
        SELECT (one->>'token')::uuid FROM json_array_elements(completed) one;
      $$`)
    yield* add()
    const [known] = yield* claim()
    const many = Array.from({ length: 501 }, () => {
      const lease = { jobId: JobId.make(Bun.randomUUIDv7()), token: LeaseToken.make(Bun.randomUUIDv7()), attempt: 1 }
      return { ...known!, lease }
    })

    expect(yield* completeSoon(many, () => "fine")).toEqual(many.map(() => true))
    expect(yield* column("SELECT size FROM sizes ORDER BY size")).toEqual([1, 500])

    yield* run("DROP FUNCTION settle_jobs(json, json)")
    yield* run("ALTER FUNCTION settle_jobs_away(json, json) RENAME TO settle_jobs")
    yield* run("DROP TABLE sizes")
  })
)

inDatabase(
  "leaves half of the worker's connections to its beats, in whatever way jobs end",
  Effect.scoped(
    Effect.gen(function* () {
      yield* Effect.forEach(Array.from({ length: 4 }), () => add())
      const [first, second, third, fourth] = yield* claim()
      const others = yield* beginByHand
      yield* others.run("SELECT FROM script_jobs FOR UPDATE")

      const ways: ReadonlyArray<Effect.Effect<unknown, unknown, JobQueue>> = [
        completeSoon([first!], () => 1),
        complete(second!),
        completeSoon([third!], () => 3),
        complete(fourth!)
      ]
      const ending = yield* Effect.forEach(ways, (way) =>
        Effect.tap(Effect.forkChild(way, { startImmediately: true }), () =>
          Effect.repeat(Effect.yieldNow, { times: 20 })
        )
      )
      expect(yield* waitingStatements("settle_jobs", 2)).toBe(2)

      yield* others.rollback
      yield* Effect.forEach(ending, (fiber) => Fiber.join(fiber))
      expect(yield* column("SELECT DISTINCT status FROM script_jobs")).toEqual(["completed"])
    })
  )
)

inDatabase(
  "sends large results in statements of a few MiB, whichever way they are recorded, and records all of them",
  Effect.gen(function* () {
    const MiB = 1024 * 1024
    const sizes = Effect.flatMap(
      SqlClient.SqlClient,
      (sql) => sql<{ bytes: number }>`
      SELECT sum(octet_length(result::text))::int AS bytes FROM script_jobs WHERE status = 'completed'
      GROUP BY completed_at`
    )
    const large = (n: number) => ({ n, text: "x".repeat(700 * 1024) })
    yield* Effect.replicateEffect(add(), 32, { discard: true })
    const claims = yield* claim()

    expect(yield* completeSoon(claims.slice(0, 16), large)).toEqual(Array.from({ length: 16 }, () => true))
    yield* Effect.forEach(claims.slice(16), (each, n) => complete(each, large(n)), { concurrency: "unbounded" })

    const sent = (yield* sizes).map(({ bytes }) => bytes)
    expect(sent.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan(32 * 0.68 * MiB)
    expect(Math.max(...sent)).toBeLessThan(4.1 * MiB)
  })
)
