/** How full each lane is over all live workers. Part of the reasons why a job waits. */
import { Effect, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { Lane } from "../../domain/Lane.ts"
import type { JobRow, LaneLoad } from "./JobRow.ts"

/** A worker beats every 5 s; one that missed three beats takes no jobs. */
export const WORKER_ALIVE = "15 seconds"

const LaneLoadRow = Schema.Struct({ lane: Lane, capacity: Schema.Int, running: Schema.Int })

export const makeLaneLoads = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const query = SqlSchema.findAll({
    Request: Schema.Void,
    Result: LaneLoadRow,
    execute: () => sql`
      SELECT lane, sum(places)::int AS capacity,
        (SELECT count(*)::int FROM script_jobs j WHERE j.status = 'in_progress' AND j.lane = load.lane) AS running
      FROM (
        SELECT l.key AS lane, l.value::int AS places FROM workers w, jsonb_each_text(w.lanes) l
        WHERE w.seen_at > now() - ${WORKER_ALIVE}::interval
      ) load
      GROUP BY lane`
  })
  /**
   * Asks the database only when a row waits. Undefined when it did not answer: the caller's own statement has done its
   * work by then, and reasons that cannot be told must not make it look as if it had not.
   */
  return (rows: ReadonlyArray<JobRow>): Effect.Effect<ReadonlyArray<LaneLoad> | undefined> =>
    rows.some((row) => row.status === "pending")
      ? Effect.orElseSucceed(query(undefined), () => undefined)
      : Effect.succeed(undefined)
})
