/** Webhooks: addresses that are told what becomes of jobs, and what became of telling them. */
import { Schema } from "effect"
import { Time } from "./Job.ts"
import { ReadableJobId } from "./JobId.ts"
import { StorableText, unstorable } from "./Storable.ts"

export const WebhookId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("WebhookId"))
export type WebhookId = typeof WebhookId.Type

/** What happens to a job. `job.started` comes with each attempt. */
export const JobEvent = Schema.Literals([
  "job.started",
  "job.completed",
  "job.failed",
  "job.cancelled",
  "job.needs_input"
])
export type JobEvent = typeof JobEvent.Type

export const EventFilter = Schema.Literals(["*", ...JobEvent.literals])
export type EventFilter = typeof EventFilter.Type

/** What is asked for by hand, to see whether the receiver answers. */
export const TEST_EVENT = "webhook.test"

export const EventType = Schema.Literals([...JobEvent.literals, TEST_EVENT])
export type EventType = typeof EventType.Type

const fields = {
  url: StorableText.check(Schema.isMinLength(1)).annotate({ description: "Where events are posted to: https." }),
  events: Schema.Array(EventFilter)
    .check(Schema.isMinLength(1), Schema.isMaxLength(10), Schema.isUnique())
    .annotate({ description: "Events that are sent; `*` stands for all of them, also those of later versions." }),
  description: StorableText.annotate({ description: "What it is for, as people read it." }),
  filter: Schema.Struct({
    jobType: Schema.optionalKey(StorableText.check(Schema.isMinLength(1))),
    restaurantId: Schema.optionalKey(StorableText.check(Schema.isMinLength(1))),
    label: Schema.optionalKey(StorableText.check(Schema.isMinLength(1)))
  }).annotate({ description: "Only jobs to which all of these apply. Default: all jobs." }),
  enabled: Schema.Boolean.annotate({ description: "Whether events are sent. Default: true." })
}

const storable = Schema.makeFilter((value: unknown) => unstorable(value))

export const CreateWebhook = Schema.Struct({
  url: fields.url,
  events: fields.events,
  description: Schema.optionalKey(fields.description),
  filter: Schema.optionalKey(fields.filter),
  enabled: Schema.optionalKey(fields.enabled)
})
  .check(storable)
  .annotate({ identifier: "CreateWebhook" })
export type CreateWebhook = typeof CreateWebhook.Type

/** Absent fields stay as they are. `filter` is replaced as a whole. */
export const UpdateWebhook = Schema.Struct({
  url: Schema.optionalKey(fields.url),
  events: Schema.optionalKey(fields.events),
  description: Schema.optionalKey(fields.description),
  filter: Schema.optionalKey(fields.filter),
  enabled: Schema.optionalKey(fields.enabled)
})
  .check(storable)
  .annotate({ identifier: "UpdateWebhook" })
export type UpdateWebhook = typeof UpdateWebhook.Type

/** `pending`: not yet, or tried again later. `failed`: given up. `skipped`: the webhook was off when its turn came. */
export const DeliveryState = Schema.Literals(["pending", "delivered", "failed", "skipped"])
export type DeliveryState = typeof DeliveryState.Type

/** Why there was no answer that counts. */
export const DeliveryErrorCode = Schema.Literals([
  "STATUS",
  "TIMEOUT",
  "CONNECTION",
  "TLS",
  "NAME",
  "ADDRESS_NOT_ALLOWED"
])
export type DeliveryErrorCode = typeof DeliveryErrorCode.Type

export const Webhook = Schema.Struct({
  id: WebhookId,
  url: Schema.String,
  events: Schema.Array(Schema.String),
  description: Schema.optionalKey(Schema.String),
  filter: fields.filter,
  enabled: Schema.Boolean,
  disabledAt: Schema.optionalKey(Time),
  /** `gone`: its receiver answered 410. */
  disabledBecause: Schema.optionalKey(Schema.Literals(["person", "gone"])),
  /** Until then the secret before the current one signs too; those before that end earlier. */
  formerSecretUntil: Schema.optionalKey(Time),
  /** How the newest delivery that was tried went. */
  lastAttempt: Schema.optionalKey(
    Schema.Struct({ at: Time, state: DeliveryState, statusCode: Schema.optionalKey(Schema.Int) })
  ),
  organisationId: Schema.String,
  createdBy: Schema.optionalKey(Schema.String),
  createdAt: Time,
  updatedAt: Time
}).annotate({ identifier: "Webhook" })
export type Webhook = typeof Webhook.Type

/** Shown once, when it is made. */
export const WebhookWithSecret = Schema.Struct({
  ...Webhook.fields,
  /** `whsec_` and 32 bytes in base64. It cannot be shown again. */
  secret: Schema.String
}).annotate({ identifier: "WebhookWithSecret" })
export type WebhookWithSecret = typeof WebhookWithSecret.Type

export const DeliveryAttempt = Schema.Struct({
  attempt: Schema.Int,
  at: Time,
  durationMs: Schema.Int,
  /** Absent when there was no answer. */
  statusCode: Schema.optionalKey(Schema.Int),
  errorCode: Schema.optionalKey(DeliveryErrorCode),
  /** The first words of the answer, with secrets and personal data hidden. */
  excerpt: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "DeliveryAttempt" })
export type DeliveryAttempt = typeof DeliveryAttempt.Type

export const WebhookDelivery = Schema.Struct({
  /** The `webhook-id` that the receiver gets, the same with every attempt. */
  id: Schema.String,
  type: EventType,
  state: DeliveryState,
  /** When the event was. */
  at: Time,
  /** Of the job it tells of. */
  jobId: Schema.optionalKey(ReadableJobId),
  /** Absent when there is none to come. */
  nextAttemptAt: Schema.optionalKey(Time),
  attempts: Schema.Array(DeliveryAttempt)
}).annotate({ identifier: "WebhookDelivery" })
export type WebhookDelivery = typeof WebhookDelivery.Type
