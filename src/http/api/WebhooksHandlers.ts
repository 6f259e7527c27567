/** What the endpoints of webhooks do: one call of their contract each, for admins. */
import { Effect } from "effect"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import { Webhooks, webhookIdOf } from "../../domain/Webhooks.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"

const DEFAULT_LIMIT = 20

export const layer = HttpApiBuilder.group(
  Api,
  "webhooks",
  Effect.fnUntraced(function* (handlers) {
    const webhooks = yield* Webhooks

    return handlers.handleAll({
      create: Effect.fnUntraced(function* ({ payload }) {
        const webhook = yield* webhooks.create(payload)
        return HttpApiSchema.withHeaders({
          body: { data: webhook },
          headers: { location: `/api/webhooks/${webhook.id}` }
        })
      }, answering),

      list: () => Effect.map(webhooks.list, (data) => ({ data })).pipe(answering),

      get: Effect.fnUntraced(function* ({ params }) {
        return { data: yield* webhooks.get(yield* webhookIdOf(params.id)) }
      }, answering),

      update: Effect.fnUntraced(function* ({ params, payload }) {
        return { data: yield* webhooks.update(yield* webhookIdOf(params.id), payload) }
      }, answering),

      remove: Effect.fnUntraced(function* ({ params }) {
        yield* webhooks.remove(yield* webhookIdOf(params.id))
      }, answering),

      rotateSecret: Effect.fnUntraced(function* ({ params }) {
        return { data: yield* webhooks.rotateSecret(yield* webhookIdOf(params.id)) }
      }, answering),

      deliveries: Effect.fnUntraced(function* ({ params, query: { limit = DEFAULT_LIMIT, ...rest } }) {
        const id = yield* webhookIdOf(params.id)
        const { deliveries, nextCursor } = yield* webhooks.deliveries(id, { limit, ...rest })
        return { data: deliveries, ...(nextCursor !== undefined && { nextCursor }) }
      }, answering),

      sendAgain: Effect.fnUntraced(function* ({ params }) {
        const { delivery } = yield* webhooks.sendAgain(yield* webhookIdOf(params.id), params.deliveryId)
        return { data: delivery }
      }, answering),

      test: Effect.fnUntraced(function* ({ params }) {
        return { data: yield* webhooks.test(yield* webhookIdOf(params.id)) }
      }, answering)
    })
  })
)
