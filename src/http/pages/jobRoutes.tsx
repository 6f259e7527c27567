import { Effect, Option } from "effect"
import { type Context, Hono } from "hono"
import type { Child } from "hono/jsx"
import { Artifacts } from "../../domain/Artifacts.ts"
import type { Job } from "../../domain/Job.ts"
import type { JobRef } from "../../domain/JobId.ts"
import type { InvalidAnswer } from "../../domain/JobPrompt.ts"
import { JobReports } from "../../domain/JobReports.ts"
import { type JobNotFound, Jobs, type JobsUnavailable, jobRefOf } from "../../domain/Jobs.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { MASK, mapSecrets } from "../../domain/Secret.ts"
import { StepEvidences } from "../../domain/StepEvidence.ts"
import { Partial, Toast } from "../../views/components/Partial.tsx"
import type { Recorded } from "../../views/JobBrowser.tsx"
import { JobPage, type JobPageProps, jobSections } from "../../views/JobPage.tsx"
import { jobName } from "../../views/ShownJob.ts"
import type { HttpServices } from "../Run.ts"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { formOf } from "./formOf.ts"
import { fragmentResponse, pageResponse, wantsFragment } from "./page.tsx"
import { isRefusal, type Refusal, refusalText } from "./refusalText.ts"
import { showOne } from "./showJobs.ts"

/** Log lines that a page starts with. */
export const LOG_LINES = 200

const loadRecorded = ({ id }: Job) =>
  Effect.gen(function* () {
    const { list: listFiles } = yield* Artifacts
    const { list: listSteps } = yield* StepEvidences
    const [steps, files] = yield* Effect.all([listSteps(id), listFiles(id)], { concurrency: 2 })
    return { steps, traces: files.filter(({ kind }) => kind === "trace") } satisfies Recorded
  })

/** A job with its history, as pages show it. Secrets are masked by whoever stores jobs, and here once more. */
export const loadShownJob = (ref: JobRef) =>
  Effect.gen(function* () {
    const found = yield* (yield* Jobs).get(ref)
    const type = Option.getOrUndefined((yield* JobTypes).find(found.jobType))
    const masked = (schema: "inputSchema" | "resultSchema", value: unknown) =>
      (type ? mapSecrets(type[schema], value, () => MASK) : value) as typeof found.input
    const job = {
      ...found,
      input: masked("inputSchema", found.input),
      ...(found.result !== undefined && { result: masked("resultSchema", found.result) })
    }
    const history = yield* (yield* JobReports).history(found.id)
    const recorded = job.lane === "browser" ? { recorded: yield* loadRecorded(job) } : {}
    return { shown: yield* showOne(job), history, ...recorded }
  })

const loadJobPage = (ref: JobRef) =>
  Effect.gen(function* () {
    const reports = yield* JobReports
    const job = yield* loadShownJob(ref)
    const log = yield* reports.logs(job.shown.job.id, { limit: LOG_LINES })
    return { ...job, log } satisfies JobPageProps
  })

/** What became of the action that the page tells of. */
const statusOf = ({ answerProblem, refused }: JobPageProps) => {
  if (refused !== undefined) return 409
  return answerProblem === undefined ? 200 : 422
}

const showPage = (c: Context, { info }: Board, props: JobPageProps): Response =>
  pageResponse(c, info, {
    title: jobName(props.shown),
    live: true,
    here: `/jobs/${props.shown.job.jobId}`,
    status: statusOf(props),
    content: <JobPage {...props} />
  })

/** The page's parts as they are now, with what is to be said about the action. */
const showChange = (c: Context, props: JobPageProps, toast: Child): Response =>
  fragmentResponse(
    c,
    <>
      {jobSections(props).map(({ id, node }) => (
        <Partial target={`#${id}`}>{node}</Partial>
      ))}
      {toast}
    </>,
    statusOf(props)
  )

interface Action {
  readonly act: (
    ref: JobRef
  ) => Effect.Effect<unknown, JobNotFound | Refusal | InvalidAnswer | JobsUnavailable, HttpServices>
  readonly done: (props: JobPageProps) => string
}

const runAction = (c: Context, board: Board, { act, done }: Action) => {
  const load = Effect.gen(function* () {
    const ref = yield* jobRefOf(c.req.param("ref") ?? "")
    const said = yield* act(ref).pipe(
      Effect.as({}),
      Effect.catchIf(isRefusal, (refusal) => Effect.succeed({ refused: refusalText(refusal) })),
      Effect.catchTag("InvalidAnswer", ({ message }) => Effect.succeed({ answerProblem: `${message}.` }))
    )
    return { ...(yield* loadJobPage(ref)), ...said } satisfies JobPageProps
  })
  const show = (props: JobPageProps): Response => {
    const trouble = props.refused ?? (props.answerProblem && `Not sent. ${props.answerProblem}`)
    if (wantsFragment(c)) {
      const toast = <Toast tone={trouble === undefined ? "status" : "alert"}>{trouble ?? done(props)}</Toast>
      return showChange(c, props, toast)
    }
    return trouble === undefined ? c.redirect(`/jobs/${props.shown.job.jobId}`, 303) : showPage(c, board, props)
  }
  return answer(c, board, { load, show })
}

export const jobRoutes = (board: Board) =>
  new Hono()
    .get("/jobs/:ref", (c) => {
      const load = Effect.flatMap(jobRefOf(c.req.param("ref")), loadJobPage)
      return answer(c, board, { load, show: (props) => showPage(c, board, props) })
    })
    .post("/jobs/:ref/cancel", (c) =>
      runAction(c, board, {
        act: (ref) => Effect.flatMap(Jobs, (jobs) => jobs.cancel(ref)),
        done: ({ shown }) => (shown.cancelling ? "Cancelling. No need to press again." : "Cancelled.")
      })
    )
    .post("/jobs/:ref/input", async (c) => {
      const form = await formOf(c)
      const sure = form.get("sure")
      const value = sure === undefined ? (form.get("value") ?? "") : sure === "yes"
      const promptId = form.get("promptId") ?? ""
      return runAction(c, board, {
        act: (ref) => Effect.flatMap(Jobs, (jobs) => jobs.answer(ref, { promptId, value })),
        done: () => "Sent. Waiting for the site…"
      })
    })
    .post("/jobs/:ref/retry", async (c) => {
      const from = (await formOf(c)).get("from") === "start" ? "start" : "checkpoint"
      return runAction(c, board, {
        act: (ref) => Effect.flatMap(Jobs, (jobs) => jobs.retry(ref, { from })),
        done: () => (from === "start" ? "It starts over." : "It goes on after the last kept step.")
      })
    })
