import { Duration, Effect, Option, Stream } from "effect"
import { HttpServerRequest, type Multipart } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import type { Bytes } from "../../domain/Artifacts.ts"
import { currentCaller } from "../../domain/Caller.ts"
import { LARGEST_UPLOAD, MOST_KEPT, Uploads } from "../../domain/Uploads.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"
import { BodyTimeout, BodyTooLarge, UnsupportedMediaType, ValidationFailed } from "./problems.ts"

/** What a body may be itself. Browsers and command lines say different things of the same file. */
const FILE_TYPES = ["text/csv", "application/x-ndjson", "application/ndjson", "application/jsonl", "text/plain"]

const tooLarge = new BodyTooLarge({ detail: `At most ${LARGEST_UPLOAD / 1_024 ** 2} MiB are taken.` })

const full = new BodyTooLarge({
  detail: `Your organisation’s files may take up ${MOST_KEPT / 1_024 ** 3} GiB. Each of them goes after a day.`
})

/** The largest file takes that long at a megabit per second. */
const LONGEST_UPLOAD = Duration.minutes(15)

const late = new BodyTimeout({
  detail: `The file did not arrive within ${Duration.toMinutes(LONGEST_UPLOAD)} minutes.`
})

/** What a form has besides its file. */
const REST_OF_FORM = 1_024 ** 2

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

/** PostgreSQL stores neither of these. */
const storable = (text: string): string => text.replaceAll("\0", "").toWellFormed()

const shownName = (name: string): string => storable(name.replace(/^.*[\\/]/su, "").slice(0, LONGEST_NAME)) || "file"

const isFile = (part: Multipart.Part): part is Multipart.File => part._tag === "File" && part.key === "file"

/** The first file of the form, as it comes: the rest of the form is not waited for. */
const fromForm = <A, E>(request: HttpServerRequest.HttpServerRequest, take: (sent: Sent) => Effect.Effect<A, E>) =>
  request.multipartStream.pipe(
    Stream.mapError(() => unreadable),
    Stream.filter(isFile),
    Stream.mapEffect((part) =>
      take({
        name: shownName(part.name),
        contentType: storable(part.contentType),
        content: Stream.mapError(part.content, () => unreadable)
      })
    ),
    Stream.runHead,
    Effect.flatMap(Option.match({ onNone: () => Effect.fail(unreadable), onSome: Effect.succeed }))
  )

const inTime = Effect.timeoutOrElse({ duration: LONGEST_UPLOAD, orElse: () => Effect.fail(late) })

export const layer = HttpApiBuilder.group(
  Api,
  "uploads",
  Effect.fnUntraced(function* (handlers) {
    const uploads = yield* Uploads

    return handlers.handleAll({
      create: Effect.fnUntraced(function* ({ query }) {
        const request = yield* HttpServerRequest.HttpServerRequest
        const { organisationId, subject } = yield* currentCaller
        const type = typeOf(request.headers["content-type"])
        const take = ({ content, contentType, name }: Sent) =>
          uploads
            .put({ name, contentType, organisationId, createdBy: subject }, limited(content))
            .pipe(Effect.catchTag("UploadsFull", () => Effect.fail(full)))
        if (Number(request.headers["content-length"]) > LARGEST_UPLOAD + REST_OF_FORM) return yield* tooLarge
        if (type === "multipart/form-data") return { data: yield* inTime(fromForm(request, take)) }
        if (!FILE_TYPES.includes(type)) return yield* unsupported
        const content = Stream.mapError(request.stream, () => unreadable)
        return { data: yield* inTime(take({ name: shownName(query.name ?? "file"), contentType: type, content })) }
      }, answering)
    })
  })
)
