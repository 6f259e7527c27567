/** The board's form of an import, as a browser sends it: its file is kept while it comes, its texts are bounded. */
import { Effect, Stream } from "effect"
import { HttpServerRequest, Multipart } from "effect/http"
import type { Upload } from "../../domain/Uploads.ts"
import { FILE_FIELD } from "../../views/ImportPage.tsx"
import { BodyTooLarge } from "../api/problems.ts"
import {
  inTime,
  isAnnouncedTooLarge,
  isFile,
  keep,
  REST_OF_FORM,
  sentIn,
  tooLarge,
  unreadable
} from "../api/receiveUpload.ts"
import { asTyped } from "./formOf.ts"

export interface SentImport {
  readonly texts: ReadonlyMap<string, string>
  /** Absent where no file was chosen. */
  readonly upload?: Upload
}

const textsTooLarge = new BodyTooLarge({ detail: "At most 1 MiB of rows can be pasted. Send them as a file." })

/** Fields that nobody knows, and a form that has many of them, are no form of ours. */
const MOST_PARTS = 50

export const readImportForm = (request: Request) =>
  Effect.gen(function* () {
    // A form of another kind was read for the mark of its reader already.
    if (request.bodyUsed) return yield* unreadable
    if (isAnnouncedTooLarge(request.headers.get("content-length") ?? undefined)) return yield* tooLarge
    const texts = new Map<string, string>()
    let [size, upload] = [0, undefined as Upload | undefined]
    const take = Effect.fnUntraced(function* (part: Multipart.Part) {
      if (Multipart.isField(part)) {
        size += part.value.length
        if (size > REST_OF_FORM) return yield* textsTooLarge
        texts.set(part.key, asTyped(part.value))
        return
      }
      if (upload !== undefined || !isFile(FILE_FIELD)(part)) return yield* unreadable
      // Browsers send a field without a chosen file as a file without a name.
      if (part.name === "") yield* Stream.runDrain(part.content)
      else upload = yield* keep(sentIn(part))
    })
    yield* HttpServerRequest.fromWeb(request).multipartStream.pipe(
      Stream.mapEffect(take),
      Stream.runDrain,
      Effect.catchTag("MultipartError", () => Effect.fail(unreadable)),
      Effect.provide(Multipart.limitsServices({ maxParts: MOST_PARTS, maxFieldSize: 2 * REST_OF_FORM }))
    )
    return { texts, ...(upload !== undefined && { upload }) } satisfies SentImport
  }).pipe(inTime)
