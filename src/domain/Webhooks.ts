/**
 * Contract of webhooks, for the caller's organisation.
 *
 * An event is kept in the transaction that changes the job, and exactly one delivery is made of it for each webhook that
 * wants it. A delivery is posted until the receiver answers 2xx, for about a day; whether a receiver got an event and
 * could not say so, nobody knows, so it may get one more than once, always with the same `webhook-id`. The order in
 * which events arrive is not promised.
 */
import { Context, Effect, Option, Schema } from "effect"
import type { InvalidCursor } from "./JobReports.ts"
import type { JobsUnavailable } from "./Jobs.ts"
import type { InputIssue } from "./JobType.ts"
import {
  type CreateWebhook,
  type UpdateWebhook,
  type Webhook,
  type WebhookDelivery,
  WebhookId,
  type WebhookWithSecret
} from "./Webhook.ts"

export class WebhookNotFound extends Schema.TaggedError<WebhookNotFound>()("WebhookNotFound", {
  ref: Schema.String,
  /** The webhook is there, and this delivery of it is not. */
  deliveryId: Schema.optionalKey(Schema.String)
}) {}

/** Nothing may be posted to this address: a sentence that says why. */
export class WebhookUrlRefused extends Schema.TaggedError<WebhookUrlRefused>()("WebhookUrlRefused", {
  message: Schema.String
}) {}

/** Webhooks of one organisation. Each event is looked at by all of them. */
export const MOST_WEBHOOKS = 50

export class TooManyWebhooks extends Schema.TaggedError<TooManyWebhooks>()("TooManyWebhooks", {}) {}

const parseWebhookId: (text: string) => Option.Option<WebhookId> = Schema.decodeUnknownOption(WebhookId)

/** A text that can be no id is not looked up. */
export const webhookIdOf = (text: string): Effect.Effect<WebhookId, WebhookNotFound> =>
  Option.match(parseWebhookId(text), {
    onNone: () => Effect.fail(new WebhookNotFound({ ref: text })),
    onSome: Effect.succeed
  })

export const webhookUrlIssue = ({ message }: WebhookUrlRefused): InputIssue => ({ path: "url", message })

export interface DeliveryPage {
  readonly deliveries: ReadonlyArray<WebhookDelivery>
  readonly nextCursor?: string
}

export interface SentAgain {
  readonly delivery: WebhookDelivery
  /** Not where it stays as it is. */
  readonly isSent: boolean
}

export class Webhooks extends Context.Service<
  Webhooks,
  {
    /** The secret is given here and by `rotateSecret`, and never again. */
    readonly create: (
      request: CreateWebhook
    ) => Effect.Effect<WebhookWithSecret, WebhookUrlRefused | TooManyWebhooks | JobsUnavailable>
    /** Oldest first. */
    readonly list: Effect.Effect<ReadonlyArray<Webhook>, JobsUnavailable>
    readonly get: (id: WebhookId) => Effect.Effect<Webhook, WebhookNotFound | JobsUnavailable>
    readonly update: (
      id: WebhookId,
      changes: UpdateWebhook
    ) => Effect.Effect<Webhook, WebhookNotFound | WebhookUrlRefused | JobsUnavailable>
    /** The one before signs for another day, as each before that does since it was replaced. */
    readonly rotateSecret: (id: WebhookId) => Effect.Effect<WebhookWithSecret, WebhookNotFound | JobsUnavailable>
    /** Its deliveries go too, and what was not delivered is not. */
    readonly remove: (id: WebhookId) => Effect.Effect<void, WebhookNotFound | JobsUnavailable>
    /** Newest first. `limit` is 1 to 100. */
    readonly deliveries: (
      id: WebhookId,
      page: { readonly limit: number; readonly cursor?: string }
    ) => Effect.Effect<DeliveryPage, WebhookNotFound | InvalidCursor | JobsUnavailable>
    /** Posts one that was given up, or was not sent, once more, with the same `webhook-id`. Others stay as they are. */
    readonly sendAgain: (
      id: WebhookId,
      deliveryId: string
    ) => Effect.Effect<SentAgain, WebhookNotFound | JobsUnavailable>
    /** Posts a test once, also when the webhook is off. */
    readonly test: (id: WebhookId) => Effect.Effect<WebhookDelivery, WebhookNotFound | JobsUnavailable>
  }
>()("callboard/domain/Webhooks") {}
