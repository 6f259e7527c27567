/** Two transactions, interleaved by hand, each on its own connection. */
import { expect } from "bun:test"
import { DateTime, Effect, Fiber } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, claim, complete, disagreements, fail, firstClaim, get, queueStates } from "./builders.ts"
import { beginByHand, claimByHand, endByHand, waitingStatements } from "./byHand.ts"

const inDatabase = databaseTests(idle)

/** A job as another process creates it, inside its own transaction. */
const insertByHand = (id: string, columns = "", values = "") => `
  INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms, expires_at
    ${columns === "" ? "" : `, ${columns}`})
  VALUES ('${id}', 'JOB_20261121_000000_${id.slice(-8)}', 'idle', 'default', '{}', 1, 3, 1000, now() + interval '1 day'
    ${values === "" ? "" : `, ${values}`})`

const twoCreators = Effect.gen(function* () {
  const left = yield* beginByHand
  const right = yield* beginByHand
  const ids = [Bun.randomUUIDv7(), Bun.randomUUIDv7()] as const
  yield* left.run(insertByHand(ids[0], "concurrency_key", "'oven'"))
  yield* right.run(insertByHand(ids[1], "concurrency_key", "'oven'"))
  yield* left.commit
  yield* right.commit
  return ids
})

inDatabase(
  "claims the older of two jobs with one key that were created at the same moment",
  Effect.gen(function* () {
    const [older, newer] = yield* Effect.scoped(twoCreators)

    const claims = yield* claim()

    expect(claims.map(({ id }) => String(id))).toEqual([older])
    expect((yield* queueStates).get(newer)).toBe("behind")
    yield* complete(claims[0]!)
    expect((yield* claim()).map(({ id }) => String(id))).toEqual([newer])
  }).pipe(Effect.scoped)
)

inDatabase(
  "lets two claims that each have one of them in hand end without a deadlock",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [older, newer] = yield* Effect.scoped(twoCreators)
    const other = yield* beginByHand
    yield* other.run("SELECT id FROM job_queue WHERE id = $1 FOR UPDATE", older)

    // The first takes the newer, since the older is in hand; the second would then wait for its lease.
    const first = yield* beginByHand
    expect(yield* first.run(claimByHand(1))).toEqual([{ id: newer }])
    yield* other.rollback
    const second = yield* beginByHand
    const claiming = yield* second.start(claimByHand(1))
    yield* first.commit
    expect(yield* claiming.end).toEqual([])
    yield* second.commit

    expect(yield* sql`SELECT id FROM job_leases`).toEqual([{ id: newer }])
    expect(yield* disagreements).toEqual([])
  }).pipe(Effect.scoped)
)

inDatabase(
  "puts nobody's row behind that a claim has in hand",
  Effect.gen(function* () {
    const [older, newer] = yield* Effect.scoped(twoCreators)
    const holder = yield* beginByHand
    yield* holder.run("SELECT id FROM job_queue WHERE id = $1 FOR UPDATE", newer)

    const claiming = yield* beginByHand
    const claimed = yield* claiming.start(claimByHand(1))

    expect(claimed.waits).toBe(false)
    expect(yield* claimed.end).toEqual([{ id: older }])
    yield* claiming.commit
    yield* holder.rollback
    expect(yield* claim()).toEqual([])
    expect(yield* disagreements).toEqual([])
  }).pipe(Effect.scoped)
)

for (const createdFirst of [true, false]) {
  inDatabase(
    `finds a job that got behind while the holder of its key ended, ${createdFirst ? "created" : "ended"} first`,
    Effect.gen(function* () {
      const queue = yield* JobQueue
      yield* add({ concurrencyKey: "oven" })
      const { id } = yield* firstClaim
      const behind = Bun.randomUUIDv7()
      const ending = yield* beginByHand
      const creating = yield* beginByHand
      yield* creating.run(insertByHand(behind, "concurrency_key", "'oven'"))
      yield* ending.run(endByHand("completed", id))
      yield* createdFirst ? creating.commit : ending.commit
      yield* createdFirst ? ending.commit : creating.commit

      // The worker that ended the job may have looked before; the next beat says that there is something.
      expect((yield* queue.beat([], "claiming")).dueInMs.get("default")).toBe(0)
      expect((yield* claim()).map((each) => String(each.id))).toEqual([behind])
    }).pipe(Effect.scoped)
  )
}

