import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, claim, complete, disagreements } from "./builders.ts"

const inDatabase = databaseTests(idle)

/** The worker dies with all that it has in hand. */
const crash = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second'`
  yield* (yield* Upkeep).rescue([])
})

inDatabase(
  "claims one job at a time of those that were in hand when a worker died, and all others as ever",
  Effect.gen(function* () {
    const suspects = yield* Effect.replicateEffect(add(), 5)
    yield* claim()
    yield* crash
    const fresh = yield* Effect.replicateEffect(add(), 3)

    const first = yield* claim()
    expect(first.map(({ id }) => id).toSorted()).toEqual([suspects[0]!.id, ...fresh.map(({ id }) => id)].toSorted())
    expect(yield* claim()).toEqual([])

    yield* complete(first.find(({ id }) => id === suspects[0]!.id)!)
    const next = yield* claim()
    expect(next.map(({ id }) => id)).toEqual([suspects[1]!.id])
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "fails only the job that kills its worker, and none that was claimed with it each time",
  Effect.gen(function* () {
    const killer = yield* add({ priority: 1 })
    const innocent = yield* Effect.replicateEffect(add(), 20)
    const sql = yield* SqlClient.SqlClient
    const left = sql<{ jobs: number }>`SELECT count(*)::int AS jobs FROM job_queue`.pipe(
      Effect.map((rows) => rows[0]!.jobs)
    )
    // Whenever the killer is in hand the worker dies; otherwise it gets everything done.
    while ((yield* left) > 0) {
      const claims = yield* claim()
      if (claims.some(({ id }) => id === killer.id)) yield* crash
      else yield* Effect.forEach(claims, (each) => complete(each), { discard: true })
    }

    const ended = yield* sql`SELECT id, status, error_code FROM script_jobs WHERE status <> 'completed'`
    expect(ended).toEqual([{ id: killer.id, status: "failed", errorCode: "WORKER_CRASHED" }])
    expect(innocent).toHaveLength(20)
  })
)
