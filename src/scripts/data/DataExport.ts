/**
 * `data_export`: jobs, results or logs of the creator's organisation as one file. It is written in parts, each a step and
 * a file of its own, so that an attempt that was cut off goes on after the last part; then the parts become one.
 */
import { DateTime, Duration, Effect, Option, Schema, Stream } from "effect"
import { type Artifact, ArtifactName } from "../../domain/Artifacts.ts"
import type { JobFilter } from "../../domain/JobFilter.ts"
import { columnsOf, RowsOf } from "../../domain/JobRows.ts"
import { ShownStatus } from "../../domain/JobStatus.ts"
import { SentTime } from "../../domain/Jobs.ts"
import { defineJobType, type JobType } from "../../domain/JobType.ts"
import { Steps } from "../../domain/Steps.ts"
import { type DataServices, type LaterServices, runningJob } from "./DataServices.ts"
import { BYTE_ORDER_MARK, csvLine, csvRow, ndjsonRow } from "./rowText.ts"

/** Rows of one part: what is done again at most. */
const ROWS_IN_PART = 50_000

/** Rows of one look into the database: at first, and at most. Between, as many as make about so many characters. */
const FIRST_LOOK = 50
const LARGEST_LOOK = 2_000
const LOOK_CHARACTERS = 2_000_000

const FORMATS = ["csv", "ndjson"] as const

const word = (title: string, description?: string) =>
  Schema.optionalKey(
    Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200)).annotate({
      title,
      ...(description && { description })
    })
  )
const DAY = /^\d{4}-\d{2}-\d{2}$/u

/** A day begins at midnight in UTC. A time without a zone would depend on the worker that reads it. */
const momentOf = (text: string) => Schema.decodeUnknownOption(SentTime)(DAY.test(text) ? `${text}T00:00:00Z` : text)

const moment = (title: string) =>
  Schema.optionalKey(
    Schema.String.check(
      Schema.makeFilter(
        (text: string) =>
          Option.isSome(momentOf(text)) ||
          "Expected a day that exists, or a time with its zone, as 2026-05-31 or 2026-05-31T09:30:00Z"
      )
    ).annotate({ title, description: "As 2026-05-31, which begins at midnight in UTC, or 2026-05-31T09:30:00Z." })
  )

const dateOf = (text: string) => DateTime.toDateUtc(Option.getOrThrow(momentOf(text)))

/** The filters of lists, as a form asks for them. */
const ExportFilter = Schema.Struct({
  status: Schema.optionalKey(ShownStatus.annotate({ title: "Status" })),
  jobType: word("Job type", "Its name, such as add-item-tags."),
  restaurantId: word("Restaurant"),
  label: word("Label"),
  batchId: word("Batch"),
  createdBy: word("Created by"),
  text: word("Text", "In the type, the id, the restaurant or the error."),
  createdAfter: moment("Created from"),
  createdBefore: moment("Created before")
})

const filterOf = (wanted: typeof ExportFilter.Type = {}): JobFilter => {
  const { createdAfter, createdBefore, status, text, ...rest } = wanted
  return {
    ...rest,
    ...(status !== undefined && { status: [status] }),
    ...(text !== undefined && { q: text }),
    ...(createdAfter !== undefined && { createdAfter: dateOf(createdAfter) }),
    ...(createdBefore !== undefined && { createdBefore: dateOf(createdBefore) })
  }
}

const Input = Schema.Struct({
  of: RowsOf.annotate({ title: "What", description: "Jobs, their results, or the lines of their logs." }),
  format: Schema.Literals(FORMATS).annotate({
    title: "Format",
    description: "csv opens in spreadsheets; ndjson has one JSON document a line."
  }),
  filter: Schema.optionalKey(
    ExportFilter.annotate({ title: "Which jobs", description: "All, where nothing is chosen." })
  ),
  expiresInHours: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 24 * 30 })).annotate({
      title: "Keep for so many hours",
      description: "Then the file is removed. Standard: 168, a week."
    })
  )
})
type Input = typeof Input.Type

const Result = Schema.Struct({
  file: Schema.String.annotate({ title: "File" }),
  rows: Schema.Int.annotate({ title: "Rows" }),
  bytes: Schema.Int.annotate({ title: "Bytes" }),
  sha256: Schema.String.annotate({ title: "SHA-256" }),
  expiresAt: Schema.String.annotate({ title: "Kept until" })
})

const Part = Schema.Struct({ file: ArtifactName, rows: Schema.Int, next: Schema.optionalKey(Schema.String) })
type Part = typeof Part.Type

const WEEK_HOURS = 168

const CONTENT_TYPES = { csv: "text/csv; charset=utf-8", ndjson: "application/x-ndjson" } as const

const encoder = new TextEncoder()

interface Running {
  readonly services: DataServices
  readonly job: Effect.Success<ReturnType<typeof runningJob>>
  readonly input: Input
  readonly expiresAt: DateTime.Utc
  readonly rowsInPart: number
}

