import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { AuditLog } from "../../domain/AuditLog.ts"
import { currentCaller } from "../../domain/Caller.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"

const DEFAULT_LIMIT = 50

export const layer = HttpApiBuilder.group(
  Api,
  "audit",
  Effect.fnUntraced(function* (handlers) {
    const audit = yield* AuditLog

    return handlers.handleAll({
      audit: Effect.fnUntraced(function* ({ query: { cursor, limit = DEFAULT_LIMIT, ...filter } }) {
        const { organisationId } = yield* currentCaller
        const page = { limit, ...(cursor !== undefined && { cursor }) }
        const { entries, nextCursor } = yield* audit.list(organisationId, filter, page)
        return { data: entries, ...(nextCursor !== undefined && { nextCursor }) }
      }, answering)
    })
  })
)
