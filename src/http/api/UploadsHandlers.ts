import { Effect, Option, Stream } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { Uploads } from "../../domain/Uploads.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"
import { UnsupportedMediaType } from "./problems.ts"
import {
  inTime,
  isAnnouncedTooLarge,
  isFile,
  keep,
  type Sent,
  sentIn,
  shownName,
  tooLarge,
  unreadable
} from "./receiveUpload.ts"

/** What a body may be itself. Browsers and command lines say different things of the same file. */
const FILE_TYPES = ["text/csv", "application/x-ndjson", "application/ndjson", "application/jsonl", "text/plain"]

const unsupported = new UnsupportedMediaType({
  detail: "Send a form with Content-Type: multipart/form-data, or the file itself as text/csv or application/x-ndjson."
})

const typeOf = (header: string | undefined): string => header?.split(";")[0]?.trim().toLowerCase() ?? ""

/** The first file of the form, as it comes: the rest of the form is not waited for. */
const fromForm = <A, E, R>(
  request: HttpServerRequest.HttpServerRequest,
  take: (sent: Sent) => Effect.Effect<A, E, R>
) =>
  request.multipartStream.pipe(
    Stream.mapError(() => unreadable),
    Stream.filter(isFile("file")),
    Stream.mapEffect((part) => take(sentIn(part))),
    Stream.runHead,
    Effect.flatMap(Option.match({ onNone: () => Effect.fail(unreadable), onSome: Effect.succeed }))
  )

export const layer = HttpApiBuilder.group(
  Api,
  "uploads",
  Effect.fnUntraced(function* (handlers) {
    const uploads = yield* Uploads
    const take = (sent: Sent) => Effect.provideService(keep(sent), Uploads, uploads)

    return handlers.handleAll({
      create: Effect.fnUntraced(function* ({ query }) {
        const request = yield* HttpServerRequest.HttpServerRequest
        const type = typeOf(request.headers["content-type"])
        if (isAnnouncedTooLarge(request.headers["content-length"])) return yield* tooLarge
        if (type === "multipart/form-data") return { data: yield* inTime(fromForm(request, take)) }
        if (!FILE_TYPES.includes(type)) return yield* unsupported
        const content = Stream.mapError(request.stream, () => unreadable)
        return { data: yield* inTime(take({ name: shownName(query.name ?? "file"), contentType: type, content })) }
      }, answering)
    })
  })
)
