import { Clock, Effect } from "effect"
import { type Context, Hono } from "hono"
import { type CreateJob, Jobs } from "../../domain/Jobs.ts"
import { type InputIssue, JobTypes } from "../../domain/JobType.ts"
import { Lanes } from "../../domain/Lanes.ts"
import { addItem, type FormDraft, listOfItem, removeItem } from "../../views/form/FormDraft.ts"
import { ChooseTypePage, NewJobForm, NewJobPage, type NewJobPageProps } from "../../views/NewJobPage.tsx"
import { answerForm, findForm } from "./answerForm.tsx"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { formOf } from "./formOf.ts"
import { draftOfForm, draftToShow, emptyDraft, exampleDraft, isJsonDraft, type JobForm, requestOf } from "./JobForm.ts"
import { PRACTICE_TYPE, practiceKey } from "./jobsRoutes.tsx"
import { needs } from "./needs.ts"
import { fragmentResponse, pageResponse, wantsFragment } from "./page.tsx"

interface Shown {
  readonly draft: FormDraft
  readonly asJson: boolean
  readonly formKey: string
  readonly shortened?: string
  readonly issues?: ReadonlyArray<InputIssue>
  readonly problem?: string
}

/** The form of a type with what its address may say. */
const formUrl = ({ type }: JobForm, parameters: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(parameters).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))
  return `/jobs/new/${type.name}${given.length === 0 ? "" : `?${new URLSearchParams(given)}`}`
}

const asOf = (asJson: boolean) => (asJson ? "json" : undefined)

const propsOf = (
  form: JobForm,
  { draft, asJson, formKey, shortened, issues = [], problem }: Shown
): NewJobPageProps => ({
  type: form.type,
  fields: form.fields,
  asJson,
  formKey,
  hasRestaurant: form.hasRestaurant,
  otherForm: formUrl(form, { as: asOf(!asJson) }),
  context: {
    draft,
    issues,
    hasSecrets: form.hasSecrets,
    action: `/jobs/new/${form.type.name}`,
    ...(shortened !== undefined && { shortened })
  },
  ...(problem !== undefined && { problem })
})

const showForm = (c: Context, { info }: Board, props: NewJobPageProps, status: 200 | 409 | 422 = 200): Response =>
  wantsFragment(c)
    ? fragmentResponse(c, <NewJobForm {...props} />, status)
    : pageResponse(c, info, {
        title: props.type.title,
        status,
        here: props.context.action,
        content: <NewJobPage {...props} />
      })

type Sent = { readonly path: string } | { readonly props: NewJobPageProps; readonly status: 200 | 409 | 422 }

/** Makes the job, or says what is wrong with the form in the form. */
const send = (form: JobForm, draft: FormDraft, formKey: string) =>
  Effect.gen(function* () {
    const shown = { draft: draftToShow(form, draft), asJson: isJsonDraft(draft), formKey }
    const refuse = (issues: ReadonlyArray<InputIssue>): Sent => ({
      status: 422,
      props: propsOf(form, { ...shown, issues })
    })
    const { request, issues } = { issues: [], request: undefined, ...(yield* requestOf(form, draft)) }
    if (request === undefined) return refuse(issues)
    return yield* (yield* Jobs).create(request, { idempotencyKey: formKey }).pipe(
      Effect.map(({ job }): Sent => ({ path: `/jobs/${job.jobId}` })),
      Effect.catchTags({
        InvalidInput: (error) => Effect.succeed(refuse(error.issues)),
        UnknownDependency: ({ refs }) =>
          Effect.succeed<Sent>({
            status: 422,
            props: propsOf(form, { ...shown, problem: `It depends on what does not exist: ${refs.join(", ")}.` })
          }),
        IdempotencyMismatch: () =>
          Effect.succeed<Sent>({
            status: 409,
            props: propsOf(form, {
              ...shown,
              formKey: crypto.randomUUID(),
              problem: "This form has already started a job with other values. Send it again to start one more."
            })
          })
      })
    )
  })

