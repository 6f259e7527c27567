/** The text of the file that an import reads. */
import { Effect, Stream } from "effect"
import type { UploadId } from "../../domain/Uploads.ts"
import type { DataServices, runningJob } from "./DataServices.ts"
import { type ImportFormat, readerOf, recordsOf, refuse } from "./records.ts"

const NAMED_NDJSON = /\.(?:ndjson|jsonl)$/iu

export interface ImportFrom {
  readonly services: DataServices
  readonly job: Pick<Effect.Success<ReturnType<typeof runningJob>>, "organisationId">
  readonly input: {
    readonly uploadId?: UploadId
    readonly text?: string
    readonly format?: ImportFormat
  }
}

const NOT_UTF8 = refuse(
  "The file is not UTF-8. Save it as CSV UTF-8.",
  "In Excel: Save As, then “CSV UTF-8 (Comma delimited)”."
)

const EMPTY = refuse("The file is empty.", "The first line of a CSV file has to name its columns.")

/** Fails where a byte is no UTF-8: letters would be lost without a word otherwise. */
const strictText = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>) =>
  Stream.suspend(() => {
    const decoder = new TextDecoder("utf-8", { fatal: true })
    const decode = (chunk?: Uint8Array) =>
      Effect.try({ try: () => decoder.decode(chunk, { stream: chunk !== undefined }), catch: () => NOT_UTF8 })
    return Stream.concat(Stream.mapEffect(bytes, decode), Stream.fromEffect(Effect.suspend(decode)))
  })

/** Read once before any row is used, because half of a file would be imported otherwise. Gives the first line of a CSV file. */
const lookThrough = <E, R>(text: Stream.Stream<string, E, R>, format: ImportFormat) =>
  Effect.gen(function* () {
    let header: ReadonlyArray<string> | undefined
    yield* Stream.runForEach(recordsOf(text, readerOf(format)), ([first]) =>
      Effect.sync(() => {
        header ??= first?.cells
      })
    )
    if (format === "ndjson") return undefined
    return header ?? (yield* EMPTY)
  })

/** Its text, its name, how far it is read of its size, and the names of its columns, of which NDJSON has none. */
export const openFile = ({ input, job, services }: ImportFrom) =>
  Effect.gen(function* () {
    if (input.uploadId === undefined) {
      const [text, format] = [Stream.make(input.text ?? ""), input.format ?? "csv"]
      return { text, format, size: 1, read: () => 0, header: yield* lookThrough(text, format) }
    }
    const { read, upload } = yield* services.uploads
      .find(input.uploadId, job.organisationId)
      .pipe(
        Effect.catchTag("UploadNotFound", () =>
          Effect.fail(
            refuse(
              "The uploaded file is not there, or no longer.",
              "Files that no check or import waits for are kept for a day. Upload it again, and check it first."
            )
          )
        )
      )
    const format = input.format ?? (NAMED_NDJSON.test(upload.name) ? "ndjson" : "csv")
    const header = yield* lookThrough(strictText(yield* read), format)
    let bytes = 0
    const counted = Stream.map(yield* read, (chunk) => {
      bytes += chunk.byteLength
      return chunk
    })
    return { text: Stream.decodeText(counted), format, size: Math.max(1, upload.size), read: () => bytes, header }
  })
