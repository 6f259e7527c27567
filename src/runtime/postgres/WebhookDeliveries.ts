/** The engine's side of webhooks on PostgreSQL: which deliveries need a job, what each sends, and how it went. */
import { DateTime, Duration, Effect, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Job } from "../../domain/Job.ts"
import { Jobs } from "../../domain/Jobs.ts"
import { JobTypes } from "../../domain/JobType.ts"
import type { DeliveryErrorCode, DeliveryState } from "../../domain/Webhook.ts"
import { orUnavailable } from "./callFailures.ts"
import { isSilent, moveDeliveries, placeOf } from "./DeliveryPlaces.ts"
import { mayRemove } from "./databaseClock.ts"
import { inTransaction } from "./inTransaction.ts"
import { JobRow, jobOf } from "./JobRow.ts"
import { openPromptOf, PromptRow } from "./PromptRows.ts"
import { SendingRow } from "./WebhookRows.ts"

export const DELIVERY_TYPE = "deliver-webhook"

/** Deliveries of one transaction. */
const PART = 200

/** Events and what became of them are kept this long. */
const KEPT = Duration.days(7)

/** Of the job of a delivery. It ends with its last try; while the lane is paused it waits as long as its event is kept. */
const EXPIRY = Duration.sum(KEPT, Duration.days(1))

/** Rows of one statement. */
const PRUNED_AT_ONCE = 500

/** Larger jobs are sent without input and result: receivers fetch those. */
const LARGEST_BODY = 256 * 1024

const decodeSending = Schema.decodeUnknownEffect(SendingRow)
const decodeJob = Schema.decodeUnknownEffect(JobRow)
const decodePrompt = Schema.decodeUnknownEffect(PromptRow)
const encodeJob = Schema.encodeEffect(Job)

export interface AttemptRecord {
  readonly at: DateTime.Utc
  readonly durationMs: number
  readonly statusCode?: number
  readonly errorCode?: typeof DeliveryErrorCode.Type
  readonly excerpt?: string
  readonly state: DeliveryState
}

