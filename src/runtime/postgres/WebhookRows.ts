/** Rows of webhooks and their deliveries as the driver gives them, and what callers see of them. */
import { Schema } from "effect"
import { ReadableJobId } from "../../domain/JobId.ts"
import {
  DeliveryErrorCode,
  DeliveryState,
  EventType,
  type Webhook,
  type WebhookDelivery,
  WebhookId
} from "../../domain/Webhook.ts"

const Timestamp = Schema.DateTimeUtcFromDate

export const WebhookRow = Schema.Struct({
  id: WebhookId,
  organisationId: Schema.String,
  url: Schema.String,
  description: Schema.NullOr(Schema.String),
  events: Schema.Array(Schema.String),
  jobType: Schema.NullOr(Schema.String),
  restaurantId: Schema.NullOr(Schema.String),
  label: Schema.NullOr(Schema.String),
  enabled: Schema.Boolean,
  disabledAt: Schema.NullOr(Timestamp),
  disabledBecause: Schema.NullOr(Schema.Literals(["person", "gone"])),
  formerSecretUntil: Schema.NullOr(Timestamp),
  createdBy: Schema.NullOr(Schema.String),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  lastAt: Schema.NullOr(Timestamp),
  lastState: Schema.NullOr(DeliveryState),
  lastStatusCode: Schema.NullOr(Schema.Int)
})

/** As it is needed to send something. */
export const SendingRow = Schema.Struct({
  url: Schema.String,
  enabled: Schema.Boolean,
  webhookId: WebhookId,
  secret: Schema.Unknown,
  formerSecret: Schema.Unknown,
  formerSecretUntil: Schema.NullOr(Timestamp),
  type: EventType,
  at: Timestamp,
  /** Its job waits with those of silent receivers. */
  amongSilent: Schema.Boolean,
  firstTriedAt: Schema.NullOr(Timestamp),
  tries: Schema.Int
})
export type SendingRow = typeof SendingRow.Type

export const webhookOf = (row: typeof WebhookRow.Type): Webhook => ({
  id: row.id,
  url: row.url,
  events: row.events,
  filter: {
    ...(row.jobType !== null && { jobType: row.jobType }),
    ...(row.restaurantId !== null && { restaurantId: row.restaurantId }),
    ...(row.label !== null && { label: row.label })
  },
  enabled: row.enabled,
  organisationId: row.organisationId,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  ...(row.description !== null && { description: row.description }),
  ...(row.disabledAt !== null && { disabledAt: row.disabledAt }),
  ...(row.disabledBecause !== null && { disabledBecause: row.disabledBecause }),
  ...(row.formerSecretUntil !== null && { formerSecretUntil: row.formerSecretUntil }),
  ...(row.createdBy !== null && { createdBy: row.createdBy }),
  ...(row.lastAt !== null &&
    row.lastState !== null && {
      lastAttempt: {
        at: row.lastAt,
        state: row.lastState,
        ...(row.lastStatusCode !== null && { statusCode: row.lastStatusCode })
      }
    })
})

const AttemptJson = Schema.Struct({
  attempt: Schema.Int,
  at: Schema.DateTimeUtcFromString,
  duration_ms: Schema.Int,
  status_code: Schema.NullOr(Schema.Int),
  error_code: Schema.NullOr(DeliveryErrorCode),
  excerpt: Schema.NullOr(Schema.String)
})

export const DeliveryRow = Schema.Struct({
  id: Schema.String,
  type: EventType,
  state: DeliveryState,
  at: Timestamp,
  createdAt: Timestamp,
  jobId: Schema.NullOr(ReadableJobId),
  nextAttemptAt: Schema.NullOr(Timestamp),
  attempts: Schema.Array(AttemptJson)
})

export const deliveryOf = (row: typeof DeliveryRow.Type): WebhookDelivery => ({
  id: row.id,
  type: row.type,
  state: row.state,
  at: row.at,
  ...(row.jobId !== null && { jobId: row.jobId }),
  ...(row.nextAttemptAt !== null && { nextAttemptAt: row.nextAttemptAt }),
  attempts: row.attempts.map((each) => ({
    attempt: each.attempt,
    at: each.at,
    durationMs: each.duration_ms,
    ...(each.status_code !== null && { statusCode: each.status_code }),
    ...(each.error_code !== null && { errorCode: each.error_code }),
    ...(each.excerpt !== null && { excerpt: each.excerpt })
  }))
})
