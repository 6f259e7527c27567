/** Failures that a mail has to tell of, on PostgreSQL. Those that one mail tells of are marked with its id first. */
import { DateTime, Duration, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { JobId } from "../../domain/JobId.ts"
import { answered, orUnavailable } from "./callFailures.ts"
import { mayRemove } from "./databaseClock.ts"

/** A process that lives asks for failures again long before this has passed. */
const WANTED_FOR = "1 day"

/** After this long nobody wants to hear of a failure any more. */
const TOLD_WITHIN = "7 days"

/** Kinds of failures in one mail; the rest is counted. */
const MOST_KINDS = 25

export const FailureKind = Schema.Struct({
  organisationId: Schema.String,
  jobType: Schema.String,
  fingerprint: Schema.String,
  code: Schema.String,
  step: Schema.NullOr(Schema.String),
  /** Of the newest. */
  message: Schema.String,
  jobs: Schema.Int,
  /** Ids of the newest three. */
  jobIds: Schema.Array(Schema.String)
})
export type FailureKind = typeof FailureKind.Type

const decodeKinds = Schema.decodeUnknownEffect(Schema.Array(FailureKind))

export interface FailureSummary {
  readonly kinds: ReadonlyArray<FailureKind>
  readonly jobs: number
  /** Kinds in all, also those that are not listed. */
  readonly kindsInAll: number
}

export const makeFailureMails = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** From now on failures are kept for a mail. */
  const want = sql`
    UPDATE failure_mail SET wanted_until = now() + ${WANTED_FOR}::interval
    WHERE wanted_until < now() + ${WANTED_FOR}::interval / 2`.pipe(answered("wantFailures"), Effect.asVoid)

  /** When the last mail went, where one is needed and none is on its way. */
  const needed = Effect.gen(function* () {
    const [state] = yield* sql<{ lastAt: Date | null; isPlanned: boolean }>`
      SELECT f.last_at, EXISTS (
        SELECT FROM script_jobs j WHERE j.id = f.job_id AND j.status IN ('pending', 'in_progress')
      ) AS is_planned
      FROM failure_mail f WHERE EXISTS (SELECT FROM failures_to_mail)`
    if (state === undefined || state.isPlanned) return undefined
    if (yield* mayRemove(sql)) {
      yield* sql`DELETE FROM failures_to_mail WHERE failed_at < now() - ${TOLD_WITHIN}::interval`
    }
    // Left over by a mail that could not be sent in the end.
    yield* sql`UPDATE failures_to_mail SET mail = NULL WHERE mail IS NOT NULL`
    return { lastAt: state.lastAt === null ? undefined : DateTime.fromDateUnsafe(state.lastAt) }
  }).pipe(answered("neededMail"))

  const planned = (job: JobId) =>
    sql`UPDATE failure_mail SET job_id = ${job}::uuid`.pipe(answered("plannedMail"), Effect.asVoid)

  const collect = (mail: string) =>
    sql`UPDATE failures_to_mail SET mail = ${mail}::uuid WHERE mail IS NULL`.pipe(
      answered("collectFailures"),
      Effect.asVoid
    )

  const summary = (mail: string) =>
    Effect.gen(function* () {
      const kinds = yield* sql`
        SELECT organisation_id, job_type, fingerprint, code, max(step) AS step, count(*)::int AS jobs,
          (array_agg(message ORDER BY id DESC))[1] AS message, (array_agg(job_id ORDER BY id DESC))[1:3] AS job_ids
        FROM failures_to_mail WHERE mail = ${mail}::uuid
        GROUP BY organisation_id, job_type, fingerprint, code
        ORDER BY count(*) DESC, max(id) DESC LIMIT ${MOST_KINDS}`.pipe(Effect.flatMap(decodeKinds))
      const [all] = yield* sql<{ jobs: number; kinds: number }>`
        SELECT count(*)::int AS jobs, count(DISTINCT (organisation_id, job_type, fingerprint, code))::int AS kinds
        FROM failures_to_mail WHERE mail = ${mail}::uuid`
      return { kinds, jobs: all?.jobs ?? 0, kindsInAll: all?.kinds ?? 0 } satisfies FailureSummary
    }).pipe(orUnavailable("summaryOfFailures"))

  const sent = (mail: string) =>
    sql`
      WITH told AS (DELETE FROM failures_to_mail WHERE mail = ${mail}::uuid)
      UPDATE failure_mail SET last_at = now()`.pipe(answered("mailSent"), Effect.asVoid)

  return { want, needed, planned, collect, summary, sent }
})

/** The soonest that the next mail may go: later failures of the same trouble join it, and people are not flooded. */
export const nextMailAt = (now: DateTime.Utc, lastAt: DateTime.Utc | undefined, every: Duration.Duration) => {
  const gathered = DateTime.addDuration(now, GATHERED)
  return lastAt === undefined ? gathered : DateTime.max(gathered, DateTime.addDuration(lastAt, every))
}

/** The first failure is told of within a minute; those that come with it are in the same mail. */
const GATHERED = Duration.seconds(45)
