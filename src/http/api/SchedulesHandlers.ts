/** What the endpoints of recurring jobs do: one call of their contract each. */
import { Effect } from "effect"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import { JobSchedules, scheduleIdIn } from "../../domain/JobSchedules.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"
import { keyOption, replayedHeader } from "./endpointParts.ts"

const DEFAULT_LIMIT = 50

export const layer = HttpApiBuilder.group(
  Api,
  "schedules",
  Effect.fnUntraced(function* (handlers) {
    const schedules = yield* JobSchedules

    return handlers.handleAll({
      create: Effect.fnUntraced(function* ({ headers, payload }) {
        const { replayed, schedule } = yield* schedules.createOnce(payload, keyOption(headers))
        return HttpApiSchema.withHeaders({
          body: { data: schedule },
          headers: { location: `/api/schedules/${schedule.id}`, ...replayedHeader(replayed) }
        })
      }, answering),

      list: Effect.fnUntraced(function* ({ query: { limit = DEFAULT_LIMIT, ...rest } }) {
        const { nextCursor, schedules: data } = yield* schedules.list({ limit, ...rest })
        return { data, ...(nextCursor !== undefined && { nextCursor }) }
      }, answering),

      get: Effect.fnUntraced(function* ({ params }) {
        return { data: yield* schedules.get(yield* scheduleIdIn(params.id)) }
      }, answering),

      update: Effect.fnUntraced(function* ({ params, payload }) {
        return { data: yield* schedules.update(yield* scheduleIdIn(params.id), payload) }
      }, answering),

      remove: Effect.fnUntraced(function* ({ params }) {
        yield* schedules.remove(yield* scheduleIdIn(params.id))
      }, answering),

      run: Effect.fnUntraced(function* ({ params }) {
        const job = yield* schedules.runNow(yield* scheduleIdIn(params.id))
        return HttpApiSchema.withHeaders({ body: { data: job }, headers: { location: `/api/jobs/${job.jobId}` } })
      }, answering)
    })
  })
)
