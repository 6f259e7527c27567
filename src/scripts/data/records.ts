/** The records of a file, as they come. */
import { Effect, Stream } from "effect"
import { type FileRecord, makeCsvReader, type RecordReader } from "../../domain/csv.ts"
import { FatalError } from "../../domain/JobError.ts"
import { makeLineReader } from "./lineReader.ts"

export type ImportFormat = "csv" | "ndjson"

export const refuse = (message: string, hint: string) => new FatalError({ code: "VALIDATION_ERROR", message, hint })

export const readerOf = (format: ImportFormat): RecordReader =>
  format === "ndjson" ? makeLineReader() : makeCsvReader()

/** Those of each piece of the text, until one cannot be read. */
export const recordsOf = <E, R>(
  text: Stream.Stream<string, E, R>,
  reader: RecordReader
): Stream.Stream<ReadonlyArray<FileRecord>, E | FatalError, R> =>
  text.pipe(
    Stream.map((piece) => reader.push(piece)),
    Stream.concat(Stream.suspend(() => Stream.make(reader.end()))),
    Stream.mapEffect((records) => {
      const problem = reader.problem()
      return problem === undefined
        ? Effect.succeed(records)
        : Effect.fail(refuse(problem, "Mend the file, then start a new import."))
    })
  )
