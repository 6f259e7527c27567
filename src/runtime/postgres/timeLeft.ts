/** How long running jobs still need: what stands in `job_estimates`, and where each of them is now. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { leftMs } from "../../domain/JobEstimates.ts"
import type { JobId } from "../../domain/JobId.ts"
import { JobTypes } from "../../domain/JobType.ts"
import type { JobRow } from "./JobRow.ts"

/** Of fewer runs nobody is told a number; as `FEWEST_RUNS` of the domain. */
const FEWEST = 5

interface PointRow {
  readonly id: JobId
  readonly wholeMs: number
  readonly steps: Readonly<Record<string, number>> | null
  readonly elapsedMs: number
  readonly stepElapsedMs: number | null
}

export const makeTimeLeft = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const types = yield* JobTypes

  /** The time of a step without what it waited for people. */
  const points = (ids: ReadonlyArray<JobId>) => sql<PointRow>`
    SELECT j.id, e.median_ms AS whole_ms, extract(epoch FROM now() - j.started_at)::float8 * 1000 AS elapsed_ms,
      (SELECT jsonb_object_agg(s.step, s.median_ms) FROM job_estimates s
       WHERE s.organisation_id = j.organisation_id AND s.job_type = j.job_type AND s.step <> '' AND s.runs > 0) AS steps,
      extract(epoch FROM now() - r.started_at)::float8 * 1000 - coalesce((
        SELECT sum(extract(epoch FROM p.answered_at - p.asked_at) * 1000)::float8 FROM job_prompts p
        WHERE p.job_id = j.id AND p.attempt = j.attempt AND p.step = j.current_step_name AND p.answered_at IS NOT NULL
      ), 0) AS step_elapsed_ms
    FROM script_jobs j
    JOIN job_estimates e
      ON e.organisation_id = j.organisation_id AND e.job_type = j.job_type AND e.step = '' AND e.runs >= ${FEWEST}
    LEFT JOIN job_steps r ON r.job_id = j.id AND r.attempt = j.attempt AND r.name = j.current_step_name
    WHERE j.id = ANY (${ids}::text[]::uuid[])`

  const leftOf = (row: JobRow, point: PointRow): number =>
    leftMs(
      { wholeMs: point.wholeMs, stepsMs: new Map(Object.entries(point.steps ?? {})) },
      {
        steps: types.all.find(({ name }) => name === row.jobType)?.steps.map(({ name }) => name) ?? [],
        elapsedMs: Math.max(0, point.elapsedMs),
        stepElapsedMs: Math.max(0, point.stepElapsedMs ?? 0),
        ...(row.currentStepName !== null && { stepName: row.currentStepName }),
        ...(row.progressMessage !== null && { message: row.progressMessage })
      }
    )

  /**
   * For jobs that run and are not being stopped. Without an answer nobody is told a number: as with reasons, a statement
   * that has done its work must not look as if it had not.
   */
  return (rows: ReadonlyArray<JobRow>) =>
    Effect.gen(function* () {
      const running = rows.filter((row) => row.status === "in_progress" && row.cancelRequestedAt === null)
      if (running.length === 0) return new Map<JobId, number>()
      const found = yield* points(running.map(({ id }) => id))
      return new Map(
        found.flatMap((point) => {
          const row = running.find(({ id }) => id === point.id)
          return row === undefined ? [] : [[point.id, leftOf(row, point)] as const]
        })
      )
    }).pipe(Effect.orElseSucceed(() => new Map<JobId, number>()))
})
