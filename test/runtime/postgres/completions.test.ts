import { expect } from "bun:test"
import { Deferred, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { type Claim, JobQueue } from "../../../src/domain/JobQueue.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, claim, complete, get } from "./builders.ts"

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
