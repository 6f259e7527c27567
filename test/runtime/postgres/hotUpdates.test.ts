import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add } from "./builders.ts"

const inDatabase = databaseTests(idle)

/** How many rows of the history were updated so far, and how many of them without touching an index. */
const updates = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.map(
    sql<{ updated: number; hot: number }>`
      SELECT n_tup_upd::int AS updated, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables
      WHERE relname = 'script_jobs'`,
    ([counts]) => counts!
  )
)

/** In a transaction of its own, so that the versions before it may go, and counted at its end. */
const counted = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    sql.withTransaction(Effect.tap(work, () => sql`SELECT pg_stat_force_next_flush()`))
  )

for (const [what, request] of [
  ["plain jobs", {}],
  ["jobs with a restaurant, labels and a reference", { restaurantId: "bella", labels: ["spring"], clientRef: "ref" }]
] as const) {
  inDatabase(
    `claims and completes ${what} and hardly ever writes an index of the history`,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* Effect.forEach(
        Array.from({ length: 200 }),
        (_, n) => add({ ...request, ...("restaurantId" in request && { concurrencyKey: `key-${n}` }) }),
        { concurrency: 20 }
      )

      const before = yield* updates

      const claimed = yield* counted(sql<{ id: string; leaseToken: string }>`
        SELECT id, lease_token FROM claim_jobs('default', 200, '{idle}', '', 'w', gen_random_uuid(), interval '1 minute')`)
      const ended = claimed.map(({ id, leaseToken }) => ({ id, token: leaseToken, result: { ok: true } }))
      yield* counted(sql`SELECT settle_jobs(${JSON.stringify(ended)}::text::json, '[]')`)

      const after = yield* updates
      expect(claimed).toHaveLength(200)
      expect(after.updated - before.updated).toBe(400)
      // A claimed row is a little larger than a new one, so the last row of a page may have to move.
      expect(after.hot - before.hot).toBeGreaterThan(380)
    })
  )
}
