/** What the endpoints of API keys do. */
import { DateTime, Effect, Option, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiKeyId, ApiKeyNotFound, ApiKeys, mayGive } from "../../domain/ApiKeys.ts"
import { currentCaller } from "../../domain/Caller.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"
import { Forbidden } from "./identityProblems.ts"
import { ValidationFailed } from "./problems.ts"

const idOf = Schema.decodeOption(ApiKeyId)

export const layer = HttpApiBuilder.group(
  Api,
  "keys",
  Effect.fnUntraced(function* (handlers) {
    const keys = yield* ApiKeys

    return handlers.handleAll({
      createKey: Effect.fnUntraced(function* ({ payload }) {
        const caller = yield* currentCaller
        if (!mayGive(caller, payload.role)) {
          return yield* new Forbidden({ detail: "Only a service makes keys of services. Or use: bun run keys create" })
        }
        if (payload.expiresAt !== undefined && DateTime.isLessThanOrEqualTo(payload.expiresAt, yield* DateTime.now)) {
          return yield* new ValidationFailed({ errors: [{ path: "expiresAt", message: "Expected a time to come" }] })
        }
        const { key, secret } = yield* keys.create({
          ...payload,
          organisationId: caller.organisationId,
          createdBy: caller.name
        })
        return { data: { ...key, secret } }
      }, answering),

      keys: () =>
        answering(
          Effect.gen(function* () {
            return { data: yield* keys.list((yield* currentCaller).organisationId) }
          })
        ),

      revokeKey: Effect.fnUntraced(function* ({ params }) {
        const { name, organisationId } = yield* currentCaller
        const id = idOf(params.id)
        if (Option.isNone(id)) return yield* new ApiKeyNotFound({ id: params.id })
        return { data: yield* keys.revoke(organisationId, id.value, name) }
      }, answering)
    })
  })
)
