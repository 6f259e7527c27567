import { Effect, Option, Stream } from "effect"
import { HttpServerRequest, type Multipart } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import type { Bytes } from "../../domain/Artifacts.ts"
import { CurrentCaller, localCaller } from "../../domain/Caller.ts"
import { LARGEST_UPLOAD, Uploads } from "../../domain/Uploads.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"
import { BodyTooLarge, UnsupportedMediaType, ValidationFailed } from "./problems.ts"

/** What a body may be itself. Browsers and command lines say different things of the same file. */
const FILE_TYPES = ["text/csv", "application/x-ndjson", "application/ndjson", "application/jsonl", "text/plain"]

const tooLarge = new BodyTooLarge({ detail: `At most ${LARGEST_UPLOAD / 1_024 ** 2} MiB are taken.` })

const unreadable = new ValidationFailed({
  detail: "The form could not be read.",
  errors: [{ path: "file", message: "Send the file as the form's field “file”" }]
})

const unsupported = new UnsupportedMediaType({
  detail: "Send a form with Content-Type: multipart/form-data, or the file itself as text/csv or application/x-ndjson."
})

type Refused = BodyTooLarge | ValidationFailed

/** Breaks off as soon as there is more than is taken, whatever the headers said. */
const limited = (content: Bytes<Refused>): Bytes<Refused> => {
  let size = 0
  return Stream.mapEffect(content, (chunk) => {
    size += chunk.byteLength
    return size > LARGEST_UPLOAD ? Effect.fail(tooLarge) : Effect.succeed(chunk)
  })
}

const typeOf = (header: string | undefined): string => header?.split(";")[0]?.trim().toLowerCase() ?? ""

interface Sent {
  readonly name: string
  readonly contentType: string
  readonly content: Bytes<Refused>
}

/** A name says nothing to us; it is shown. */
const LONGEST_NAME = 200
const shownName = (name: string): string => name.replace(/^.*[\\/]/u, "").slice(0, LONGEST_NAME) || "file"

const isFile = (part: Multipart.Part): part is Multipart.File => part._tag === "File" && part.key === "file"

/** The first file of the form, as it comes: the rest of the form is not waited for. */
const fromForm = <A, E>(request: HttpServerRequest.HttpServerRequest, take: (sent: Sent) => Effect.Effect<A, E>) =>
  request.multipartStream.pipe(
    Stream.mapError(() => unreadable),
    Stream.filter(isFile),
    Stream.mapEffect((part) =>
      take({
        name: shownName(part.name),
        contentType: part.contentType,
        content: Stream.mapError(part.content, () => unreadable)
      })
    ),
    Stream.runHead,
    Effect.flatMap(Option.match({ onNone: () => Effect.fail(unreadable), onSome: Effect.succeed }))
  )

export const layer = HttpApiBuilder.group(
  Api,
  "uploads",
  Effect.fnUntraced(function* (handlers) {
    const uploads = yield* Uploads

    return handlers.handleAll({
      create: Effect.fnUntraced(function* ({ query }) {
        const request = yield* HttpServerRequest.HttpServerRequest
        const { organisationId, subject } = Option.getOrElse(yield* CurrentCaller, () => localCaller)
        const type = typeOf(request.headers["content-type"])
        const take = ({ content, contentType, name }: Sent) =>
          uploads.put({ name, contentType, organisationId, createdBy: subject }, limited(content))
        if (Number(request.headers["content-length"]) > 2 * LARGEST_UPLOAD) return yield* tooLarge
        if (type === "multipart/form-data") return { data: yield* fromForm(request, take) }
        if (!FILE_TYPES.includes(type)) return yield* unsupported
        const content = Stream.mapError(request.stream, () => unreadable)
        return { data: yield* take({ name: shownName(query.name ?? "file"), contentType: type, content }) }
      }, answering)
    })
  })
)
