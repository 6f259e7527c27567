/** Jobs from a file: the form that takes it, and the button that makes jobs of what was only checked. */
import { Effect, Option } from "effect"
import { type Context, Hono } from "hono"
import type { Job } from "../../domain/Job.ts"
import { type CreateJob, Jobs, jobRefOf } from "../../domain/Jobs.ts"
import { type JobType, JobTypes } from "../../domain/JobType.ts"
import { fieldsOf, noColumnKnown } from "../../domain/RowMapping.ts"
import { requiresSecret, secretAmong, secretRefusal } from "../../domain/secretFields.ts"
import { UploadId, Uploads } from "../../domain/Uploads.ts"
import { parseCsv } from "../../views/form/csvRows.ts"
import { isRecord } from "../../views/form/FormDraft.ts"
import {
  IMPORT_ACTION,
  type ImportDraft,
  ImportPage,
  type ImportPageProps,
  tooLargeText
} from "../../views/ImportPage.tsx"
import { isStartedHere } from "../../views/isStartedHere.ts"
import { checkedImport, IMPORT_TYPE, startKey } from "../../views/JobImport.tsx"
import { RouteNotFound, ValidationFailed } from "../api/problems.ts"
import { tooLarge } from "../api/receiveUpload.ts"
import { personOf } from "../callerOf.ts"
import { READER_FIELD, readerMark } from "../readerMark.ts"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { readImportForm, type SentImport } from "./importForm.ts"
import { needs } from "./needs.ts"
import { pageResponse } from "./page.tsx"

type Problem = NonNullable<ImportPageProps["problem"]>

const empty: ImportDraft = { jobType: "", rows: "", mapping: "", labels: "" }

const draftOf = (texts: ReadonlyMap<string, string>): ImportDraft => ({
  jobType: texts.get("jobType") ?? "",
  rows: texts.get("rows") ?? "",
  mapping: texts.get("mapping") ?? "",
  labels: texts.get("labels") ?? ""
})

const linesOf = (text: string, separator: string): ReadonlyArray<string> =>
  text
    .split(separator)
    .map((line) => line.trim())
    .filter((line) => line !== "")

/** Lines of a mapping, and characters of one: a column and a field have at most 200 each, or nearly so. */
const MOST_LINES = 200
const LONGEST_LINE = 400

/** "Cost = price" */
const mappingOf = ({ mapping }: ImportDraft) =>
  linesOf(mapping, "\n").map((line) => {
    const sign = line.indexOf("=")
    return sign === -1
      ? { column: line, field: undefined }
      : { column: line.slice(0, sign).trim(), field: line.slice(sign + 1).trim() }
  })

const mappingProblem = (draft: ImportDraft): string | undefined => {
  const lines = linesOf(draft.mapping, "\n")
  if (lines.length > MOST_LINES) return `At most ${MOST_LINES} columns can be renamed.`
  if (lines.some((line) => line.length > LONGEST_LINE)) return `A line has more than ${LONGEST_LINE} characters.`
  const wrong = mappingOf(draft).some(({ column, field }) => column === "" || field === undefined)
  return wrong ? "A line has no equals sign, or no column before it." : undefined
}

/** What is pasted is kept with the job, so a secret is refused before that, and what may hide one. */
const rowsProblem = (draft: ImportDraft, type: Pick<JobType, "inputSchema"> | undefined): string | undefined => {
  const { columns, problem } = parseCsv(draft.rows)
  const mapping = mappingOf(draft)
  const named = columns.map((column) => mapping.find((each) => each.column === column)?.field ?? column)
  // Of a mapping whose column is spelt otherwise in the table, too.
  const asked = [...named, ...mapping.map(({ field = "" }) => field)].filter((field) => field !== "")
  const secret = type && secretAmong(type.inputSchema, asked)
  if (secret !== undefined) return secretRefusal(secret)
  if (problem !== undefined || type === undefined) return problem
  // A first line that names no field is no heading, and whatever stands for it below could be a secret.
  const renamed = mapping.map(({ column, field = "" }) => ({ column, field }))
  if (fieldsOf(type.inputSchema, columns, renamed).some((field) => field !== undefined)) return undefined
  const { hint, message } = noColumnKnown(type.inputSchema)
  return `${message} ${hint}`
}

/** Of the file that came now, or that came with the form before. */
const keptOf = ({ texts, upload }: SentImport): ImportPageProps["kept"] => {
  const [id, name] = [upload?.id ?? texts.get("uploadId"), upload?.name ?? texts.get("uploadName")]
  return id === undefined || id === "" ? undefined : { id, name: name ?? "The file" }
}

const problemOf = (
  draft: ImportDraft,
  kept: ImportPageProps["kept"],
  types: ReadonlyArray<JobType>
): Problem | undefined => {
  if (draft.jobType === "") return { field: "jobType", text: "Choose what each row becomes." }
  if (kept === undefined && draft.rows.trim() === "") return { field: "file", text: "Choose a file, or paste rows." }
  const wrong = mappingProblem(draft)
  if (wrong !== undefined) return { field: "mapping", text: wrong }
  if (kept !== undefined) return undefined
  const text = rowsProblem(
    draft,
    types.find(({ name }) => name === draft.jobType)
  )
  return text === undefined ? undefined : { field: "rows", text }
}