const redraw = (form: JobForm, texts: ReadonlyMap<string, string>, formKey: string): Sent | undefined => {
  const [add, remove] = [texts.get("add"), texts.get("remove")]
  if (add === undefined && remove === undefined) return undefined
  const draft = draftToShow(form, draftOfForm(texts))
  const changed =
    remove === undefined
      ? { draft: addItem(draft, add ?? "") }
      : { draft: removeItem(draft, remove), shortened: listOfItem(remove) }
  return { status: 200, props: propsOf(form, { ...changed, asJson: false, formKey }) }
}

/** Why jobs of the type do not start now. The form is there all the same while nobody can tell. */
const pauseOf = ({ type }: JobForm) =>
  Effect.gen(function* () {
    const { pausedTypes } = yield* Lanes
    const pause = (yield* pausedTypes).get(type.name)
    return pause === undefined ? {} : { paused: { pause, nowMs: yield* Clock.currentTimeMillis } }
  }).pipe(Effect.catchTag("JobsUnavailable", () => Effect.succeed({})))

/** What a link may fill in. */
const LONGEST_RESTAURANT = 200

/** Keys are made here; one that is too long to be ours is not worth storing. */
const keyOf = (texts: ReadonlyMap<string, string>): string => texts.get("key")?.slice(0, 100) || crypto.randomUUID()

export const newJobRoutes = (board: Board) =>
  new Hono()
    .get("/jobs/new", needs("create"), (c) =>
      answer(c, board, {
        load: Effect.all([JobTypes, practiceKey]),
        show: ([{ all, unavailable }, practice]) =>
          pageResponse(c, board.info, {
            title: "Start a job",
            content: <ChooseTypePage types={all} unavailable={unavailable} {...practice} />
          })
      })
    )
    .get("/jobs/new/:type", needs("create"), (c) =>
      answerForm(c, board, {
        load: (form) => Effect.map(pauseOf(form), (paused) => ({ form, paused })),
        show: ({ form, paused }) => {
          const asJson = form.fields === undefined || c.req.query("as") === "json"
          const restaurant = c.req.query("restaurant")?.slice(0, LONGEST_RESTAURANT) || undefined
          const fill = c.req.query("fill") ?? (restaurant === undefined ? "example" : "nothing")
          const draft = (fill === "example" ? exampleDraft : emptyDraft)(form, restaurant)
          const otherFill = fill === "example" ? "nothing" : "example"
          const filled = {
            by: fill === "example" ? fill : "nothing",
            other: formUrl(form, { as: asOf(asJson), fill: otherFill, restaurant })
          } as const
          return showForm(c, board, {
            ...propsOf(form, { draft, asJson, formKey: crypto.randomUUID() }),
            filled,
            otherForm: formUrl(form, { as: asOf(!asJson), fill: c.req.query("fill"), restaurant }),
            ...paused
          })
        }
      })
    )
    .post("/jobs/new/:type", needs("create"), async (c) => {
      const texts = await formOf(c)
      const load = (form: JobForm) => {
        const again = redraw(form, texts, keyOf(texts))
        return again === undefined ? send(form, draftOfForm(texts), keyOf(texts)) : Effect.succeed(again)
      }
      const show = (sent: Sent): Response =>
        "path" in sent ? c.redirect(sent.path, 303) : showForm(c, board, sent.props, sent.status)
      return answerForm(c, board, { load, show })
    })
    .post("/jobs/practice", needs("create"), async (c) => {
      const idempotencyKey = keyOf(await formOf(c))
      return answer(c, board, {
        load: Effect.gen(function* () {
          const { type, example } = yield* findForm(PRACTICE_TYPE)
          const draft = { jobType: type.name, input: example as CreateJob["input"] }
          const { job } = yield* (yield* Jobs).create(draft, { idempotencyKey })
          return job
        }),
        show: (job) => c.redirect(`/jobs/${job.jobId}`, 303)
      })
    })
