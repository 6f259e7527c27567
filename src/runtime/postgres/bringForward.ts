/**
 * Puts schedules right whose next time was reckoned while the database's clock was ahead: it may lie hours or years behind
 * the one that their expression gives, and until then they would not run.
 */
import { DateTime, Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import { nextTime } from "../../domain/CronExpression.ts"
import { orUnavailable } from "./callFailures.ts"
import { makeJobScheduleRows } from "./JobScheduleRows.ts"

/** Schedules of one transaction, which holds them for milliseconds. */
const PART = 100

/** Of clocks that only differ a little nothing comes, and what others write at this moment is not touched. */
const AHEAD = "1 minute"

/** Before any other. */
const NO_ID = "00000000-0000-0000-0000-000000000000"

export const makeBringForward = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* makeJobScheduleRows

  /** Only what was written in what is the future now. Who changes one at the same time reckons its time anew. */
  const part = (after: string) =>
    Effect.gen(function* () {
      const now = yield* rows.now
      const some = yield* sql<{ id: string; cron: string; timeZone: string; nextRunAt: Date }>`
        SELECT id, cron, time_zone, next_run_at FROM job_schedules
        WHERE id > ${after}::uuid AND next_run_at > now()
          AND greatest(created_at, updated_at, last_run_at, last_skipped_at, last_error_at) > now() + ${AHEAD}::interval
        ORDER BY id LIMIT ${PART} FOR UPDATE SKIP LOCKED`
      const early = some.flatMap(({ cron, id, nextRunAt, timeZone }) =>
        Option.match(nextTime(cron, timeZone, now), {
          onNone: () => [],
          onSome: (next) =>
            next.epochMilliseconds < nextRunAt.getTime() ? [{ id, next: DateTime.formatIso(next) }] : []
        })
      )
      if (early.length > 0) {
        yield* sql`
          UPDATE job_schedules s SET next_run_at = early.next_run_at
          FROM unnest(${early.map(({ id }) => id)}::text[]::uuid[], ${early.map(({ next }) => next)}::text[]::timestamptz[])
            AS early (id, next_run_at)
          WHERE s.id = early.id`
      }
      return { brought: early.length, last: some.length === PART ? some.at(-1)?.id : undefined }
    }).pipe(sql.withTransaction, orUnavailable("bringForward"))

  return Effect.gen(function* () {
    let brought = 0
    let after: string | undefined = NO_ID
    while (after !== undefined) {
      const done: Effect.Success<ReturnType<typeof part>> = yield* part(after)
      brought += done.brought
      after = done.last
    }
    if (brought > 0) {
      yield* Effect.annotateLogs(
        Effect.logWarning(
          "schedules were brought forward: the database's clock was ahead when their next time was set"
        ),
        { schedules: brought }
      )
    }
    return brought
  }).pipe(Effect.withSpan("JobSchedules.bringForward"))
})
