import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { JobStops } from "../../../src/domain/JobStops.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, complete, disagreements, firstClaim, get } from "./builders.ts"

const inDatabase = databaseTests(idle)

inDatabase(
  "takes a job from a worker that was asked a minute ago, and not a second earlier",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { stopNow } = yield* JobStops
    const { id } = yield* add()
    const claimed = yield* firstClaim
    const unasked = yield* Effect.flip(stopNow(id))
    yield* (yield* Jobs).cancel(id)
    yield* sql`UPDATE script_jobs SET cancel_requested_at = now() - interval '59 seconds'`
    const early = yield* Effect.flip(stopNow(id))
    yield* sql`UPDATE script_jobs SET cancel_requested_at = now() - interval '61 seconds'`

    yield* stopNow(id)

    expect([unasked._tag, early._tag]).toEqual(["JobConflict", "JobConflict"])
    expect((yield* get(id)).status).toBe("cancelled")
    const beat = yield* (yield* JobQueue).beat([claimed.lease], "claiming")
    expect(beat.lost).toEqual([claimed.lease.token])
    expect((yield* Effect.flip(complete(claimed)))._tag).toBe("LeaseLost")
    expect(yield* disagreements).toEqual([])
  })
)
