/**
 * `bulk_import`: the rows of a file become jobs of one batch. Some rows at a time are one step, made under a key of their
 * own: an attempt that was cut off goes on where it stopped, and no row is made twice.
 */
import { Effect, Schema, Stream } from "effect"
import { ArtifactName } from "../../domain/Artifacts.ts"
import { BULK_TYPE } from "../../domain/BulkJobs.ts"
import { type CreateJob, MOST_IN_BATCH } from "../../domain/Jobs.ts"
import { defineJobType, type JobType } from "../../domain/JobType.ts"
import { Steps } from "../../domain/Steps.ts"
import { UploadId } from "../../domain/Uploads.ts"
import { type DataServices, type LaterServices, runningJob } from "./DataServices.ts"
import { firstOf, previewFields, previewOf } from "./ImportPreview.ts"
import { type ImportedRow, importedRows } from "./ImportRows.ts"
import { columnsIn, openFile, readThrough } from "./importFile.ts"
import { refuse } from "./records.ts"
import { BYTE_ORDER_MARK, csvLine } from "./rowText.ts"

/** Bad rows that are listed; the others are counted. */
const MOST_LISTED = 5_000

/** Bad rows in the result itself; the report has the others. */
const MOST_SHOWN = 50

/** Characters of what is wrong with one row. */
const LONGEST_REASON = 300

const REPORT = ArtifactName.make("report.csv")

const Text = (longest: number) => Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(longest))

interface From {
  readonly uploadId?: string
  readonly text?: string
}

const Input = Schema.Struct({
  jobType: Text(64).annotate({ title: "Job type", description: "Each good row becomes a job of this type." }),
  uploadId: Schema.optionalKey(
    UploadId.annotate({ title: "Uploaded file", description: "The id that POST /api/uploads gave." })
  ),
  text: Schema.optionalKey(
    Text(1_000_000).annotate({ title: "Or the rows themselves", description: "As in the file.", format: "textarea" })
  ),
  format: Schema.optionalKey(
    Schema.Literals(["csv", "ndjson"]).annotate({
      title: "Format",
      description:
        "csv has the names of its columns in the first line; ndjson has one input a line. Standard: as the file is named, or csv."
    })
  ),
  mapping: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        column: Text(200).annotate({ title: "Column" }),
        field: Schema.String.check(Schema.isMaxLength(200)).annotate({
          title: "Field",
          description: "Such as address.city or tags[0].name. Empty: the column is left out."
        })
      })
    )
      .check(Schema.isMaxLength(200))
      .annotate({ title: "Columns with other names", description: "Columns that are named like a field need none." })
  ),
  common: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Json).annotate({
      title: "The same in all rows",
      description: "Fields that no column has."
    })
  ),
  dryRun: Schema.optionalKey(
    Schema.Boolean.annotate({ title: "Only check", description: "Lists what is wrong, and makes no job." })
  ),
  labels: Schema.optionalKey(Schema.Array(Text(100)).check(Schema.isMaxLength(20)).annotate({ title: "Labels" })),
  priority: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: -100, maximum: 100 })).annotate({
      title: "Priority of the jobs",
      description: "From -100 to 100; higher starts first."
    })
  )
}).check(
  Schema.makeFilter(({ text, uploadId }: From) =>
    (text === undefined) === (uploadId === undefined)
      ? { path: ["uploadId"], issue: "Expected either an uploaded file or the rows themselves" }
      : true
  )
)
type Input = typeof Input.Type

const BadRow = Schema.Struct({ line: Schema.Int, reason: Schema.String })
type BadRow = typeof BadRow.Type

const Result = Schema.Struct({
  rows: Schema.Int.annotate({ title: "Rows" }),
  good: Schema.Int.annotate({ title: "Good rows" }),
  bad: Schema.Int.annotate({ title: "Bad rows" }),
  created: Schema.Int.annotate({ title: "Jobs" }),
  batchId: Schema.optionalKey(Schema.String.annotate({ title: "Batch" })),
  unused: previewFields.unused,
  badRows: Schema.Array(BadRow).annotate({ title: "What is wrong" }),
  columns: previewFields.columns,
  firstRows: previewFields.firstRows,
  report: Schema.String.annotate({ title: "Report file" })
})

const Part = Schema.Struct({ rows: Schema.Int, good: Schema.Int, bad: Schema.Int, badRows: Schema.Array(BadRow) })
type Part = typeof Part.Type

interface Running {
  readonly services: DataServices
  readonly job: Effect.Success<ReturnType<typeof runningJob>>
  readonly input: Input
  readonly type: JobType
}

const typeNamed = ({ types }: DataServices, name: string) => {
  // Its jobs work with the rights of a caller, whom the rows of a file do not have.
  if (name === BULK_TYPE)
    return Effect.fail(refuse("No row can become a job that changes many jobs.", "Change them in the list of jobs."))
  return types
    .named(name)
    .pipe(
      Effect.mapError(({ known, reason }) =>
        refuse(
          reason === undefined
            ? `There is no job type “${name}”.`
            : `The job type “${name}” is not available: ${reason}`,
          `There are: ${known.join(", ")}.`.slice(0, 1_000)
        )
      )
    )
}

const requestOf = ({ input, type }: Running, row: ImportedRow): CreateJob => ({
  jobType: type.name,
  input: row.input as Schema.Json,
  ...(input.labels && { labels: input.labels }),
  ...(input.priority !== undefined && { priority: input.priority })
})

