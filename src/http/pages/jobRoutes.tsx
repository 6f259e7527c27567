import { Effect } from "effect"
import { type Context, Hono } from "hono"
import type { Child } from "hono/jsx"
import type { JobRef } from "../../domain/JobId.ts"
import type { InvalidAnswer } from "../../domain/JobPrompt.ts"
import { JobStops } from "../../domain/JobStops.ts"
import { type JobNotFound, Jobs, type JobsUnavailable, jobRefOf } from "../../domain/Jobs.ts"
import { Partial, Toast } from "../../views/components/Partial.tsx"
import { SentenceText } from "../../views/components/TimeText.tsx"
import { JobPage, type JobPageProps, jobSections } from "../../views/JobPage.tsx"
import { type JobTab, jobUrl, ofTab, parseJobQuery } from "../../views/job/JobQuery.ts"
import { tabLabels } from "../../views/job/JobShell.tsx"
import { LogTab } from "../../views/job/LogTab.tsx"
import { jobName } from "../../views/ShownJob.ts"
import type { Forbidden } from "../api/identityProblems.ts"
import { refuseOthersJobs } from "../cancelRights.ts"
import type { HttpServices } from "../Run.ts"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { formOf } from "./formOf.ts"
import { loadJobPage } from "./loadJob.ts"
import { needs } from "./needs.ts"
import { fragmentResponse, pageResponse, wantsFragment } from "./page.tsx"
import { isRefusal, type Refusal, refusalSentence } from "./refusalText.ts"

/** What became of the action that the page tells of. */
const statusOf = ({ answerProblem, refused }: JobPageProps) => {
  if (refused !== undefined) return 409
  return answerProblem === undefined ? 200 : 422
}

/** "Log · Refresh menu · sushi-ito": tabs of one job are told apart in the browser's history, and by who hears them. */
const titleOf = ({ shown, query }: JobPageProps): string =>
  [...(query && query.tab !== "overview" ? [tabLabels[query.tab]] : []), jobName(shown)].join(" · ")

const showPage = (c: Context, { info }: Board, props: JobPageProps): Response =>
  pageResponse(c, info, {
    title: titleOf(props),
    live: true,
    here: jobUrl(props.shown.job.jobId, props.query ?? ofTab("overview")),
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
  ) => Effect.Effect<unknown, Forbidden | JobNotFound | Refusal | InvalidAnswer | JobsUnavailable, HttpServices>
  readonly done: (props: JobPageProps) => string
}

const runAction = (c: Context, board: Board, { act, done }: Action) => {
  const load = Effect.gen(function* () {
    const ref = yield* jobRefOf(c.req.param("ref") ?? "")
    const said = yield* act(ref).pipe(
      Effect.as({}),
      Effect.catchIf(isRefusal, (refusal) => Effect.succeed({ refused: refusalSentence(refusal) })),
      Effect.catchTag("InvalidAnswer", ({ message }) => Effect.succeed({ answerProblem: `${message}.` }))
    )
    return { ...(yield* loadJobPage(ref, ofTab("overview"))), ...said } satisfies JobPageProps
  })
  const show = (props: JobPageProps): Response => {
    const { answerProblem, refused, shown } = props
    const trouble = refused ?? (answerProblem === undefined ? undefined : [`Not sent. ${answerProblem}`])
    if (wantsFragment(c)) {
      const toast = (
        <Toast tone={trouble === undefined ? "status" : "alert"}>
          <SentenceText sentence={trouble ?? [done(props)]} nowMs={shown.nowMs} />
        </Toast>
      )
      return showChange(c, props, toast)
    }
    return trouble === undefined ? c.redirect(`/jobs/${shown.job.jobId}`, 303) : showPage(c, board, props)
  }
  return answer(c, board, { load, show })
}

/** A change of the log's filter replaces its part of the page, and its address. */
const showLog = (c: Context, { hasMoreLog = false, log = [], query, shown }: JobPageProps): Response => {
  if (query) c.header("HX-Replace-Url", jobUrl(shown.job.jobId, query))
  return fragmentResponse(c, <LogTab shown={shown} query={query ?? ofTab("log")} lines={log} hasMore={hasMoreLog} />)
}

const showTab = (c: Context, board: Board, tab: JobTab) => {
  const query = parseJobQuery(tab, new URL(c.req.url).searchParams)
  const load = Effect.flatMap(jobRefOf(c.req.param("ref") ?? ""), (ref) => loadJobPage(ref, query))
  const show = (props: JobPageProps) =>
    tab === "log" && wantsFragment(c) ? showLog(c, props) : showPage(c, board, props)
  return answer(c, board, { load, show })
}

export const jobRoutes = (board: Board) =>
  new Hono()
    .get("/jobs/:ref", needs("read"), (c) => showTab(c, board, "overview"))
    .get("/jobs/:ref/:tab{steps|browser|log|data|history}", needs("read"), (c) =>
      showTab(c, board, c.req.param("tab") as JobTab)
    )
    .post("/jobs/:ref/cancel", needs("create"), (c) =>
      runAction(c, board, {
        act: (ref) => Effect.flatMap(Jobs, (jobs) => Effect.andThen(refuseOthersJobs(jobs, ref), jobs.cancel(ref))),
        done: ({ shown }) => (shown.cancelling ? "Cancelling. No need to press again." : "Cancelled.")
      })
    )
    .post("/jobs/:ref/stop", needs("operate"), (c) =>
      runAction(c, board, {
        act: (ref) => Effect.flatMap(JobStops, ({ stopNow }) => stopNow(ref)),
        done: () => "Stopped."
      })
    )
    .post("/jobs/:ref/input", needs("operate"), async (c) => {
      const form = await formOf(c)
      const sure = form.get("sure")
      const value = sure === undefined ? (form.get("value") ?? "") : sure === "yes"
      const promptId = form.get("promptId") ?? ""
      return runAction(c, board, {
        act: (ref) => Effect.flatMap(Jobs, (jobs) => jobs.answer(ref, { promptId, value })),
        done: () => "Sent. Waiting for the site…"
      })
    })
    .post("/jobs/:ref/retry", needs("operate"), async (c) => {
      const from = (await formOf(c)).get("from") || "checkpoint"
      return runAction(c, board, {
        act: (ref) => Effect.flatMap(Jobs, (jobs) => jobs.retry(ref, { from })),
        done: () => (from === "checkpoint" ? "It goes on after the last kept step." : "It starts again.")
      })
    })