const nameOf = ({ format, of }: Input) => ArtifactName.make(`${of}.${format}`)
const partName = ({ format, of }: Input, number: number) => ArtifactName.make(`${of}.part-${number}.${format}`)

const fileOf = ({ input, job }: Running, name: ArtifactName) => ({
  jobId: job.id,
  name,
  kind: "file" as const,
  contentType: CONTENT_TYPES[input.format],
  attempt: job.attempt
})

/** Writes one part, a look into the database after the other: nothing but the current look is in memory. */
const writePart = Effect.fn("writePart")(function* (
  running: Running,
  number: number,
  start: string | undefined,
  before: number
) {
  const { input, job, rowsInPart, services } = running
  const { progress } = yield* Steps
  const columns = columnsOf[input.of]
  const lineOf = input.format === "csv" ? csvRow : ndjsonRow
  let [rows, most] = [0, FIRST_LOOK]
  let next = start
  let isDone = false
  const look = Effect.gen(function* () {
    const part = yield* services.rows
      .read({
        of: input.of,
        organisationId: job.organisationId,
        filter: filterOf(input.filter),
        after: next,
        until: job.id,
        most: Math.min(most, rowsInPart - rows)
      })
      .pipe(job.asCreator)
    const text = part.rows.map((row) => lineOf(columns, row)).join("")
    rows += part.rows.length
    next = part.next
    isDone = part.next === undefined || rows >= rowsInPart
    const perRow = text.length / Math.max(1, part.rows.length)
    most = Math.max(1, Math.min(LARGEST_LOOK, Math.floor(LOOK_CHARACTERS / Math.max(1, perRow))))
    yield* progress(`${(before + rows).toLocaleString("en")} rows written`)
    return encoder.encode(text)
  })
  const looks = Stream.unfold(undefined, () =>
    Effect.suspend(() =>
      isDone ? Effect.succeed(undefined) : Effect.map(look, (bytes) => [bytes, undefined] as const)
    )
  )
  const file = partName(input, number)
  yield* services.artifacts.put(fileOf(running, file), looks)
  return { file, rows, ...(next !== undefined && { next }) } satisfies Part
})

/** As many parts as there are rows for. */
const writeParts = Effect.fn("writeParts")(function* (running: Running) {
  const steps = yield* Steps
  const parts: Array<Part> = []
  let next: string | undefined
  let before = 0
  do {
    const number = parts.length + 1
    const part = yield* steps.run(`write-${number}`, Part, writePart(running, number, next, before))
    parts.push(part)
    before += part.rows
    next = part.next
  } while (next !== undefined)
  return parts
})

const bytesOf = ({ job, services }: Running, { file }: Part) =>
  Stream.unwrap(Effect.flatMap(services.artifacts.find(job.id, file), ({ read }) => read()))

/** One file of all parts, with the names of the columns first. */
const join = Effect.fn("join")(function* (running: Running, parts: ReadonlyArray<Part>) {
  const { input, services } = running
  const head = input.format === "csv" ? BYTE_ORDER_MARK + csvLine(columnsOf[input.of]) : ""
  const content = Stream.make(encoder.encode(head)).pipe(
    Stream.concat(Stream.fromIterable(parts).pipe(Stream.flatMap((part) => bytesOf(running, part))))
  )
  return yield* services.artifacts.put({ ...fileOf(running, nameOf(input)), expiresAt: running.expiresAt }, content)
})

const resultOf = ({ expiresAt }: Running, { name, sha256, size }: Artifact, parts: ReadonlyArray<Part>) => ({
  file: name,
  rows: parts.reduce((sum, { rows }) => sum + rows, 0),
  bytes: size,
  sha256,
  expiresAt: DateTime.formatIso(expiresAt)
})

export const makeDataExport = (later: LaterServices, rowsInPart = ROWS_IN_PART): JobType =>
  defineJobType({
    name: "data_export",
    title: "Export jobs to a file",
    description: "Writes jobs, their results or their logs into one CSV or NDJSON file to download.",
    lane: "default",
    input: Input,
    result: Result,
    steps: [
      { name: "write", title: "Write part", repeats: true },
      { name: "join", title: "Put the file together" }
    ],
    example: {
      of: "jobs" as const,
      format: "csv" as const,
      filter: { status: "failed" as const },
      expiresInHours: 24
    },
    timeout: "6 hours",
    run: (input) =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const services = yield* later
        const job = yield* runningJob(services)
        const lifetime = Duration.hours(input.expiresInHours ?? WEEK_HOURS)
        const expiresAt = DateTime.addDuration(yield* DateTime.now, lifetime)
        const running = { services, job, input, expiresAt, rowsInPart }
        const parts = yield* writeParts(running)
        const result = yield* steps.run(
          "join",
          Result,
          Effect.map(join(running, parts), (artifact) => resultOf(running, artifact, parts))
        )
        const names = parts.map(({ file }) => file)
        yield* services.artifacts.remove(job.id, names)
        return result
      })
  })
