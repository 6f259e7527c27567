/** Callers' contract of webhooks on PostgreSQL. */
import { Clock, Duration, Effect, Layer, Option, Schema } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { asCallboard } from "../../domain/Caller.ts"
import { InvalidCursor } from "../../domain/JobReports.ts"
import { type CreateWebhook, TEST_EVENT, type UpdateWebhook, WebhookId } from "../../domain/Webhook.ts"
import { MOST_WEBHOOKS, TooManyWebhooks, WebhookNotFound, Webhooks, WebhookUrlRefused } from "../../domain/Webhooks.ts"
import { newId } from "../newId.ts"
import { SecretBox } from "../SecretBox.ts"
import type { AllowedAddresses } from "../webhooks/AddressRules.ts"
import { urlRefusal } from "../webhooks/checkWebhookUrl.ts"
import { formerSecretsIn, keptFormerSecrets } from "../webhooks/formerSecrets.ts"
import { newWebhookSecret } from "../webhooks/webhookSignature.ts"
import { currentOrganisation } from "./asCaller.ts"
import { orUnavailable } from "./callFailures.ts"
import { makerOf } from "./createJobs.ts"
import { inTransaction } from "./inTransaction.ts"
import { DeliveryRow, deliveryOf, WebhookRow, webhookOf } from "./WebhookRows.ts"

/** How long the secret that was replaced signs too. */
const FORMER_SECRET_SIGNS = Duration.hours(24)

const decodeWebhooks = Schema.decodeUnknownEffect(Schema.Array(WebhookRow))
const decodeDeliveries = Schema.decodeUnknownEffect(Schema.Array(DeliveryRow))

const Cursor = Schema.StringFromBase64Url.pipe(
  Schema.decodeTo(Schema.fromJsonString(Schema.Tuple([Schema.String, Schema.String.check(Schema.isUUID())])))
)
const isUuid = Schema.is(Schema.String.check(Schema.isUUID()))
const decodeCursor = Schema.decodeUnknownOption(Cursor)
const encodeCursor = Schema.encodeSync(Cursor)

