/** The text of the file that an import reads. */
import { Effect, Stream } from "effect"
import { FatalError } from "../../domain/JobError.ts"
import type { UploadId } from "../../domain/Uploads.ts"
import type { DataServices, runningJob } from "./DataServices.ts"

export const refuse = (message: string, hint: string) => new FatalError({ code: "VALIDATION_ERROR", message, hint })

export interface ImportFrom {
  readonly services: DataServices
  readonly job: Pick<Effect.Success<ReturnType<typeof runningJob>>, "organisationId">
  readonly input: { readonly uploadId?: UploadId; readonly text?: string }
}

const NOT_UTF8 = refuse(
  "The file is not UTF-8. Save it as CSV UTF-8.",
  "In Excel: Save As, then “CSV UTF-8 (Comma delimited)”."
)

/** Read once before any row is: half of a file would be imported otherwise, or letters would be lost without a word. */
const insistOnUtf8 = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>) =>
  Effect.suspend(() => {
    const decoder = new TextDecoder("utf-8", { fatal: true })
    const decode = (chunk?: Uint8Array) =>
      Effect.try({ try: () => decoder.decode(chunk, { stream: chunk !== undefined }), catch: () => NOT_UTF8 })
    return Effect.andThen(Stream.runForEach(bytes, decode), decode())
  })

/** The text of the file, its name, and how far it is read, from 0 to 1. */
export const openFile = ({ input, job, services }: ImportFrom) =>
  Effect.gen(function* () {
    if (input.uploadId === undefined) return { text: Stream.make(input.text ?? ""), name: "", size: 1, read: () => 0 }
    const { read, upload } = yield* services.uploads
      .find(input.uploadId, job.organisationId)
      .pipe(
        Effect.catchTag("UploadNotFound", () =>
          Effect.fail(
            refuse("The uploaded file is not there, or no longer.", "Files are kept for a day: upload it again.")
          )
        )
      )
    yield* insistOnUtf8(yield* read)
    let bytes = 0
    const counted = Stream.map(yield* read, (chunk) => {
      bytes += chunk.byteLength
      return chunk
    })
    return { text: Stream.decodeText(counted), name: upload.name, size: Math.max(1, upload.size), read: () => bytes }
  })