inDatabase(
  "starts a job whose two dependencies complete at the same moment",
  Effect.gen(function* () {
    const needed = [yield* add(), yield* add()] as const
    yield* claim()
    const both = yield* add({ dependsOn: [needed[0].id, needed[1].id] })
    const left = yield* beginByHand
    const right = yield* beginByHand

    // Both have written their job before either looks at the dependents.
    yield* left.run("SELECT id FROM script_jobs WHERE id = $1 FOR NO KEY UPDATE", needed[0].id)
    yield* right.run("SELECT id FROM script_jobs WHERE id = $1 FOR NO KEY UPDATE", needed[1].id)
    const first = yield* left.start(endByHand("completed", needed[0].id))
    expect(first.waits).toBe(false)
    const waiting = yield* right.start(endByHand("completed", needed[1].id))
    yield* left.commit
    yield* waiting.end
    yield* right.commit

    expect((yield* queueStates).get(both.id)).toBe("ready")
    expect((yield* claim()).map(({ id }) => id)).toEqual([both.id])
    expect(yield* disagreements).toEqual([])
  }).pipe(Effect.scoped)
)

for (const status of ["completed", "failed"] as const) {
  const expected = status === "completed" ? "pending" : "failed"

  inDatabase(
    `sees that a dependency ${status} while the dependent was created: the end commits first`,
    Effect.gen(function* () {
      const needed = yield* add()
      yield* firstClaim
      const id = Bun.randomUUIDv7()
      const ending = yield* beginByHand
      const creating = yield* beginByHand
      yield* ending.run(endByHand(status, needed.id))
      const created = yield* creating.start(insertByHand(id, "depends_on", `'{${needed.id}}'`))
      expect(created.waits).toBe(true)
      yield* ending.commit
      yield* created.end
      yield* creating.commit

      const [state] = [...(yield* queueStates).values()]
      expect(state).toBe(status === "completed" ? "ready" : undefined)
      expect(yield* disagreements).toEqual([])
    }).pipe(Effect.scoped)
  )

  inDatabase(
    `sees that a dependency ${status} while the dependent was created: the creation commits first`,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const needed = yield* add()
      yield* firstClaim
      const id = Bun.randomUUIDv7()
      const ending = yield* beginByHand
      const creating = yield* beginByHand
      yield* creating.run(insertByHand(id, "depends_on", `'{${needed.id}}'`))
      const ended = yield* ending.start(endByHand(status, needed.id))
      expect(ended.waits).toBe(true)
      yield* creating.commit
      yield* ended.end
      yield* ending.commit

      expect(yield* sql`SELECT status FROM script_jobs WHERE id = ${id}::uuid`).toEqual([{ status: expected }])
      expect(yield* disagreements).toEqual([])
    }).pipe(Effect.scoped)
  )
}

inDatabase(
  "lets a claim pass a job that is just being changed, and changes it without a deadlock",
  Effect.gen(function* () {
    const changed = yield* add()
    const other = yield* add()
    const editing = yield* beginByHand
    yield* editing.run("SELECT id FROM script_jobs WHERE id = $1 FOR UPDATE", changed.id)

    const claiming = yield* beginByHand
    const claimed = yield* claiming.start(claimByHand(2))
    expect(claimed.waits).toBe(false)
    expect(yield* claimed.end).toEqual([{ id: other.id }])
    const edited = yield* editing.start("UPDATE script_jobs SET priority = 7 WHERE id = $1", changed.id)
    yield* claiming.commit
    yield* edited.end
    yield* editing.commit

    expect(yield* get(changed.id)).toMatchObject({ status: "pending", priority: 7 })
    expect((yield* claim()).map(({ id }) => id)).toEqual([changed.id])
    expect(yield* disagreements).toEqual([])
  }).pipe(Effect.scoped)
)

for (const write of [
  "UPDATE script_jobs SET status = 'cancelled' WHERE id = $1",
  "DELETE FROM script_jobs WHERE id = $1"
]) {
  inDatabase(
    `claims the next one when the first in turn went while its row was in hand: ${write.slice(0, 6)}`,
    Effect.gen(function* () {
      const head = yield* add({ concurrencyKey: "oven", priority: 5 })
      const next = yield* add({ concurrencyKey: "oven" })
      const holder = yield* beginByHand
      yield* holder.run("SELECT id FROM job_queue WHERE id = $1 FOR UPDATE", head.id)
      const writer = yield* beginByHand
      const written = yield* writer.start(write, head.id)
      expect(written.waits).toBe(false)
      yield* writer.commit
      yield* holder.rollback

      expect((yield* claim(1)).map(({ id }) => id)).toEqual([next.id])
      expect(yield* disagreements).toEqual([])
    }).pipe(Effect.scoped)
  )
}