const make = (allowed: AllowedAddresses) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const box = yield* SecretBox

    /** Webhooks with how their newest delivery went that was tried. */
    const select = (condition: Statement.Fragment) =>
      sql`
      SELECT w.*, CASE WHEN w.former_secret_until > now() THEN w.former_secret_until END AS former_secret_until,
        last.at AS last_at, last.state AS last_state, last.status_code AS last_status_code
      FROM webhooks w LEFT JOIN LATERAL (
        SELECT a.at, d.state, a.status_code
        FROM webhook_attempts a JOIN webhook_deliveries d ON d.id = a.delivery_id
        WHERE a.webhook_id = w.id ORDER BY a.at DESC LIMIT 1
      ) last ON true
      WHERE ${condition} ORDER BY w.id LIMIT ${MOST_WEBHOOKS}`.pipe(
        Effect.flatMap(decodeWebhooks),
        Effect.map((rows) => rows.map(webhookOf))
      )

    const one = (id: WebhookId, organisation: string) =>
      Effect.flatMap(select(sql`w.id = ${id}::uuid AND w.organisation_id = ${organisation}`), ([webhook]) =>
        webhook === undefined ? Effect.fail(new WebhookNotFound({ ref: id })) : Effect.succeed(webhook)
      )

    const checkUrl = (url: string | undefined) => {
      const refusal = url === undefined ? undefined : urlRefusal(url, allowed)
      return refusal === undefined ? Effect.void : Effect.fail(new WebhookUrlRefused({ message: refusal }))
    }

    const sealed = (id: WebhookId, secret: string) => JSON.stringify(box.seal(secret, id))

    const create = Effect.fn("Webhooks.create")(function* (request: CreateWebhook) {
      const { createdBy = null, organisationId: organisation } = yield* makerOf({})
      yield* checkUrl(request.url)
      const id = WebhookId.make(newId())
      const secret = newWebhookSecret()
      const { description = null, enabled = true, filter = {} } = request
      return yield* asCallboard(
        Effect.gen(function* () {
          const made = yield* sql`
            INSERT INTO webhooks (
              id, organisation_id, url, description, events, job_type, restaurant_id, label, enabled, disabled_at,
              disabled_because, secret, created_by
            )
            SELECT ${id}::uuid, ${organisation}::text, ${request.url}::text, ${description}::text,
              ${[...request.events]}::text[], ${filter.jobType ?? null}::text, ${filter.restaurantId ?? null}::text,
              ${filter.label ?? null}::text, ${enabled}::boolean, ${enabled ? sql`NULL` : sql`now()`},
              ${enabled ? null : "person"}::text, ${sealed(id, secret)}::text::jsonb, ${createdBy}::text
            WHERE (SELECT count(*) FROM webhooks w WHERE w.organisation_id = ${organisation}) < ${MOST_WEBHOOKS}
            RETURNING id`
          if (made.length === 0) return yield* new TooManyWebhooks()
          return { ...(yield* one(id, organisation)), secret }
        })
      ).pipe(Effect.catchTag("WebhookNotFound", Effect.die))
    }, orUnavailable("createWebhook"))

    const list = Effect.flatMap(currentOrganisation, (organisation) =>
      asCallboard(select(sql`w.organisation_id = ${organisation}`))
    ).pipe(orUnavailable("listWebhooks"))

    const get = Effect.fn("Webhooks.get")(function* (id: WebhookId) {
      return yield* asCallboard(one(id, yield* currentOrganisation))
    }, orUnavailable("getWebhook"))

    const update = Effect.fn("Webhooks.update")(function* (id: WebhookId, changes: UpdateWebhook) {
      const organisation = yield* currentOrganisation
      yield* checkUrl(changes.url)
      const { description, enabled, events, filter, url } = changes
      const set = [
        ...(url === undefined ? [] : [sql`url = ${url}`]),
        ...(description === undefined ? [] : [sql`description = ${description}`]),
        ...(events === undefined ? [] : [sql`events = ${[...events]}::text[]`]),
        ...(filter === undefined
          ? []
          : [
              sql`job_type = ${filter.jobType ?? null}, restaurant_id = ${filter.restaurantId ?? null},
                label = ${filter.label ?? null}`
            ]),
        ...(enabled === undefined
          ? []
          : [
              enabled
                ? sql`enabled = true, disabled_at = NULL, disabled_because = NULL`
                : sql`enabled = false, disabled_at = coalesce(disabled_at, now()),
                    disabled_because = coalesce(disabled_because, 'person')`
            ]),
        sql`updated_at = now()`
      ]
      const assignments = set.reduce((all, each) => sql`${all}, ${each}`)
      return yield* asCallboard(
        Effect.andThen(
          sql`UPDATE webhooks SET ${assignments} WHERE id = ${id}::uuid AND organisation_id = ${organisation}`,
          one(id, organisation)
        )
      )
    }, orUnavailable("updateWebhook"))

    const rotateSecret = Effect.fn("Webhooks.rotateSecret")(function* (id: WebhookId) {
      const organisation = yield* currentOrganisation
      const secret = newWebhookSecret()
      const rotate = Effect.gen(function* () {
        const [stored] = yield* sql<{ secret: unknown; formerSecret: unknown; formerSecretUntil: Date | null }>`
          SELECT secret, former_secret, former_secret_until FROM webhooks
          WHERE id = ${id}::uuid AND organisation_id = ${organisation} FOR UPDATE`
        if (stored === undefined) return yield* new WebhookNotFound({ ref: id })
        const nowMs = yield* Clock.currentTimeMillis
        const untilMs = nowMs + Duration.toMillis(FORMER_SECRET_SIGNS)
        const formerUntilMs = stored.formerSecretUntil?.getTime() ?? 0
        const former = yield* Effect.gen(function* () {
          const others = formerSecretsIn(yield* box.open(stored.formerSecret, id), { nowMs, untilMs: formerUntilMs })
          const replaced = { secret: String(yield* box.open(stored.secret, id)), untilMs }
          return box.seal(keptFormerSecrets([replaced, ...others]), id)
        }).pipe(
          // It cannot sign either where no key here opens it.
          Effect.catchTag("CannotOpenSecret", () => Effect.succeed(stored.secret))
        )
        yield* sql`
          UPDATE webhooks SET former_secret = ${JSON.stringify(former)}::text::jsonb,
            former_secret_until = ${new Date(untilMs)}, secret = ${sealed(id, secret)}::text::jsonb, updated_at = now()
          WHERE id = ${id}::uuid`
        return { ...(yield* one(id, organisation)), secret }
      })
      return yield* asCallboard(inTransaction(sql, rotate))
    }, orUnavailable("rotateWebhookSecret"))

    const remove = Effect.fn("Webhooks.remove")(function* (id: WebhookId) {
      const organisation = yield* currentOrganisation
      const gone = yield* asCallboard(sql`
        WITH gone AS (
          DELETE FROM webhooks WHERE id = ${id}::uuid AND organisation_id = ${organisation} RETURNING id
        ), with_it AS (
          DELETE FROM webhook_deliveries d USING gone WHERE d.webhook_id = gone.id
        )
        SELECT id FROM gone`)
      if (gone.length === 0) return yield* new WebhookNotFound({ ref: id })
    }, orUnavailable("removeWebhook"))

    /** A delivery whose job ended without saying so, or is gone, comes to nothing any more. */
    const selectDeliveries = (condition: Statement.Fragment, limit: number) =>
      sql`
      SELECT d.id, e.type, e.at, d.created_at, e.job->>'job_id' AS job_id,
        CASE WHEN d.state = 'pending' AND d.job_id IS NOT NULL AND j.queued IS NOT TRUE THEN 'failed' ELSE d.state END
          AS state,
        CASE WHEN d.state = 'pending' THEN j.next_attempt_at END AS next_attempt_at,
        coalesce((
          SELECT jsonb_agg(jsonb_build_object(
            'attempt', a.attempt, 'at', to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            'duration_ms', a.duration_ms, 'status_code', a.status_code, 'error_code', a.error_code, 'excerpt', a.excerpt
          ) ORDER BY a.attempt) FROM webhook_attempts a WHERE a.delivery_id = d.id
        ), '[]') AS attempts
      FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id LEFT JOIN LATERAL (
        SELECT s.status IN ('pending', 'in_progress') AS queued,
          CASE WHEN s.status = 'pending' THEN s.run_at END AS next_attempt_at
        FROM script_jobs s WHERE s.id = d.job_id
      ) j ON true
      WHERE ${condition} ORDER BY d.created_at DESC, d.id DESC LIMIT ${limit}`.pipe(Effect.flatMap(decodeDeliveries))

    const deliveries = Effect.fn("Webhooks.deliveries")(function* (
      id: WebhookId,
      page: { readonly limit: number; readonly cursor?: string }
    ) {
      const organisation = yield* currentOrganisation
      const after = page.cursor === undefined ? undefined : Option.getOrUndefined(decodeCursor(page.cursor))
      if (page.cursor !== undefined && after === undefined) return yield* new InvalidCursor()
      return yield* asCallboard(
        Effect.gen(function* () {
          yield* one(id, organisation)
          const place =
            after === undefined
              ? sql`true`
              : sql`(d.created_at, d.id) < (${after[0]}::text::timestamptz, ${after[1]}::uuid)`
          const rows = yield* selectDeliveries(sql`d.webhook_id = ${id}::uuid AND ${place}`, page.limit + 1)
          const last = rows.length > page.limit ? rows[page.limit - 1] : undefined
          const nextCursor = last && (yield* cursorOf(last.id))
          return {
            deliveries: rows.slice(0, page.limit).map(deliveryOf),
            ...(nextCursor !== undefined && { nextCursor })
          }
        })
      )
    }, orUnavailable("listDeliveries"))

    /** With the time as the database has it, to the microsecond. */
    const cursorOf = (id: string) =>
      Effect.map(
        sql<{ at: string }>`SELECT created_at::text AS at FROM webhook_deliveries WHERE id = ${id}::uuid`,
        ([row]) => (row === undefined ? undefined : encodeCursor([row.at, id]))
      )

    /** Nothing changed a job, so nobody has heard of them: workers look again when their own lane is named. */
    const newDeliveries = sql`SELECT notify_of_jobs(NULL, '[["system", 0]]'::jsonb, NULL)`

    const oneDelivery = (id: WebhookId, deliveryId: string) =>
      Effect.flatMap(selectDeliveries(sql`d.id = ${deliveryId}::uuid AND d.webhook_id = ${id}::uuid`, 1), ([row]) =>
        row === undefined ? new WebhookNotFound({ ref: id, deliveryId }) : Effect.succeed(deliveryOf(row))
      )

    const test = Effect.fn("Webhooks.test")(function* (id: WebhookId) {
      const organisation = yield* currentOrganisation
      const deliveryId = newId()
      return yield* asCallboard(
        Effect.gen(function* () {
          yield* one(id, organisation)
          yield* sql`
            WITH event AS (INSERT INTO webhook_events (id, type) VALUES (gen_random_uuid(), ${TEST_EVENT}) RETURNING id)
            INSERT INTO webhook_deliveries (id, event_id, webhook_id, asked)
            SELECT ${deliveryId}::uuid, event.id, ${id}::uuid, true FROM event`
          yield* newDeliveries
          return yield* oneDelivery(id, deliveryId)
        })
      )
    }, orUnavailable("testWebhook"))

    /** It is as one that has no job yet. Its tries and its age count on: whoever used them up is tried once. */
    const sendAgain = Effect.fn("Webhooks.sendAgain")(function* (id: WebhookId, deliveryId: string) {
      const organisation = yield* currentOrganisation
      return yield* asCallboard(
        Effect.gen(function* () {
          yield* one(id, organisation)
          if (!isUuid(deliveryId)) return yield* new WebhookNotFound({ ref: id, deliveryId })
          const reset = yield* sql`
            UPDATE webhook_deliveries d SET state = 'pending', ended_at = NULL, job_id = NULL, asked = true
            WHERE d.id = ${deliveryId}::uuid AND d.webhook_id = ${id}::uuid AND (d.state IN ('failed', 'skipped')
              OR d.state = 'pending' AND d.job_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM script_jobs s WHERE s.id = d.job_id AND s.status IN ('pending', 'in_progress')
              ))
            RETURNING d.id`
          if (reset.length > 0) yield* newDeliveries
          return { delivery: yield* oneDelivery(id, deliveryId), isSent: reset.length > 0 }
        })
      )
    }, orUnavailable("sendDeliveryAgain"))

    return Webhooks.of({ create, list, get, update, rotateSecret, remove, deliveries, sendAgain, test })
  })

export const layer = (allowed: AllowedAddresses) => Layer.effect(Webhooks, make(allowed))
