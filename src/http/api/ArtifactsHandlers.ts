import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { Artifacts } from "../../domain/Artifacts.ts"
import { jobRefOf } from "../../domain/Jobs.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"
import { etagOf, fileHeaders, rangeOf } from "./fileHeaders.ts"
import { matchesTag } from "./JobStatusView.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "artifacts",
  Effect.fnUntraced(function* (handlers) {
    const artifacts = yield* Artifacts

    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ params }) {
        return { data: yield* artifacts.list(yield* jobRefOf(params.id)) }
      }, answering),

      read: Effect.fnUntraced(function* ({ headers, params }) {
        const { artifact, read } = yield* artifacts.find(yield* jobRefOf(params.id), params.name)
        const etag = etagOf(artifact)
        if (matchesTag(headers["if-none-match"], etag)) {
          return HttpServerResponse.empty({ status: 304, headers: { etag } })
        }
        const isSame = headers["if-range"] === undefined || headers["if-range"] === etag
        const range = isSame ? rangeOf(headers.range, artifact.size) : undefined
        const { from, until } = range ?? { from: 0, until: artifact.size }
        return HttpServerResponse.stream(yield* read(range), {
          status: range === undefined ? 200 : 206,
          contentLength: until - from,
          headers: {
            ...fileHeaders(artifact),
            ...(range !== undefined && { "content-range": `bytes ${from}-${until - 1}/${artifact.size}` })
          }
        })
      }, answering)
    })
  })
)
