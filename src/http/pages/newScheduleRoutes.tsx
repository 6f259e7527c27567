/** A new schedule: choose a job type, then its times and what each job gets. */
import { Effect, Option } from "effect"
import { type Context, Hono } from "hono"
import { JobSchedules } from "../../domain/JobSchedules.ts"
import { type InputIssue, issuesOf, JobTypes } from "../../domain/JobType.ts"
import type { FormDraft } from "../../views/form/FormDraft.ts"
import { NewScheduleForm, NewSchedulePage, type NewScheduleProps } from "../../views/NewSchedulePage.tsx"
import { emptyDraft, type ScheduleDraft } from "../../views/ScheduleBoxes.tsx"
import { callerOf } from "../callerOf.ts"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { formOf } from "./formOf.ts"
import {
  draftToShow,
  exampleDraft,
  draftOfForm as inputDraftOfForm,
  type JobForm,
  jobFormOf,
  readInput,
  redrawnDraft
} from "./JobForm.ts"
import { needs } from "./needs.ts"
import { fragmentResponse, pageResponse, wantsFragment } from "./page.tsx"
import { decodeCreate, draftOfForm, taken } from "./scheduleForm.ts"

const nothing = { draft: new Map(), issues: [], action: "/schedules/new" }

const formNamed = (name: string | undefined) =>
  Effect.map(JobTypes, ({ all, find }) => ({
    types: all,
    form: Option.getOrUndefined(Option.map(find(name ?? ""), jobFormOf))
  }))

interface Filled {
  readonly input: FormDraft
  readonly draft: ScheduleDraft
  readonly issues?: ReadonlyArray<InputIssue>
}

/** Issues of the input and those of the schedule's own boxes are told apart by their paths. */
const INPUT = /^input\.?/u

const propsOf = (
  types: NewScheduleProps["types"],
  form: JobForm,
  { draft, input, issues = [] }: Filled
): NewScheduleProps => ({
  types,
  type: form.type,
  fields: form.fields,
  draft,
  issues: issues.filter(({ path }) => !INPUT.test(path)),
  context: {
    draft: input,
    hasSecrets: form.hasSecrets,
    issues: issues
      .filter(({ path }) => INPUT.test(path))
      .map((issue) => ({ ...issue, path: issue.path.replace(INPUT, "") })),
    action: `/schedules/new?type=${form.type.name}`
  }
})

const showForm = (c: Context, { info }: Board, props: NewScheduleProps): Response =>
  wantsFragment(c)
    ? fragmentResponse(c, <NewScheduleForm {...props} />)
    : pageResponse(c, info, {
        title: "New schedule",
        here: "/schedules/new",
        status: props.issues.length + props.context.issues.length > 0 ? 422 : 200,
        content: <NewSchedulePage {...props} />
      })

const underInput = (issues: ReadonlyArray<InputIssue>) =>
  issues.map(({ message, path }) => ({ message, path: `input.${path}` }))

const make = (form: JobForm, draft: ScheduleDraft, inputDraft: FormDraft, createdBy: string) =>
  Effect.gen(function* () {
    const { input, issues } = readInput(form, inputDraft)
    if (issues.length > 0) return { issues: underInput(issues) }
    const request = yield* decodeCreate({ ...draft, jobType: form.type.name, input: input ?? null })
    const { id } = yield* (yield* JobSchedules).create(request, { createdBy })
    return { id }
  }).pipe(
    Effect.catchTags({
      SchemaError: (error) => Effect.succeed({ issues: issuesOf(error) }),
      InvalidInput: ({ issues }) => Effect.succeed({ issues: underInput(issues) }),
      ScheduleNameTaken: () => Effect.succeed({ issues: [taken] })
    })
  )

export const newScheduleRoutes = (board: Board) =>
  new Hono()
    .get("/schedules/new", needs("administer"), (c) =>
      answer(c, board, {
        load: formNamed(c.req.query("type")),
        show: ({ form, types }) =>
          showForm(
            c,
            board,
            form === undefined
              ? { types, context: nothing, draft: emptyDraft, issues: [] }
              : propsOf(types, form, { draft: emptyDraft, input: exampleDraft(form) })
          )
      })
    )
    .post("/schedules/new", needs("administer"), async (c) => {
      const texts = await formOf(c)
      const draft = draftOfForm(texts)
      const input = inputDraftOfForm(texts)
      const load = Effect.gen(function* () {
        const { form, types } = yield* formNamed(c.req.query("type"))
        if (form === undefined) return { props: { types, context: nothing, draft, issues: [] } }
        const redrawn = redrawnDraft(form, texts)
        if (redrawn !== undefined) return { props: propsOf(types, form, { draft, input: redrawn }) }
        const made: { id?: string; issues?: ReadonlyArray<InputIssue> } = yield* make(
          form,
          draft,
          input,
          callerOf(c).subject
        )
        if (made.id !== undefined) return { path: `/schedules/${made.id}` }
        return { props: propsOf(types, form, { draft, input: draftToShow(form, input), ...made }) }
      })
      return answer(c, board, {
        load,
        show: (done) => ("path" in done ? c.redirect(done.path ?? "/schedules", 303) : showForm(c, board, done.props))
      })
    })
