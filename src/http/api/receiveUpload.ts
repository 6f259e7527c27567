/** Takes files that people send, as they come: by the API, and by forms of the board. */
import { Duration, Effect, Stream } from "effect"
import { Multipart } from "effect/http"
import type { Bytes } from "../../domain/Artifacts.ts"
import { currentCaller } from "../../domain/Caller.ts"
import { storableName } from "../../domain/Storable.ts"
import { LARGEST_UPLOAD, MOST_KEPT, Uploads } from "../../domain/Uploads.ts"
import { BodyTimeout, BodyTooLarge, ValidationFailed } from "./problems.ts"

export const tooLarge = new BodyTooLarge({ detail: `At most ${LARGEST_UPLOAD / 1_024 ** 2} MiB are taken.` })

const full = new BodyTooLarge({
  detail: `Your organisation’s files may take up ${MOST_KEPT / 1_024 ** 3} GiB. Each goes after a day, unless a check or an import still needs it: remove those of them that nobody needs.`
})

/** The largest file takes that long at a megabit per second. */
const LONGEST_UPLOAD = Duration.minutes(15)

const late = new BodyTimeout({
  detail: `The file did not arrive within ${Duration.toMinutes(LONGEST_UPLOAD)} minutes.`
})

/** What a form has besides its file. */
export const REST_OF_FORM = 1_024 ** 2

export const unreadable = new ValidationFailed({
  detail: "The form could not be read.",
  errors: [{ path: "file", message: "Send the file as the form's field “file”" }]
})

type Refused = BodyTooLarge | ValidationFailed

export interface Sent {
  readonly name: string
  readonly contentType: string
  readonly content: Bytes<Refused>
}

/** Breaks off as soon as there is more than is taken, whatever the headers said. */
const limited = (content: Bytes<Refused>): Bytes<Refused> => {
  let size = 0
  return Stream.mapEffect(content, (chunk) => {
    size += chunk.byteLength
    return size > LARGEST_UPLOAD ? Effect.fail(tooLarge) : Effect.succeed(chunk)
  })
}

/** A name says nothing to us; it is shown. */
const LONGEST_NAME = 200

export const shownName = (name: string): string =>
  storableName(name.replace(/^.*[\\/]/su, "").slice(0, LONGEST_NAME)) || "file"

/** The file of a form, under the name that the form has for it. */
export const isFile =
  (key: string) =>
  (part: Multipart.Part): part is Multipart.File =>
    Multipart.isFile(part) && part.key === key

export const sentIn = (part: Multipart.File): Sent => ({
  name: shownName(part.name),
  contentType: storableName(part.contentType),
  content: Stream.mapError(part.content, () => unreadable)
})

/** Keeps it for a day at least, for the organisation of whoever asks. */
export const keep = Effect.fn("keepUpload")(function* ({ content, contentType, name }: Sent) {
  const { organisationId, subject } = yield* currentCaller
  const { put } = yield* Uploads
  return yield* put({ name, contentType, organisationId, createdBy: subject }, limited(content)).pipe(
    Effect.catchTag("UploadsFull", () => Effect.fail(full))
  )
})

export const isAnnouncedTooLarge = (contentLength: string | undefined): boolean =>
  Number(contentLength) > LARGEST_UPLOAD + REST_OF_FORM

export const inTime = Effect.timeoutOrElse({ duration: LONGEST_UPLOAD, orElse: () => Effect.fail(late) })