const createJobs = (running: Running, good: ReadonlyArray<ImportedRow>, batchId: string, number: number) => {
  const { job, services } = running
  if (good.length === 0) return Effect.void
  // The key makes the same rows once, even if their step is not kept because the worker dies, or was forgotten because
  // somebody starts the import over.
  const options = {
    batchId,
    idempotencyKey: `import:${job.id}:${number}`,
    keptWith: job.id,
    ...(job.createdBy !== undefined && { createdBy: job.createdBy })
  }
  return services.jobs
    .createBatch(
      good.map((row) => requestOf(running, row)),
      options
    )
    .pipe(
      job.asCreator,
      Effect.catchTags({
        BatchRefused: ({ issues }) =>
          Effect.fail(
            refuse(
              "Jobs of some rows were refused.",
              issues
                .map(({ message, path }) => `${path}: ${message}`)
                .join("; ")
                .slice(0, 500)
            )
          ),
        IdempotencyMismatch: () =>
          Effect.fail(
            refuse("The rows are not the same as in the try before.", "Start a new import with what is missing.")
          )
      }),
      Effect.asVoid
    )
}

const listed = (bad: ReadonlyArray<ImportedRow>, room: number): ReadonlyArray<BadRow> =>
  bad.slice(0, room).map(({ line, reason = "" }) => ({ line, reason: reason.slice(0, LONGEST_REASON) }))

const add = (a: Part, b: Part): Part => ({
  rows: a.rows + b.rows,
  good: a.good + b.good,
  bad: a.bad + b.bad,
  badRows: [...a.badRows, ...b.badRows]
})

const nothing: Part = { rows: 0, good: 0, bad: 0, badRows: [] }

/** Not the bare id: who kept that had not looked at the file yet. */
const Opened = Schema.Struct({ batchId: Schema.String })

/** Reads the file in parts. Of those that an earlier attempt made, only the rows are counted. Gives what it understood, too. */
const importParts = Effect.fn("importParts")(function* (running: Running) {
  const { input, job, type } = running
  const steps = yield* Steps
  const { common = {}, dryRun = false, mapping = [] } = input
  const opened = Effect.map(openFile(running), (file) => ({
    file,
    source: { format: file.format, type, mapping, common }
  }))
  const { batchId } = yield* steps.run(
    "start",
    Opened,
    Effect.gen(function* () {
      const { file, source } = yield* opened
      yield* readThrough(file)
      yield* columnsIn(source, file)
      // Started over, it is the same batch.
      return { batchId: job.id }
    })
  )
  const { file, source } = yield* opened
  const columns = yield* columnsIn(source, file)
  let [sum, number] = [nothing, 0]
  let firstRows: ReadonlyArray<ImportedRow> = []
  const take = (rows: ReadonlyArray<ImportedRow>) =>
    Effect.gen(function* () {
      number += 1
      const bad = rows.filter(({ reason }) => reason !== undefined)
      const good = rows.filter(({ reason }) => reason === undefined)
      firstRows = firstOf([...firstRows, ...good])
      const part: Part = {
        rows: rows.length,
        good: good.length,
        bad: bad.length,
        badRows: listed(bad, MOST_LISTED - sum.badRows.length)
      }
      const work = dryRun ? Effect.void : createJobs(running, good, batchId, number)
      const done = yield* steps.run(`rows-${number}`, Part, Effect.as(work, part))
      sum = add(sum, done)
      const said = `${sum.rows.toLocaleString("en")} rows, ${sum.bad.toLocaleString("en")} of them bad`
      yield* steps.progress(said, { done: file.read(), of: file.size })
    })
  yield* importedRows(source, file.text).pipe(Stream.grouped(MOST_IN_BATCH), Stream.runForEach(take))
  return { batchId, sum, preview: previewOf({ columns, mapping, firstRows }, dryRun) }
})

const encoder = new TextEncoder()

const writeReport = ({ job, services }: Running, { bad, badRows }: Part) => {
  const lines = badRows.map(({ line, reason }) => csvLine([line, reason]))
  const more = bad - badRows.length
  const rest = more > 0 ? [csvLine(["", `and ${more} more bad rows`])] : []
  return services.artifacts.put(
    { jobId: job.id, name: REPORT, kind: "file", contentType: "text/csv; charset=utf-8", attempt: job.attempt },
    encoder.encode([BYTE_ORDER_MARK, csvLine(["line", "reason"]), ...lines, ...rest].join(""))
  )
}

export const makeBulkImport = (later: LaterServices): JobType =>
  defineJobType({
    name: "bulk_import",
    title: "Import jobs from a file",
    description:
      "Starts a job for each row of a table that is saved as a CSV or NDJSON file. The rows are checked first.",
    lane: "default",
    input: Input,
    result: Result,
    steps: [
      { name: "start", title: "Open the file" },
      { name: "rows", title: "Read rows, part", repeats: true },
      { name: "report", title: "Write the report" }
    ],
    example: { jobType: "data_export", text: "of,format\njobs,csv\nlogs,ndjson\n", dryRun: true },
    timeout: "6 hours",
    run: (input) =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const services = yield* later
        const running = {
          services,
          job: yield* runningJob(services),
          input,
          type: yield* typeNamed(services, input.jobType)
        }
        const { batchId, preview, sum } = yield* importParts(running)
        const { bad, badRows, good, rows } = sum
        yield* steps.run("report", Schema.Null, Effect.as(writeReport(running, sum), null))
        const isReal = input.dryRun !== true && good > 0
        return {
          rows,
          good,
          bad,
          created: isReal ? good : 0,
          ...(isReal && { batchId }),
          ...preview,
          badRows: badRows.slice(0, MOST_SHOWN),
          report: REPORT
        }
      })
  })
