/** Ends jobs whose worker does not, on PostgreSQL. */
import { Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { asCallboard } from "../../domain/Caller.ts"
import type { JobRef } from "../../domain/JobId.ts"
import { JobStops, STOPS_WITHIN } from "../../domain/JobStops.ts"
import { JobConflict, Jobs } from "../../domain/Jobs.ts"
import { answered } from "./callFailures.ts"
import { triedAnew } from "./triedAnew.ts"

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const jobs = yield* Jobs

  const stopNow = Effect.fn("JobStops.stopNow")(function* (ref: JobRef) {
    // Read for the caller, who may not see it at all; changed for Callboard, because what runs is the worker's.
    const { id, jobId } = yield* jobs.get(ref)
    const stopped = yield* sql`
      UPDATE script_jobs SET status = 'cancelled'
      WHERE id = ${id}::uuid AND status = 'in_progress'
        AND cancel_requested_at <= now() - ${Duration.toSeconds(STOPS_WITHIN)} * interval '1 second'
      RETURNING id`.pipe(triedAnew(sql), asCallboard, answered("stopNow"))
    if (stopped.length > 0) return
    const { status } = yield* jobs.get(ref)
    return yield* new JobConflict({ jobId, status, action: "cancel" })
  })
  return JobStops.of({ stopNow })
})

export const layer = Layer.effect(JobStops, make)