const inputOf = (draft: ImportDraft, kept: ImportPageProps["kept"]) => {
  const [labels, mapping] = [linesOf(draft.labels, ","), mappingOf(draft)]
  return {
    jobType: draft.jobType,
    ...(kept === undefined ? { text: draft.rows } : { uploadId: kept.id }),
    ...(mapping.length > 0 && { mapping: mapping.map(({ column, field = "" }) => ({ column, field })) }),
    ...(labels.length > 0 && { labels }),
    dryRun: true
  }
}

const importType = Effect.flatMap(JobTypes, ({ all, named }) =>
  Effect.map(named(IMPORT_TYPE), (type) => ({
    type,
    types: all.filter((each) => each.name !== IMPORT_TYPE && isStartedHere(each) && !requiresSecret(each.inputSchema))
  }))
)

const send = (sent: SentImport) =>
  Effect.gen(function* () {
    const { texts } = sent
    const [draft, kept] = [draftOf(texts), keptOf(sent)]
    const formKey = texts.get("key")?.slice(0, 100) || crypto.randomUUID()
    const refused = (problem: Problem, key = formKey) =>
      Effect.map(importType, (known) => ({ props: { ...known, draft, kept, problem, formKey: key } }))
    const problem = problemOf(draft, kept, (yield* JobTypes).all)
    if (problem !== undefined) return yield* refused(problem)
    const { create } = yield* Jobs
    const request: CreateJob = { jobType: IMPORT_TYPE, input: inputOf(draft, kept) }
    return yield* create(request, { idempotencyKey: formKey }).pipe(
      Effect.map(({ job }) => ({ path: `/jobs/${job.jobId}` })),
      Effect.catchTags({
        InvalidInput: ({ issues }) =>
          refused({ field: "form", text: issues.map(({ message, path }) => `${path}: ${message}`).join("; ") }),
        IdempotencyMismatch: () =>
          refused({ field: "form", text: "This form was sent before. Send it again." }, crypto.randomUUID())
      })
    )
  })

const show = (
  c: Context,
  { info }: Board,
  props: Omit<ImportPageProps, "action">,
  status: 200 | 413 | 422 = 200
): Response => {
  const mark = readerMark(personOf(c))
  const action = mark === undefined ? IMPORT_ACTION : `${IMPORT_ACTION}?${READER_FIELD}=${mark}`
  return pageResponse(c, info, {
    title: props.type.title,
    status,
    here: `/jobs/new/${IMPORT_TYPE}`,
    content: <ImportPage {...props} action={action} />
  })
}

const gone = new ValidationFailed({
  detail: "The file of this check is no longer kept. Check it again.",
  errors: [{ path: "file", message: "is no longer kept" }]
})

/** The import would only fail, and the check would say that it was started. */
const checkFile = ({ organisationId }: Job, input: Job["input"]) =>
  Effect.gen(function* () {
    const id = isRecord(input) ? input.uploadId : undefined
    if (id === undefined) return
    const { find } = yield* Uploads
    yield* find(UploadId.make(String(id)), organisationId).pipe(
      Effect.catchTag("UploadNotFound", () => Effect.fail(gone))
    )
  })

/** The same input again, this time in earnest. Pressed twice it is one job, however late. */
const importChecked = (ref: string) =>
  Effect.gen(function* () {
    const { create, get, madeWith } = yield* Jobs
    const checked = yield* get(yield* jobRefOf(ref))
    const input = checkedImport(checked)
    if (input === undefined) return yield* new RouteNotFound()
    const key = startKey(checked)
    const before = yield* madeWith(key)
    if (Option.isSome(before)) return before.value
    yield* checkFile(checked, input)
    const { job } = yield* create({ jobType: IMPORT_TYPE, input }, { idempotencyKey: key, keptWith: checked.id })
    return job
  })

export const importRoutes = (board: Board) =>
  new Hono()
    .get(`/jobs/new/${IMPORT_TYPE}`, needs("create"), (c, next) =>
      c.req.query("as") === undefined
        ? answer(c, board, {
            load: importType,
            show: (known) => {
              const draft = { ...empty, jobType: c.req.query("jobType") ?? "" }
              return show(c, board, { ...known, draft, formKey: crypto.randomUUID() })
            }
          })
        : next()
    )
    .post(IMPORT_ACTION, needs("create"), (c) => {
      const refused = (text: string) =>
        Effect.map(importType, (known) => ({
          status: 413 as const,
          props: {
            ...known,
            draft: empty,
            formKey: crypto.randomUUID(),
            problem: { field: "file" as const, text }
          }
        }))
      const load = readImportForm(c.req.raw).pipe(
        Effect.flatMap(send),
        Effect.catchTag("BodyTooLarge", (error) => refused(error === tooLarge ? tooLargeText : (error.detail ?? "")))
      )
      return answer(c, board, {
        load,
        show: (sent) =>
          "path" in sent ? c.redirect(sent.path, 303) : show(c, board, sent.props, "status" in sent ? sent.status : 422)
      })
    })
    .post("/jobs/:ref/import", needs("create"), (c) =>
      answer(c, board, {
        load: importChecked(c.req.param("ref")),
        show: ({ jobId }) => c.redirect(`/jobs/${jobId}`, 303)
      })
    )