export const makeWebhookDeliveries = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const jobs = yield* Jobs
  const types = yield* JobTypes

  /** In one transaction with the jobs: each delivery gets exactly one, which is of its webhook's organisation. */
  const dispatch = inTransaction(
    sql,
    Effect.gen(function* () {
      const rows = yield* sql<{
        id: string
        webhookId: string
        organisationId: string | null
        expiresAt: Date
        asked: boolean
        silent: boolean
      }>`
        SELECT d.id, d.webhook_id, d.asked, w.organisation_id, ${isSilent(sql, sql`d.webhook_id`)} AS silent,
          now() + ${Duration.toSeconds(EXPIRY)} * interval '1 second' AS expires_at
        FROM webhook_deliveries d LEFT JOIN webhooks w ON w.id = d.webhook_id
        WHERE d.job_id IS NULL ORDER BY d.created_at LIMIT ${PART} FOR UPDATE OF d SKIP LOCKED`
      const orphans = rows.filter(({ organisationId }) => organisationId === null).map(({ id }) => id)
      if (orphans.length > 0) yield* sql`DELETE FROM webhook_deliveries WHERE id = ANY (${orphans}::text[]::uuid[])`
      for (const [organisationId, wanted] of Map.groupBy(rows, (row) => row.organisationId)) {
        if (organisationId === null) continue
        const made = yield* jobs.createBatch(
          wanted.map(({ asked, expiresAt, id, silent, webhookId }) => ({
            jobType: DELIVERY_TYPE,
            input: { deliveryId: id },
            ...placeOf(webhookId, id, { asked, silent }),
            // By the database's clock, which judges it.
            expiresAt: DateTime.fromDateUnsafe(expiresAt)
          })),
          { organisationId }
        )
        const [deliveryIds, jobIds] = [wanted.map(({ id }) => id), made.jobs.map(({ id }) => id as string)]
        yield* sql`
          UPDATE webhook_deliveries d SET job_id = made.job_id
          FROM unnest(${deliveryIds}::text[]::uuid[], ${jobIds}::text[]::uuid[]) AS made (id, job_id)
          WHERE d.id = made.id`
      }
      return rows.length
    })
  ).pipe(
    Effect.catchTag(["BatchRefused", "IdempotencyMismatch", "NotAllowed"], Effect.die),
    orUnavailable("dispatchWebhooks")
  )

  /** What one try needs; nothing where the delivery or its webhook is gone, or it has ended. */
  const sending = (deliveryId: string) =>
    sql`
      SELECT w.url, w.enabled, w.id AS webhook_id, w.secret,
        w.former_secret, w.former_secret_until,
        e.type, e.at, coalesce(j.priority < 0, false) AS among_silent, tried.first_tried_at, tried.tries
      FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id JOIN webhook_events e ON e.id = d.event_id
        LEFT JOIN script_jobs j ON j.id = d.job_id,
        LATERAL (
          SELECT min(a.at) AS first_tried_at, count(*)::int AS tries FROM webhook_attempts a WHERE a.delivery_id = d.id
        ) tried
      WHERE d.id = ${deliveryId}::uuid AND d.state = 'pending'`.pipe(
      Effect.flatMap(([row]) => (row === undefined ? Effect.succeedNone : Effect.map(decodeSending(row), Option.some))),
      orUnavailable("sendingOf")
    )

  /** The job as it was at the event, as callers see it. */
  const jobAt = (deliveryId: string, at: DateTime.Utc) =>
    Effect.gen(function* () {
      const [stored] = yield* sql`
        SELECT j.* FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id,
          LATERAL jsonb_populate_record(NULL::script_jobs, e.job) j WHERE d.id = ${deliveryId}::uuid`
      const [asked] = yield* sql`
        SELECT p.* FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id,
          LATERAL jsonb_populate_record(NULL::job_prompts, e.prompt) p
        WHERE d.id = ${deliveryId}::uuid AND e.prompt IS NOT NULL`
      const prompt = asked === undefined ? undefined : openPromptOf(yield* decodePrompt(asked))
      const waitingFor = prompt === undefined ? [] : [{ code: "needs_input" as const, until: prompt.deadline }]
      const job = jobOf(yield* decodeJob(stored), { types, waitingFor, prompt, etaMs: undefined, now: at })
      return yield* encodeJob(job)
    }).pipe(orUnavailable("jobOfEvent"))

  const bodyOf = (deliveryId: string, { at, type, webhookId }: SendingRow) =>
    Effect.gen(function* () {
      const timestamp = DateTime.formatIso(at)
      if (type === "webhook.test") return JSON.stringify({ type, timestamp, data: { webhookId } })
      const job = yield* jobAt(deliveryId, at)
      const body = JSON.stringify({ type, timestamp, data: { job } })
      if (Buffer.byteLength(body) <= LARGEST_BODY) return body
      const { result, ...rest } = job
      return JSON.stringify({ type, timestamp, data: { job: { ...rest, input: {} }, shortened: true } })
    })

  const record = (deliveryId: string, attempt: AttemptRecord) =>
    sql`
      WITH tried AS (
        INSERT INTO webhook_attempts (
          delivery_id, webhook_id, attempt, at, duration_ms, status_code, error_code, excerpt
        )
        SELECT d.id, d.webhook_id, 1 + (SELECT count(*) FROM webhook_attempts a WHERE a.delivery_id = d.id),
          ${DateTime.toDateUtc(attempt.at)}, ${attempt.durationMs}::int, ${attempt.statusCode ?? null}::int,
          ${attempt.errorCode ?? null}::text, ${attempt.excerpt ?? null}::text
        FROM webhook_deliveries d WHERE d.id = ${deliveryId}::uuid
      )
      UPDATE webhook_deliveries SET state = ${attempt.state}, asked = false,
        ended_at = CASE WHEN ${attempt.state !== "pending"} THEN now() END
      WHERE id = ${deliveryId}::uuid`.pipe(orUnavailable("recordAttempt"), Effect.asVoid)

  const rearrange = (webhookId: string) =>
    moveDeliveries(sql, webhookId).pipe(orUnavailable("rearrangeDeliveries"), Effect.asVoid)

  const skip = (deliveryId: string) =>
    sql`
      UPDATE webhook_deliveries SET state = 'skipped', ended_at = now()
      WHERE id = ${deliveryId}::uuid AND state = 'pending'`.pipe(orUnavailable("skipDelivery"), Effect.asVoid)

  const disableGone = (webhookId: string) =>
    sql`
      UPDATE webhooks SET enabled = false, disabled_at = now(), disabled_because = 'gone', updated_at = now()
      WHERE id = ${webhookId}::uuid AND enabled`.pipe(orUnavailable("disableWebhook"), Effect.asVoid)

  const untilDone = <E, R>(some: Effect.Effect<ReadonlyArray<unknown>, E, R>): Effect.Effect<void, E, R> =>
    Effect.flatMap(some, (gone) => (gone.length === PRUNED_AT_ONCE ? untilDone(some) : Effect.void))

  const horizon = sql`now() - ${Duration.toSeconds(KEPT)} * interval '1 second'`

  /** Old events with all that was made of them, the jobs too: they are kept for people, and nobody looks for these. */
  const pruneOld = Effect.andThen(
    untilDone(sql`
      DELETE FROM webhook_events WHERE id IN (
        SELECT e.id FROM webhook_events e WHERE e.at < ${horizon}
        ORDER BY e.at LIMIT ${PRUNED_AT_ONCE} FOR UPDATE SKIP LOCKED
      ) RETURNING id`),
    untilDone(sql`
      DELETE FROM script_jobs WHERE id IN (
        SELECT j.id FROM script_jobs j
        WHERE j.job_type = ${DELIVERY_TYPE} AND j.id < first_id_at(${horizon}) AND j.completed_at IS NOT NULL
        ORDER BY j.id LIMIT ${PRUNED_AT_ONCE} FOR UPDATE SKIP LOCKED
      ) RETURNING id`)
  )
  const prune = Effect.flatMap(mayRemove(sql), (may) => (may ? pruneOld : Effect.void)).pipe(
    orUnavailable("pruneWebhooks")
  )

  return { dispatch, sending, bodyOf, record, rearrange, skip, disableGone, prune, part: PART }
})
