/**
 * Where the job of a delivery stands in line. A try at a receiver that is silent may take all of its time, so those of such
 * webhooks come after all others, and one at a time for each: whoever answers takes the next place that comes free. No line is
 * shared by two webhooks, because one that is silent for a moment would wait for another that is silent for hours.
 */

import { Effect } from "effect"
import type { SqlClient, Statement } from "effect/sql"
import { inTransaction } from "./inTransaction.ts"

/** Deliveries to one webhook at a time: a receiver that takes all its time holds up few others. */
const AT_ONCE = 2

const SILENT_PRIORITY = -50

/** Jobs of one webhook that one try moves; the next one moves on. */
const MOVED_AT_ONCE = 1_000

/** Of a random UUID: by itself, because most looks find one delivery, or one for each webhook. */
const slotOf = (id: string): number => Number.parseInt(id.slice(-1), 16) % AT_ONCE

/** What somebody asked for by hand and looks at now has a line of its own. */
export const placeOf = (
  webhookId: string,
  deliveryId: string,
  { asked, silent }: { asked: boolean; silent: boolean }
) => {
  const slot = asked ? "asked" : silent ? 0 : slotOf(deliveryId)
  return { concurrencyKey: `webhook:${webhookId}:${slot}`, priority: silent && !asked ? SILENT_PRIORITY : 0 }
}

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
      const misplaced = yield* sql<{ id: string; jobId: string; silent: boolean }>`
        SELECT d.id, j.id AS job_id, newest.silent
        FROM (SELECT ${isSilent(sql, sql`${webhookId}::uuid`)} AS silent) newest,
          webhook_deliveries d JOIN script_jobs j ON j.id = d.job_id
        WHERE d.webhook_id = ${webhookId}::uuid AND d.state = 'pending' AND (j.priority < 0) <> newest.silent
          AND j.status IN ('pending', 'in_progress') AND NOT d.asked
        ORDER BY d.created_at, d.id LIMIT ${MOVED_AT_ONCE} FOR UPDATE OF j SKIP LOCKED`
      const places = misplaced.map(({ id, silent }) => placeOf(webhookId, id, { asked: false, silent }))
      // What runs comes back to the line that it holds: another one would be let go when it ends.
      yield* sql`
        UPDATE script_jobs j SET priority = placed.priority,
          concurrency_key = CASE WHEN j.status = 'in_progress' AND j.priority < 0 THEN j.concurrency_key ELSE placed.key END
        FROM unnest(
          ${misplaced.map(({ jobId }) => jobId)}::text[]::uuid[],
          ${places.map(({ concurrencyKey }) => concurrencyKey)}::text[],
          ${places.map(({ priority }) => priority)}::integer[]
        ) AS placed (id, key, priority)
        WHERE j.id = placed.id`
    })
  )
