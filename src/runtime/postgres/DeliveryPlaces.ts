/**
 * Where the job of a delivery stands in line. A try at a receiver that is silent may take all of its time, so those of such
 * webhooks come one at a time, after all others, and never in more than half of the places of one process.
 */

import { Effect } from "effect"
import type { SqlClient, Statement } from "effect/sql"
import { inTransaction } from "./inTransaction.ts"

/** Deliveries to one webhook at a time: a receiver that takes all its time holds up few others. */
const AT_ONCE = 2

/** To all silent webhooks of an organisation; two of them may have to share a place. */
const SILENT_AT_ONCE = 8

const SILENT_PRIORITY = -50

/** Jobs of one webhook that one try moves; the next one moves on. */
const MOVED_AT_ONCE = 1_000

/** Of a random UUID: by itself, because most looks find one delivery, or one for each webhook. */
const slotOf = (id: string, slots: number): number => Number.parseInt(id.slice(-1), 16) % slots

export const placeOf = (webhookId: string, deliveryId: string, silent: boolean) =>
  silent
    ? { concurrencyKey: `webhooks:silent:${slotOf(webhookId, SILENT_AT_ONCE)}`, priority: SILENT_PRIORITY }
    : { concurrencyKey: `webhook:${webhookId}:${slotOf(deliveryId, AT_ONCE)}`, priority: 0 }

/** Whether the newest try at a webhook ended without an answer. */
export const isSilent = (sql: SqlClient.SqlClient, webhookId: Statement.Fragment) => sql`coalesce((
  SELECT a.error_code IN ('TIMEOUT', 'CONNECTION') FROM webhook_attempts a
  WHERE a.webhook_id = ${webhookId} ORDER BY a.at DESC LIMIT 1
), false)`

/** Puts the jobs of a webhook where they belong since its newest try. What is being written goes with the next one. */
export const moveDeliveries = (sql: SqlClient.SqlClient, webhookId: string) =>
  inTransaction(
    sql,
    Effect.gen(function* () {
      // What runs keeps the key that it holds, unless it is to be tried again after the others.
      const misplaced = yield* sql<{ id: string; jobId: string; silent: boolean }>`
        SELECT d.id, j.id AS job_id, newest.silent
        FROM (SELECT ${isSilent(sql, sql`${webhookId}::uuid`)} AS silent) newest,
          webhook_deliveries d JOIN script_jobs j ON j.id = d.job_id
        WHERE d.webhook_id = ${webhookId}::uuid AND d.state = 'pending' AND (j.priority < 0) <> newest.silent
          AND (j.status = 'pending' OR j.status = 'in_progress' AND newest.silent)
        ORDER BY d.created_at, d.id LIMIT ${MOVED_AT_ONCE} FOR UPDATE OF j SKIP LOCKED`
      const places = misplaced.map(({ id, silent }) => placeOf(webhookId, id, silent))
      yield* sql`
        UPDATE script_jobs j SET concurrency_key = placed.key, priority = placed.priority
        FROM unnest(
          ${misplaced.map(({ jobId }) => jobId)}::text[]::uuid[],
          ${places.map(({ concurrencyKey }) => concurrencyKey)}::text[],
          ${places.map(({ priority }) => priority)}::integer[]
        ) AS placed (id, key, priority)
        WHERE j.id = placed.id`
    })
  )
