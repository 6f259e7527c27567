/** Jobs from a file: the form that takes it, and the button that makes jobs of what was only checked. */
import { Effect } from "effect"
import { type Context, Hono } from "hono"
import { type CreateJob, Jobs, jobRefOf } from "../../domain/Jobs.ts"
import { JobTypes } from "../../domain/JobType.ts"
import {
  IMPORT_ACTION,
  type ImportDraft,
  ImportPage,
  type ImportPageProps,
  tooLargeText
} from "../../views/ImportPage.tsx"
import { checkedImport, IMPORT_TYPE } from "../../views/JobImport.tsx"
import { RouteNotFound } from "../api/problems.ts"
import { tooLarge } from "../api/receiveUpload.ts"
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

/** "Cost = price" */
const mappingOf = ({ mapping }: ImportDraft) =>
  linesOf(mapping, "\n").map((line) => {
    const [column = "", field] = line.split(/\s*=\s*/u)
    return { column, field }
  })

/** Of the file that came now, or that came with the form before. */
const keptOf = ({ texts, upload }: SentImport): ImportPageProps["kept"] => {
  const [id, name] = [upload?.id ?? texts.get("uploadId"), upload?.name ?? texts.get("uploadName")]
  return id === undefined || id === "" ? undefined : { id, name: name ?? "The file" }
}

const problemOf = (draft: ImportDraft, kept: ImportPageProps["kept"]): Problem | undefined => {
  if (draft.jobType === "") return { field: "jobType", text: "Choose what each row becomes." }
  if (kept === undefined && draft.rows.trim() === "") return { field: "file", text: "Choose a file, or paste rows." }
  const wrong = mappingOf(draft).find(({ column, field }) => column === "" || field === undefined)
  return wrong && { field: "mapping", text: "A line has no equals sign, or no column before it." }
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
  Effect.map(named(IMPORT_TYPE), (type) => ({ type, types: all.filter(({ name }) => name !== IMPORT_TYPE) }))
)

const send = (sent: SentImport) =>
  Effect.gen(function* () {
    const { texts } = sent
    const [draft, kept] = [draftOf(texts), keptOf(sent)]
    const formKey = texts.get("key")?.slice(0, 100) || crypto.randomUUID()
    const refused = (problem: Problem, key = formKey) =>
      Effect.map(importType, (known) => ({ props: { ...known, draft, kept, problem, formKey: key } }))
    const problem = problemOf(draft, kept)
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

const show = (c: Context, { info }: Board, props: ImportPageProps, status: 200 | 413 | 422 = 200): Response =>
  pageResponse(c, info, {
    title: props.type.title,
    status,
    here: `/jobs/new/${IMPORT_TYPE}`,
    content: <ImportPage {...props} />
  })

/** The same input again, this time in earnest. Pressed twice it is one job. */
const importChecked = (ref: string) =>
  Effect.gen(function* () {
    const { create, get } = yield* Jobs
    const checked = yield* get(yield* jobRefOf(ref))
    const input = checkedImport(checked)
    if (input === undefined) return yield* new RouteNotFound()
    const { job } = yield* create({ jobType: IMPORT_TYPE, input }, { idempotencyKey: `import-${checked.id}` })
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
