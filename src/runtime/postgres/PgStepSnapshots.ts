/**
 * Snapshots of good steps on PostgreSQL: the newest one of each organisation, job type and step. They belong to no job, so
 * no lease guards them: what a worker saw that lost its lease since is as true as what any other one saw.
 */
import { Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { condensed } from "../../domain/PageOutline.ts"
import { pageChanges } from "../../domain/pageChanges.ts"
import { type SnapshotOf, StepSnapshots } from "../../domain/StepSnapshots.ts"
import { storableText } from "../../domain/Storable.ts"
import { giveUpAfter } from "../giveUpAfter.ts"

/** In bytes of UTF-8; the database refuses more. A long page is told by its beginning. */
const LARGEST = 65_536

/** What its job type did not use for so long is removed. */
const KEPT_UNUSED = "90 days"

/** A script waits for it. */
const LONGEST_CALL = Duration.seconds(3)

const lineBreak = "\n".charCodeAt(0)

/** Whole lines, as many as may be kept. */
const cut = (text: string): string => {
  const bytes = Buffer.from(text)
  return bytes.length <= LARGEST ? text : bytes.subarray(0, bytes.lastIndexOf(lineBreak, LARGEST)).toString()
}

const storable = (ariaSnapshot: string): string => cut(storableText(condensed(ariaSnapshot)))

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** A lost snapshot is no loss. */
  const orNothing =
    (operation: string, { jobType, step }: SnapshotOf) =>
    <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A | undefined> =>
      effect.pipe(
        giveUpAfter(LONGEST_CALL),
        Effect.catchCause((cause) =>
          Effect.as(
            Effect.annotateLogs(Effect.logDebug(`snapshot of a step: ${operation} failed`, cause), { jobType, step }),
            undefined
          )
        )
      )

  const isOf = ({ jobType, organisationId, step }: SnapshotOf) =>
    sql`(organisation_id = ${organisationId} AND job_type = ${jobType} AND step = ${step})`

  const keep: typeof StepSnapshots.Service.keep = (of, ariaSnapshot) =>
    Effect.suspend(() => {
      const snapshot = storable(ariaSnapshot)
      return sql`
        WITH kept AS (
          INSERT INTO step_snapshots AS s (organisation_id, job_type, step, snapshot)
          VALUES (${of.organisationId}, ${of.jobType}, ${of.step}, ${snapshot})
          ON CONFLICT (organisation_id, job_type, step) DO UPDATE SET
            snapshot = excluded.snapshot, used_at = now(),
            changed_at = CASE WHEN s.snapshot = excluded.snapshot THEN s.changed_at ELSE now() END
          WHERE s.snapshot <> excluded.snapshot OR s.used_at < now() - interval '1 day'
          RETURNING step
        )
        DELETE FROM step_snapshots
        WHERE EXISTS (SELECT FROM kept) AND used_at < now() - ${KEPT_UNUSED}::interval AND NOT ${isOf(of)}`
    }).pipe(orNothing("keep", of), Effect.asVoid)

  const explain: typeof StepSnapshots.Service.explain = (of, now, failure) =>
    sql<{ snapshot: string }>`SELECT snapshot FROM step_snapshots WHERE ${isOf(of)}`.pipe(
      Effect.map(([row]) =>
        row === undefined
          ? undefined
          : pageChanges({ before: row.snapshot, now, ...(failure !== undefined && { failure }) })
      ),
      orNothing("explain", of)
    )

  return StepSnapshots.of({ keep, explain })
})

export const layer = Layer.effect(StepSnapshots, make)
