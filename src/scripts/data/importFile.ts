/** The text of the file that an import reads. */
import { Effect, Option, Stream } from "effect"
import type { FatalError } from "../../domain/JobError.ts"
import type { UploadId } from "../../domain/Uploads.ts"
import type { DataServices, runningJob } from "./DataServices.ts"
import { checkCommon, columnsOf, type ImportSource } from "./ImportRows.ts"
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

export interface ImportFile<E> {
  /** Can be read again and again. */
  readonly text: Stream.Stream<string, E | FatalError>
  readonly format: ImportFormat
  readonly size: number
  /** How far of its size it is read, this time. */
  readonly read: () => number
}

/** Read to its end before any row is used, because half of a file would be imported otherwise. */
export const readThrough = <E>({ format, text }: ImportFile<E>) => Stream.runDrain(recordsOf(text, readerOf(format)))

/** The names of its columns, of which NDJSON has none. */
const headerOf = <E>({ format, text }: ImportFile<E>) =>
  format === "ndjson"
    ? Effect.undefined
    : recordsOf(text, readerOf(format)).pipe(
        Stream.flattenIterable,
        Stream.runHead,
        Effect.flatMap(Option.match({ onNone: () => EMPTY, onSome: ({ cells }) => Effect.succeed(cells) }))
      )

/** What the file says before its rows: the columns of a CSV file. */
export const columnsIn = <E>(source: ImportSource, file: ImportFile<E>) =>
  Effect.gen(function* () {
    yield* checkCommon(source)
    const header = yield* headerOf(file)
    return header && (yield* columnsOf(source, header))
  })

export const openFile = ({ input, job, services }: ImportFrom) =>
  Effect.gen(function* () {
    if (input.uploadId === undefined) {
      return { text: Stream.make(input.text ?? ""), format: input.format ?? "csv", size: 1, read: () => 0 }
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
    let bytes = 0
    const counted = Effect.map(read, (stream) => {
      bytes = 0
      return Stream.tap(stream, ({ byteLength }) =>
        Effect.sync(() => {
          bytes += byteLength
        })
      )
    })
    return {
      text: strictText(Stream.unwrap(counted)),
      format: input.format ?? (NAMED_NDJSON.test(upload.name) ? "ndjson" : "csv"),
      size: Math.max(1, upload.size),
      read: () => bytes
    }
  })
