/** The endpoints of webhooks. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { CreateWebhook, UpdateWebhook, Webhook, WebhookDelivery, WebhookWithSecret } from "../../domain/Webhook.ts"
import { MOST_WEBHOOKS } from "../../domain/Webhooks.ts"
import { Needs } from "./Access.ts"
import { accepted, data, withExample } from "./endpointParts.ts"
import {
  InvalidCursorProblem,
  ServiceUnavailable,
  TooManyWebhooksProblem,
  ValidationFailed,
  WebhookNotFoundProblem
} from "./problems.ts"
import { BodyRules, NoBodyRules, RequestRules } from "./rules.ts"

const params = { id: Schema.String.annotateKey({ description: "The UUID of the webhook." }) }

const create = HttpApiEndpoint.post("create", "/api/webhooks", {
  payload: CreateWebhook,
  success: HttpApiSchema.WithHeaders(data(WebhookWithSecret).pipe(HttpApiSchema.status(201)), {
    location: Schema.String.annotateKey({ description: "Where to look at the webhook: /api/webhooks/<id>." })
  }),
  error: [ValidationFailed, TooManyWebhooksProblem, ServiceUnavailable]
})
  .middleware(BodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Create a webhook",
      description:
        "Has events posted to an address. The answer holds the secret that signs them (Standard Webhooks); it is shown " +
        "this once. Addresses that are not public are refused.",
      transform: withExample({
        url: "https://hooks.example.com/callboard",
        events: ["job.completed", "job.failed"],
        filter: { jobType: "add-item-tags" },
        description: "Tells the front end"
      })
    })
  )

const list = HttpApiEndpoint.get("list", "/api/webhooks", {
  success: data(Schema.Array(Webhook)),
  error: [ServiceUnavailable]
})
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "List webhooks",
      description: `All of the organisation, oldest first; there are ${MOST_WEBHOOKS} at most.`
    })
  )

const get = HttpApiEndpoint.get("get", "/api/webhooks/:id", {
  params,
  success: data(Webhook),
  error: [WebhookNotFoundProblem, ServiceUnavailable]
})
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({ summary: "Get a webhook", description: "With how its last delivery went; never its secret." })
  )

const update = HttpApiEndpoint.patch("update", "/api/webhooks/:id", {
  params,
  payload: UpdateWebhook,
  success: data(Webhook),
  error: [WebhookNotFoundProblem, ValidationFailed, ServiceUnavailable]
})
  .middleware(BodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Change a webhook, or switch it on or off",
      description:
        "What is not sent stays; `filter` is replaced as a whole. Events of the time it is off are not sent.",
      transform: withExample({ enabled: false })
    })
  )

const remove = HttpApiEndpoint.delete("remove", "/api/webhooks/:id", {
  params,
  success: HttpApiSchema.NoContent.annotate({ description: "It is removed." }),
  error: [WebhookNotFoundProblem, ServiceUnavailable]
})
  .middleware(NoBodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Remove a webhook",
      description: "Its deliveries are removed too; those that wait are not sent."
    })
  )

const rotateSecret = HttpApiEndpoint.post("rotateSecret", "/api/webhooks/:id/rotate-secret", {
  params,
  success: data(WebhookWithSecret),
  error: [WebhookNotFoundProblem, ServiceUnavailable]
})
  .middleware(NoBodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Replace the secret of a webhook",
      description:
        "The answer holds the new secret, this once. For 24 hours every message is signed with both, so that a receiver " +
        "can change over in between."
    })
  )

const deliveries = HttpApiEndpoint.get("deliveries", "/api/webhooks/:id/deliveries", {
  params,
  query: {
    limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 }))).annotateKey({
      description: "Deliveries per page, 1 to 100. Default: 20."
    }),
    cursor: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(2_000))).annotateKey({
      description: "The nextCursor of the page before."
    })
  },
  success: Schema.Struct({ data: Schema.Array(WebhookDelivery), nextCursor: Schema.optionalKey(Schema.String) }),
  error: [WebhookNotFoundProblem, InvalidCursorProblem, ServiceUnavailable]
})
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "List deliveries of a webhook",
      description:
        "Newest first, of the last 7 days, with each attempt: when, how long, what was answered, what comes next."
    })
  )

const test = HttpApiEndpoint.post("test", "/api/webhooks/:id/test", {
  params,
  success: data(WebhookDelivery).pipe(accepted),
  error: [WebhookNotFoundProblem, ServiceUnavailable]
})
  .middleware(NoBodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Send a test",
      description:
        "Posts an event of the type `webhook.test` once, also while the webhook is off. How it went is among its deliveries."
    })
  )

const sendAgain = HttpApiEndpoint.post("sendAgain", "/api/webhooks/:id/deliveries/:deliveryId/retry", {
  params: {
    ...params,
    deliveryId: Schema.String.annotateKey({ description: "The UUID of the delivery, which is its `webhook-id`." })
  },
  success: data(WebhookDelivery).pipe(accepted),
  error: [WebhookNotFoundProblem, ServiceUnavailable]
})
  .middleware(NoBodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Send a delivery again",
      description:
        "Posts a delivery that was given up, or was not sent, once more, with the same `webhook-id`. One that waits or was " +
        "delivered stays as it is."
    })
  )

export const WebhooksEndpoints = HttpApiGroup.make("webhooks")
  .add(create, list, get, update, remove, rotateSecret, deliveries, sendAgain, test)
  .middleware(RequestRules)
  .annotateMerge(
    OpenApi.annotations({
      title: "Webhooks",
      description: "Addresses that are told what becomes of jobs. For admins."
    })
  )
