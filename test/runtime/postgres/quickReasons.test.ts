import { expect } from "bun:test"
import { DateTime, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Lanes } from "../../../src/domain/Lanes.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scripted } from "../../support/scripts.ts"
import { add, firstClaim, retryLater } from "./builders.ts"
import { asking } from "./questions.ts"

const other = scripted("other", () => Effect.succeed(null))

const inDatabase = databaseTests(idle, other)

/** Of all jobs together, by what Callboard calls and what members call, and always at length. */
const bothWays = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const explained = (way: string) => sql`
    SELECT j.id, e.reasons FROM script_jobs j
    LEFT JOIN ${sql.literal(way)} e ON e.id = j.id ORDER BY j.id`
  const ids = "ARRAY(SELECT id FROM script_jobs)"
  return {
    usual: yield* explained(`waiting_reasons(${ids})`),
    quick: yield* explained(`explain_at_once(${ids}, NULL)`),
    slow: yield* explained(`explain_waiting(${ids})`)
  }
})

const agree = Effect.gen(function* () {
  const { quick, slow, usual } = yield* bothWays
  expect(usual).toEqual(slow)
  expect(quick).toEqual(slow)
  return slow.filter(({ reasons }) => reasons !== null).length
})

inDatabase(
  "explains jobs of all kinds at once as it explains each",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const lanes = yield* Lanes
    const beat = (phase: "claiming" | "draining") => Effect.flatMap(JobQueue, (queue) => queue.beat([], phase))
    yield* asking
    yield* add()
    yield* retryLater(yield* firstClaim, Duration.minutes(5))
    // Its worker is gone.
    yield* add()
    const lost = yield* firstClaim
    yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second' WHERE id = ${lost.id}::uuid`
    // One runs and nothing is wrong.
    yield* add()
    yield* firstClaim
    const first = yield* add({ concurrencyKey: "one" })
    yield* add({ concurrencyKey: "one" })
    yield* add({ dependsOn: [first.id] })
    yield* add({ jobType: "other" })
    yield* add({ runAt: DateTime.addDuration(yield* DateTime.now, Duration.hours(1)) })

    expect(yield* agree).toBe(8)
    yield* beat("claiming")
    expect(yield* agree).toBe(6)
    yield* lanes.pauseType("other", { by: "ada" })
    expect(yield* agree).toBe(7)
    yield* lanes.resumeType("other")
    yield* sql`UPDATE workers SET lanes = jsonb_set(lanes, '{default}', '2')`
    expect(yield* agree).toBeGreaterThan(6)
    yield* beat("draining")
    expect(yield* agree).toBe(8)
  })
)
