/** Webhooks in memory, behind the contract that API and board answer from. */
import { DateTime, Effect } from "effect"
import { InvalidCursor } from "../../src/domain/JobReports.ts"
import { type Webhook, type WebhookDelivery, WebhookId } from "../../src/domain/Webhook.ts"
import { TooManyWebhooks, WebhookNotFound, Webhooks, WebhookUrlRefused } from "../../src/domain/Webhooks.ts"
import { CREATED_AT } from "./builders.ts"

const at = DateTime.makeUnsafe(CREATED_AT)

export const SECRET = "whsec_c2hvd24gb25jZSwgYW5kIG5ldmVyIGFnYWluIGFmdGVy"

export const aDelivery: WebhookDelivery = {
  id: "018f0000-0000-7000-8000-0000000000d1",
  type: "job.failed",
  state: "pending",
  at,
  nextAttemptAt: at,
  attempts: [{ attempt: 1, at, durationMs: 120, statusCode: 503, errorCode: "STATUS", excerpt: "<b>busy</b>" }]
}

export const makeFakeWebhooks = () => {
  const all = new Map<string, Webhook>()
  const deliveries: Array<WebhookDelivery> = [aDelivery]
  const pages: Array<{ readonly limit: number; readonly cursor?: string }> = []

  const find = (id: WebhookId) =>
    Effect.suspend(() => {
      const webhook = all.get(id)
      return webhook === undefined ? new WebhookNotFound({ ref: id }) : Effect.succeed(webhook)
    })
  const put = (webhook: Webhook) => {
    all.set(webhook.id, webhook)
    return webhook
  }
  const check = (url: string | undefined) =>
    url !== undefined && !url.startsWith("https:") ? new WebhookUrlRefused({ message: "Expected https" }) : Effect.void

  const contract = Webhooks.of({
    create: ({ enabled = true, filter = {}, ...request }) =>
      Effect.gen(function* () {
        yield* check(request.url)
        if (request.description === "one too many") return yield* new TooManyWebhooks()
        const made = put({
          ...request,
          id: WebhookId.make(Bun.randomUUIDv7()),
          filter,
          enabled,
          ...(!enabled && { disabledAt: at, disabledBecause: "person" }),
          organisationId: "default",
          createdAt: at,
          updatedAt: at
        })
        return { ...made, secret: SECRET }
      }),
    list: Effect.sync(() => [...all.values()]),
    get: find,
    update: (id, { enabled, ...changes }) =>
      Effect.gen(function* () {
        const { disabledAt, disabledBecause, ...found } = yield* find(id)
        yield* check(changes.url)
        const off = enabled === undefined ? !found.enabled : !enabled
        return put({
          ...found,
          ...changes,
          enabled: !off,
          ...(off && { disabledAt: disabledAt ?? at, disabledBecause: disabledBecause ?? "person" })
        })
      }),
    rotateSecret: (id) =>
      Effect.map(find(id), (found) => ({ ...put({ ...found, formerSecretUntil: at }), secret: SECRET })),
    remove: (id) => Effect.map(find(id), () => void all.delete(id)),
    deliveries: (id, page) =>
      Effect.flatMap(find(id), () => {
        pages.push(page)
        return page.cursor === "bad" ? new InvalidCursor() : Effect.succeed({ deliveries, nextCursor: "next" })
      }),
    sendAgain: (id, deliveryId) =>
      Effect.flatMap(find(id), () => {
        const index = deliveries.findIndex((delivery) => delivery.id === deliveryId)
        const found = deliveries[index]
        if (found === undefined) return new WebhookNotFound({ ref: id, deliveryId })
        const sent: WebhookDelivery = { ...found, state: "pending" }
        deliveries[index] = sent
        return Effect.succeed({ delivery: sent, isSent: true })
      }),
    test: (id) =>
      Effect.map(find(id), (): WebhookDelivery => {
        const { nextAttemptAt, ...rest } = aDelivery
        return { ...rest, type: "webhook.test", attempts: [] }
      })
  })

  return { all, deliveries, pages, contract }
}
