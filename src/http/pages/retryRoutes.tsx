/** Retrying a job: the plan first, and with another input. The retry itself is an action of the job's page. */
import { Effect, Result } from "effect"
import { type Context, Hono } from "hono"
import type { Job } from "../../domain/Job.ts"
import { canRetry } from "../../domain/JobStatus.ts"
import { Jobs, jobRefOf, type RetryPlan } from "../../domain/Jobs.ts"
import { type InputIssue, type JobType, JobTypes } from "../../domain/JobType.ts"
import { hasSecrets, MASK, mapSecrets } from "../../domain/Secret.ts"
import { declaredStep } from "../../domain/StepDefinition.ts"
import { JSON_PATH } from "../../views/form/Field.tsx"
import { draftOf, type FormDraft } from "../../views/form/FormDraft.ts"
import { formFields } from "../../views/form/FormFields.ts"
import { formValue, notJson, parseJson } from "../../views/form/FormValue.ts"
import { jobSteps } from "../../views/JobSteps.ts"
import { inputDifference } from "../../views/job/inputDifference.ts"
import {
  RetryChangesForm,
  RetryChangesPage,
  type RetryChangesPageProps,
  type RetryStart
} from "../../views/job/RetryChangesPage.tsx"
import { RetryPage } from "../../views/job/RetryPage.tsx"
import { jobName } from "../../views/ShownJob.ts"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { formOf } from "./formOf.ts"
import { draftOfForm, jobFormOf, redrawnDraft } from "./JobForm.ts"
import { loadShownJob } from "./loadJob.ts"
import { needs } from "./needs.ts"
import { fragmentResponse, pageResponse, wantsFragment } from "./page.tsx"
import { isRefusal, refusalText } from "./refusalText.ts"

/** Stands for a kept secret while a draft is made; no text that people type. */
const KEPT = "\u0000kept"

const masked = (type: JobType, input: unknown): unknown => mapSecrets(type.inputSchema, input, () => MASK)

/** The boxes with an input; dots where the stored secret stays, nothing where a new one has to be typed again. */
const draftOfInput = (type: JobType, input: unknown): FormDraft => {
  const fields = formFields(type.inputSchema)
  const json = JSON.stringify(masked(type, input), null, 2)
  if (fields === undefined) return new Map([[JSON_PATH, json]])
  const marked = mapSecrets(type.inputSchema, input, (secret) => (secret === MASK ? KEPT : ""))
  return new Map([...draftOf(fields, marked)].map(([path, text]) => [path, text === KEPT ? MASK : text]))
}

const readDraft = (type: JobType, draft: FormDraft): { input: unknown; issues: ReadonlyArray<InputIssue> } => {
  const fields = formFields(type.inputSchema)
  if (fields !== undefined) {
    const { issues, value } = formValue(fields, draft)
    return { input: value, issues }
  }
  const text = draft.get(JSON_PATH) ?? ""
  const parsed = parseJson(text)
  return parsed === undefined
    ? { input: undefined, issues: [{ path: JSON_PATH, message: notJson(text) }] }
    : { input: parsed.value, issues: [] }
}

const loadChanges = (text: string) =>
  Effect.gen(function* () {
    const { shown } = yield* loadShownJob(yield* jobRefOf(text))
    const type = yield* (yield* JobTypes).named(shown.job.jobType).pipe(Effect.result)
    return { shown, type: Result.getOrUndefined(type) }
  })

/** A larger budget does not change what was done with the smaller one. */
const usualStart = ({ error }: Job): RetryStart => (error?.code === "BUDGET_EXCEEDED" ? "checkpoint" : "start")

const propsOf = (
  { shown, type }: Effect.Success<ReturnType<typeof loadChanges>> & { readonly type: JobType },
  input: unknown,
  rest: {
    readonly from?: RetryStart
    readonly issues?: ReadonlyArray<InputIssue>
    readonly problem?: string
    readonly look?: boolean
  } = {}
): RetryChangesPageProps => ({
  shown,
  fields: formFields(type.inputSchema),
  from: rest.from ?? usualStart(shown.job),
  context: {
    draft: draftOfInput(type, input),
    issues: rest.issues ?? [],
    hasSecrets: hasSecrets(type.inputSchema),
    action: `/jobs/${shown.job.jobId}/retry/changes`
  },
  ...(rest.problem !== undefined && { problem: rest.problem }),
  ...(rest.look && { changes: inputDifference(shown.job.input, withNewSecrets(type, input)) })
})

