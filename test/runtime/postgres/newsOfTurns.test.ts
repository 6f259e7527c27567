/** That workers hear of jobs whose turn has come because another job ended. */
import { expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Effect, Queue, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { type Claim, JobQueue } from "../../../src/domain/JobQueue.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"

const inDatabase = databaseTests(idle)

const decode = Schema.decodeUnknownEffect(
  Schema.fromJsonString(
    Schema.Struct({
      jobs: Schema.Array(Schema.Tuple([Schema.String, Schema.Int, Schema.String, Schema.NullOr(Schema.Finite)]))
    })
  )
)

/** The jobs that workers are told may be claimed at once, when this one completes. */
const toldWhenCompleted = ({ lease }: Claim) =>
  Effect.gen(function* () {
    const pg = yield* PgClient.PgClient
    const queue = yield* JobQueue
    const notifications = yield* pg.listen("callboard")
    yield* queue.settle(lease, { _tag: "Completed", result: null })
    const { jobs } = yield* Effect.flatMap(Queue.take(notifications), ({ payload }) => decode(payload))
    return jobs.filter(([, , , due]) => due !== null && due <= 0).map(([id]) => id)
  }).pipe(Effect.scoped)

inDatabase(
  "tells workers of the next job with a concurrency key when the one before it ends",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const queue = yield* JobQueue
    const request = { jobType: "idle", input: {}, concurrencyKey: "menu" }
    const { jobs: made } = yield* jobs.createBatch([request, request, request])
    const [first, ...others] = yield* queue.claim("default", 3)

    expect(others).toEqual([])
    expect(yield* toldWhenCompleted(first!)).toEqual([made[1]!.id])
  })
)

inDatabase(
  "tells workers of a job whose last dependency has ended",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const queue = yield* JobQueue
    const { jobs: made } = yield* jobs.createBatch([
      { jobType: "idle", input: {}, clientRef: "one" },
      { jobType: "idle", input: {}, clientRef: "two" },
      { jobType: "idle", input: {}, dependsOn: ["one", "two"] }
    ])
    const [one, two] = yield* queue.claim("default", 3)

    expect(yield* toldWhenCompleted(one!)).toEqual([])
    expect(yield* toldWhenCompleted(two!)).toEqual([made[2]!.id])
  })
)

inDatabase(
  "asks for a claim, which mends it, when jobs with a key wait and none of them is in front",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const queue = yield* JobQueue
    const sql = yield* SqlClient.SqlClient
    const { job } = yield* jobs.create({ jobType: "idle", input: {}, concurrencyKey: "menu" })
    // What a creation and an end at the same moment can leave: neither saw the other.
    yield* sql`UPDATE job_queue SET state = 'behind'`

    const beat = yield* queue.beat([], "claiming")

    expect(beat.dueInMs.get("default")).toBe(0)
    expect((yield* queue.claim("default", 1)).map(({ id }) => id)).toEqual([job.id])
  })
)
