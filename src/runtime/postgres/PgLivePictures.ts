/** Pictures of watched browsers on PostgreSQL, as the worker makes them: one row for each job that is watched. */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { JobId } from "../../domain/JobId.ts"
import type { LiveSize } from "../../domain/LiveView.ts"
import { LivePictures } from "../LiveSessions.ts"

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const wanted: typeof LivePictures.Service.wanted = (sessions) =>
    sql<{ jobId: JobId; large: boolean }>`
      WITH held AS (
        SELECT * FROM unnest(
          ${sessions.map(({ jobId }) => jobId)}::text[]::uuid[], ${sessions.map(({ answers }) => answers)}::boolean[]
        ) AS h (job_id, answers)
      ), answered AS (
        UPDATE live_views v SET answered_at = now() FROM held
        WHERE v.job_id = held.job_id AND held.answers AND v.wanted_until > now()
      )
      SELECT v.job_id, v.large_until > now() AS large FROM live_views v JOIN held ON v.job_id = held.job_id
      WHERE v.wanted_until > now()`.pipe(
      Effect.map(
        (rows) => new Map(rows.map(({ jobId, large }): [JobId, LiveSize] => [jobId, large ? "large" : "small"]))
      )
    )

  // A worker that lost its job to another attempt must not show its page any more.
  const show: typeof LivePictures.Service.show = ({ attempt, jobId }, number, jpeg) =>
    Effect.asVoid(sql`
      UPDATE live_views SET attempt = ${attempt}, number = ${number}, taken_at = now(), answered_at = now(),
        hidden = false, frame = ${jpeg}
      WHERE job_id = ${jobId}::uuid AND attempt <= ${attempt}`)

  /** The picture before it goes too: it may show what led there. */
  const hide: typeof LivePictures.Service.hide = ({ attempt, jobId }) =>
    Effect.asVoid(sql`
      UPDATE live_views SET attempt = ${attempt}, answered_at = now(), hidden = true, frame = NULL
      WHERE job_id = ${jobId}::uuid AND attempt <= ${attempt}`)

  /** With it goes what a worker left behind that could not tidy up. */
  const end: typeof LivePictures.Service.end = ({ attempt, jobId }) =>
    Effect.asVoid(sql`
      DELETE FROM live_views
      WHERE (job_id = ${jobId}::uuid AND attempt <= ${attempt}) OR wanted_until < now() - interval '1 minute'`)

  return LivePictures.of({ wanted, show, hide, end })
})

export const layer = Layer.effect(LivePictures, make)