/** A secret that was typed is shown as something else than the dots of the one that is stored. */
const withNewSecrets = (type: JobType, input: unknown): unknown =>
  mapSecrets(type.inputSchema, input, (secret) => (secret === MASK ? MASK : "a new secret"))

const showChanges = (c: Context, { info }: Board, props: RetryChangesPageProps): Response =>
  wantsFragment(c)
    ? fragmentResponse(c, <RetryChangesForm {...props} />)
    : pageResponse(c, info, {
        title: `Retry: ${jobName(props.shown)}`,
        here: `/jobs/${props.shown.job.jobId}`,
        status: props.problem !== undefined ? 409 : props.context.issues.length > 0 ? 422 : 200,
        content: <RetryChangesPage {...props} />
      })

const back = (c: Context, { jobId }: Job) => c.redirect(`/jobs/${jobId}`, 303)

const retryWith = (job: Job, plan: RetryPlan) =>
  Effect.flatMap(Jobs, (jobs) => jobs.retry(job.id, plan)).pipe(
    Effect.as({}),
    Effect.catchTag("InvalidInput", ({ issues }) => Effect.succeed({ issues })),
    Effect.catch((error) => (isRefusal(error) ? Effect.succeed({ problem: refusalText(error) }) : Effect.fail(error)))
  )

export const retryRoutes = (board: Board) =>
  new Hono()
    .get("/jobs/:ref/retry", needs("operate"), (c) => {
      const load = Effect.flatMap(jobRefOf(c.req.param("ref")), loadShownJob)
      return answer(c, board, {
        load,
        show: ({ history, shown }) => {
          if (!canRetry(shown.job.status)) return back(c, shown.job)
          const steps = jobSteps(shown, history.steps)
          const asked = c.req.query("from") ?? "checkpoint"
          const known = asked === "start" || declaredStep(shown.steps, asked) !== undefined
          return pageResponse(c, board.info, {
            title: `Retry: ${jobName(shown)}`,
            here: `/jobs/${shown.job.jobId}`,
            content: <RetryPage shown={shown} steps={steps} from={known ? asked : "checkpoint"} />
          })
        }
      })
    })
    .get("/jobs/:ref/retry/changes", needs("operate"), (c) =>
      answer(c, board, {
        load: loadChanges(c.req.param("ref")),
        show: ({ shown, type }) =>
          type === undefined || !canRetry(shown.job.status)
            ? back(c, shown.job)
            : showChanges(c, board, propsOf({ shown, type }, shown.job.input))
      })
    )
    .post("/jobs/:ref/retry/changes", needs("operate"), async (c) => {
      const texts = await formOf(c)
      const load = Effect.gen(function* () {
        const { shown, type } = yield* loadChanges(c.req.param("ref"))
        if (type === undefined) return { job: shown.job }
        const from = texts.get("from") === "checkpoint" ? "checkpoint" : "start"
        const redrawn = redrawnDraft(jobFormOf(type), texts, (draft) =>
          draftOfInput(type, readDraft(type, draft).input)
        )
        if (redrawn !== undefined) {
          const props = propsOf({ shown, type }, shown.job.input, { from })
          return { props: { ...props, context: { ...props.context, draft: redrawn } } }
        }
        const { input, issues } = readDraft(type, draftOfForm(texts))
        const show = (rest: Parameters<typeof propsOf>[2]) => ({
          props: propsOf({ shown, type }, input, { from, ...rest })
        })
        if (issues.length > 0) return show({ issues })
        if (texts.has("look")) return show({ look: true })
        const said: { issues?: ReadonlyArray<InputIssue>; problem?: string } = yield* retryWith(shown.job, {
          from,
          input: input as Job["input"]
        })
        return said.issues || said.problem !== undefined ? show(said) : { job: shown.job }
      })
      return answer(c, board, {
        load,
        show: (done) => ("props" in done ? showChanges(c, board, done.props) : back(c, done.job))
      })
    })
