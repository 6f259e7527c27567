/** Jobs from a table: each row is checked as the form of one job is, then all are made at once. */
import { Effect } from "effect"
import { type Context, Hono } from "hono"
import { tooManyCells } from "../../domain/csv.ts"
import { type CreateJob, Jobs, MOST_IN_BATCH } from "../../domain/Jobs.ts"
import { type BadRow, CSV_FIELD, CsvForm, CsvPage, type CsvPageProps, type CsvResult } from "../../views/CsvPage.tsx"
import { type CsvTable, parseCsv } from "../../views/form/csvRows.ts"
import type { FormDraft } from "../../views/form/FormDraft.ts"
import type { FormField } from "../../views/form/FormFields.ts"
import { answerForm } from "./answerForm.tsx"
import type { Board } from "./Board.ts"
import { formOf } from "./formOf.ts"
import { draftOfForm, draftToShow, exampleDraft, type JobForm, redrawnDraft, requestOf } from "./JobForm.ts"
import { needs } from "./needs.ts"
import { fragmentResponse, pageResponse, wantsFragment } from "./page.tsx"

/** Paths of the fields that a cell can fill. Secrets are no cells: tables are pasted, mailed and kept. */
const columnsOf = (fields: ReadonlyArray<FormField>, parent = ""): ReadonlyArray<string> =>
  fields.flatMap((field): ReadonlyArray<string> => {
    const path = parent === "" ? field.key : `${parent}.${field.key}`
    if (field.kind === "group") return columnsOf(field.fields, path)
    return field.kind === "list" || field.kind === "secret" ? [] : [path]
  })

const emptyTable = "There is no row yet. The first line names the columns."

const faultOf = (known: ReadonlyArray<string>, { columns, problem, rows }: CsvTable): string | undefined => {
  if (problem !== undefined) return problem
  if (rows.length === 0) return emptyTable
  const strange = columns.filter((column) => !known.includes(column))
  if (strange.length > 0) return `There is no field named ${strange.map((each) => `“${each}”`).join(", ")} for a table.`
  return rows.length > MOST_IN_BATCH ? `At most ${MOST_IN_BATCH} rows at once; these are ${rows.length}.` : undefined
}

/** The texts of the form with the cells of one row in their places; a cell may hold several lines. */
const rowDraft = (base: FormDraft, columns: ReadonlyArray<string>, cells: ReadonlyArray<string>): FormDraft =>
  new Map([...base, ...columns.map((column, index) => [column, cells[index] ?? ""] as const)])

const check = (form: JobForm, base: FormDraft, csv: string) =>
  Effect.gen(function* () {
    const table = parseCsv(csv)
    const problem = faultOf(columnsOf(form.fields ?? []), table)
    if (problem !== undefined) return { requests: [], result: { good: 0, bad: [], problem } satisfies CsvResult }
    const requests: Array<CreateJob> = []
    const bad: Array<BadRow> = []
    for (const { cells, line } of table.rows) {
      const message = tooManyCells(cells, table.columns)
      if (message !== undefined) {
        bad.push({ line, issues: [{ path: "", message }] })
        continue
      }
      const { issues, request } = {
        issues: [],
        request: undefined,
        ...(yield* requestOf(form, rowDraft(base, table.columns, cells)))
      }
      if (request === undefined) bad.push({ line, issues })
      else requests.push(request)
    }
    return { requests, result: { good: requests.length, bad } satisfies CsvResult }
  })

interface Shown {
  readonly draft: FormDraft
  readonly csv: string
  readonly formKey: string
  readonly result?: CsvResult | undefined
}

const propsOf = (form: JobForm, { csv, draft, formKey, result }: Shown): CsvPageProps => ({
  type: form.type,
  fields: form.fields ?? [],
  columns: columnsOf(form.fields ?? []),
  context: { draft, issues: [], hasSecrets: form.hasSecrets, action: `/jobs/new/${form.type.name}/csv` },
  csv,
  formKey,
  result
})

const show = (c: Context, { info }: Board, props: CsvPageProps): Response => {
  const bad = props.result !== undefined && (props.result.problem !== undefined || props.result.bad.length > 0)
  if (wantsFragment(c)) return fragmentResponse(c, <CsvForm {...props} />)
  return pageResponse(c, info, {
    title: `${props.type.title}: many at once`,
    here: props.context.action,
    status: bad ? 422 : 200,
    content: <CsvPage {...props} />
  })
}

const send = (form: JobForm, texts: ReadonlyMap<string, string>) =>
  Effect.gen(function* () {
    const csv = texts.get(CSV_FIELD) ?? ""
    const formKey = texts.get("key")?.slice(0, 100) || crypto.randomUUID()
    const base = draftOfForm(texts)
    const shown = { draft: draftToShow(form, base), csv, formKey }
    const redrawn = redrawnDraft(form, texts)
    if (redrawn !== undefined) return { props: propsOf(form, { ...shown, draft: redrawn }) }
    const { requests, result } = yield* check(form, base, csv)
    const mayStart = requests.length > 0 && (result.bad.length === 0 || texts.has("skip"))
    if (texts.has("check") || !mayStart) return { props: propsOf(form, { ...shown, result }) }
    const { batchId } = yield* (yield* Jobs).createBatch(requests, { idempotencyKey: formKey })
    return { path: `/jobs?batch=${batchId}` }
  }).pipe(
    Effect.catchTag("IdempotencyMismatch", () =>
      Effect.succeed({
        props: propsOf(form, {
          draft: draftToShow(form, draftOfForm(texts)),
          csv: texts.get(CSV_FIELD) ?? "",
          formKey: crypto.randomUUID(),
          result: {
            good: 0,
            bad: [],
            problem: "This form has already started jobs with other rows. Send it again to start more."
          }
        })
      })
    )
  )

export const csvRoutes = (board: Board) =>
  new Hono()
    .get("/jobs/new/:type/csv", needs("create"), (c) =>
      answerForm(c, board, {
        load: (form) => Effect.succeed(form),
        show: (form) =>
          form.fields === undefined
            ? c.redirect(`/jobs/new/${form.type.name}`, 303)
            : show(c, board, propsOf(form, { draft: exampleDraft(form), csv: "", formKey: crypto.randomUUID() }))
      })
    )
    .post("/jobs/new/:type/csv", needs("create"), async (c) => {
      const texts = await formOf(c)
      return answerForm(c, board, {
        load: (form) => send(form, texts),
        show: (done) => ("path" in done ? c.redirect(done.path, 303) : show(c, board, done.props))
      })
    })
