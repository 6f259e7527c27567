import { expect } from "bun:test"
import { Deferred, Duration, Effect, Fiber } from "effect"
import { SqlClient } from "effect/sql"
import { type CreateJob, Jobs } from "../../../src/domain/Jobs.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { column, run } from "./asMember.ts"
import { beginByHand, waitingStatements } from "./byHand.ts"

const inDatabase = databaseTests(idle)

const request: CreateJob = { jobType: "idle", input: {} }

const create = (options: { readonly whileInFlight?: "wait" | "refuse" } = {}, body = request) =>
  Effect.flatMap(Jobs, (jobs) => jobs.create(body, { idempotencyKey: "key", ...options }))

/** What another process does: the key was used, and its transaction has not ended. */
const inAnotherProcess = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [begun, end] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
  const other = yield* sql
    .withTransaction(create().pipe(Effect.tap(Deferred.succeed(begun, undefined)), Effect.tap(Deferred.await(end))))
    .pipe(Effect.forkChild)
  yield* Deferred.await(begun)
  return { commit: Effect.andThen(Deferred.succeed(end, undefined), Fiber.join(other)) }
})

inDatabase(
  "refuses a key while another process works on it, and replays it afterwards",
  Effect.gen(function* () {
    const other = yield* inAnotherProcess

    const refused = yield* Effect.flip(create({ whileInFlight: "refuse" }))
    const batch = yield* Effect.flip(
      Effect.flatMap(Jobs, ({ createBatch }) =>
        createBatch([request], { idempotencyKey: "key", whileInFlight: "refuse" })
      )
    )
    const { job } = yield* other.commit
    const replayed = yield* create({ whileInFlight: "refuse" })

    expect(refused).toMatchObject({ _tag: "IdempotencyMismatch", inFlight: true })
    expect(batch).toMatchObject({ _tag: "IdempotencyMismatch", inFlight: true })
    expect(replayed).toMatchObject({ replayed: true, job: { id: job.id } })
  })
)

inDatabase(
  "makes nothing where a process that does not know the lock has just taken the key",
  Effect.scoped(
    Effect.gen(function* () {
      const { job } = yield* create()
      yield* run("UPDATE idempotency_keys SET key = 'moved'")
      const other = yield* beginByHand
      yield* other.run("UPDATE idempotency_keys SET key = 'key'")

      const waiting = yield* Effect.forkChild(create())
      yield* waitingStatements("create_jobs_at_once", 1)
      yield* other.commit

      expect(yield* Fiber.join(waiting)).toMatchObject({ replayed: true, job: { id: job.id } })
      expect(yield* column("SELECT id FROM script_jobs")).toEqual([job.id])
    })
  )
)

inDatabase(
  "waits for the other process where that is wanted",
  Effect.gen(function* () {
    const other = yield* inAnotherProcess

    const waiting = yield* Effect.forkChild(create({ whileInFlight: "wait" }))
    const { job } = yield* other.commit

    expect(yield* Fiber.join(waiting)).toMatchObject({ replayed: true, job: { id: job.id } })
  })
)

inDatabase(
  "forgets a key after 24 hours, and not before",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const age = (text: string) => sql`UPDATE idempotency_keys SET created_at = now() - ${text}::interval`
    const keys = sql<{ key: string }>`SELECT key FROM idempotency_keys`
    const removeOld = Effect.flatMap(Upkeep, (upkeep) => upkeep.removeOld(Duration.days(30)))
    const first = yield* create()

    yield* age("23 hours 59 minutes")
    yield* removeOld
    const kept = yield* create()
    const other = yield* Effect.flip(create({}, { ...request, priority: 1 }))
    yield* age("24 hours 1 minute")
    const anew = yield* create({}, { ...request, priority: 1 })
    yield* age("24 hours 1 minute")
    yield* removeOld

    expect(kept).toMatchObject({ replayed: true, job: { id: first.job.id } })
    expect(other._tag).toBe("IdempotencyMismatch")
    expect(anew.replayed).toBe(false)
    expect(yield* keys).toEqual([])
  })
)
