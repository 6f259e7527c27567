/** How long running jobs still need: what stands in `job_estimates`, and where each of them is now. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { leftMs } from "../../domain/JobEstimates.ts"
import type { JobId } from "../../domain/JobId.ts"
import { JobTypes } from "../../domain/JobType.ts"
import type { JobRow } from "./JobRow.ts"

/** Of fewer runs nobody is told a number; as `FEWEST_RUNS` of the domain. */
export const FEWEST = 5

/** Where a job is in its run, as JSON. */
export interface RunPointRow {
  readonly wholeMs: number
  readonly steps: Readonly<Record<string, number>> | null
  readonly elapsedMs: number
  readonly stepElapsedMs: number | null
}

export const makeTimeLeft = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const types = yield* JobTypes

  const points = (ids: ReadonlyArray<JobId>) => sql<{ id: JobId; point: RunPointRow | null }>`
    SELECT j.id, run_point(j, ${FEWEST}) AS point FROM script_jobs j WHERE j.id = ANY (${ids}::text[]::uuid[])`

  const leftOf = (row: JobRow, point: RunPointRow): number =>
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
  const of = (rows: ReadonlyArray<JobRow>) =>
    Effect.gen(function* () {
      const running = rows.filter((row) => row.status === "in_progress" && row.cancelRequestedAt === null)
      if (running.length === 0) return new Map<JobId, number>()
      const found = yield* points(running.map(({ id }) => id))
      return new Map(
        found.flatMap(({ id, point }) => {
          const row = running.find((each) => each.id === id)
          return row === undefined || point === null ? [] : [[id, leftOf(row, point)] as const]
        })
      )
    }).pipe(Effect.orElseSucceed(() => new Map<JobId, number>()))

  return { of, leftOf }
})