inDatabase(
  "removes the queue row of an ended job at its expiry, so that the janitor is not called forever",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const queue = yield* JobQueue
    const job = yield* add()
    yield* sql`UPDATE script_jobs SET expires_at = now() - interval '1 second' WHERE id = ${job.id}::uuid`
    const holder = yield* beginByHand
    yield* holder.run("SELECT id FROM job_queue WHERE id = $1 FOR UPDATE", job.id)
    yield* sql`UPDATE script_jobs SET status = 'cancelled' WHERE id = ${job.id}::uuid`
    yield* holder.rollback
    expect((yield* queue.beat([], "claiming")).untidy).toBe(true)

    expect(yield* (yield* Upkeep).expire).toBe(0)

    expect((yield* queue.beat([], "claiming")).untidy).toBe(false)
    expect((yield* get(job.id)).status).toBe("cancelled")
  }).pipe(Effect.scoped)
)

inDatabase(
  "fails the common dependents of two jobs that fail at the same moment",
  Effect.gen(function* () {
    const needed = [yield* add(), yield* add()] as const
    const claims = yield* claim()
    const dependsOn = needed.map(({ id }) => id)
    const dependents = yield* Effect.forEach(Array.from({ length: 30 }), () => add({ dependsOn }))

    yield* Effect.forEach(
      claims,
      (each) =>
        Effect.scoped(
          Effect.flatMap(beginByHand, (hand) => Effect.andThen(hand.run(endByHand("failed", each.id)), hand.commit))
        ),
      { concurrency: 2 }
    )

    for (const { id } of dependents) expect((yield* get(id)).error?.code).toBe("DEPENDENCY_FAILED")
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "settles, creates dependents and cancels at once without losing a job",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const roots = yield* Effect.forEach(Array.from({ length: 20 }), () => add())
    const claims = yield* claim()
    const some = (n: number) => [roots[n % 20]!.id, roots[(n * 7 + 3) % 20]!.id]
    const creating = Effect.forEach(
      Array.from({ length: 40 }, (_, n) => n),
      (n) => add({ dependsOn: some(n), ...(n % 3 === 0 && { onDependencyFailure: "run" as const }) }),
      { concurrency: 3 }
    )
    const ending = Effect.forEach(claims, (each, n) => (n % 4 === 0 ? fail(each) : complete(each)), {
      concurrency: "unbounded"
    })
    yield* Effect.all([creating, ending], { concurrency: "unbounded" })

    expect(yield* disagreements).toEqual([])
    expect(yield* sql`SELECT id FROM job_queue WHERE state <> 'ready'`).toEqual([])
    const left = yield* sql<{ count: number }>`
      SELECT count(*)::int AS count FROM script_jobs WHERE status IN ('pending', 'failed') AND cardinality(depends_on) > 0`
    expect(left).toEqual([{ count: 40 }])
  })
)

inDatabase(
  "gives the trace of a job that was stored while its claim had begun",
  Effect.gen(function* () {
    const traceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    const creating = yield* beginByHand
    yield* creating.run("LOCK TABLE job_queue IN ACCESS EXCLUSIVE MODE")
    const claiming = yield* Effect.forkChild(claim())
    yield* waitingStatements("claim_jobs", 1)
    yield* creating.run(insertByHand(Bun.randomUUIDv7(), "trace_parent", `'${traceParent}'`))
    yield* creating.commit

    expect((yield* Fiber.join(claiming)).map((each) => each.traceParent)).toEqual([traceParent])
  }).pipe(Effect.scoped)
)

inDatabase(
  "leaves no row in the queue of a job that is cancelled in the moment when it is due, also in a paused lane",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const planned = yield* add({ runAt: yield* DateTime.now.pipe(Effect.map(DateTime.add({ hours: 1 }))) })
    yield* sql`UPDATE job_queue SET run_at = now() - interval '1 second'`
    yield* sql`INSERT INTO pauses (kind, name) VALUES ('lane', 'default')`
    const claiming = yield* beginByHand
    expect(yield* claiming.run(claimByHand(1))).toEqual([])
    const cancelling = yield* beginByHand
    const cancel = yield* cancelling.start("UPDATE script_jobs SET status = 'cancelled' WHERE id = $1", planned.id)
    yield* claiming.commit
    yield* cancel.end
    yield* cancelling.commit

    expect(yield* disagreements).toEqual([])
  }).pipe(Effect.scoped)
)

inDatabase(
  "leaves no row in the queue of a job that is cancelled in the moment when it gets the turn of its key",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const first = yield* add({ concurrencyKey: "oven" })
    const second = yield* add({ concurrencyKey: "oven" })
    yield* claim()
    yield* sql`INSERT INTO pauses (kind, name) VALUES ('lane', 'default')`
    const ending = yield* beginByHand
    yield* ending.run(endByHand("completed", first.id))
    const cancelling = yield* beginByHand
    const cancel = yield* cancelling.start("UPDATE script_jobs SET status = 'cancelled' WHERE id = $1", second.id)
    yield* ending.commit
    yield* cancel.end
    yield* cancelling.commit

    expect(yield* disagreements).toEqual([])
    expect((yield* queueStates).size).toBe(0)
  }).pipe(Effect.scoped)
)
