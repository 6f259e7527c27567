/** `/bulk`: one action on many jobs. The plan first, then the job that does it. */
import { Clock, Effect, Option, Schema } from "effect"
import { type Context, Hono } from "hono"
import { BulkJobs, BulkResult } from "../../domain/BulkJobs.ts"
import type { JobFilter } from "../../domain/JobFilter.ts"
import { JobId } from "../../domain/JobId.ts"
import { type JobCounts, JobReports, type StatusCounts } from "../../domain/JobReports.ts"
import { ShownStatus } from "../../domain/JobStatus.ts"
import { BulkAction, JobNotFound, Jobs, jobRefOf } from "../../domain/Jobs.ts"
import { BulkPage, BulkPlanPage, type BulkPlanPageProps, BulkStatus, LONGEST_REASON } from "../../views/BulkPages.tsx"
import { type BulkPlan, bulkPlan, changedText, isAgreed, needsReason } from "../../views/bulkPlan.ts"
import { ErrorPage } from "../../views/ErrorPage.tsx"
import { type JobsQuery, jobsUrl, parseJobsQuery, toJobFilter } from "../../views/JobsQuery.ts"
import { callerOf } from "../callerOf.ts"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { loadStarter } from "./loadJob.ts"
import { needs } from "./needs.ts"
import { fragmentResponse, pageResponse, wantsFragment } from "./page.tsx"
import { showJobs, showOne } from "./showJobs.ts"

/** Rows of one page of the list. */
const MOST_TICKED = 50

interface Asked {
  readonly action: BulkAction
  readonly query: JobsQuery
  readonly ids: ReadonlyArray<JobId> | undefined
  readonly reason: string
  readonly expected: string | undefined
  readonly key: string
}

type Fields = Pick<FormData, "get" | "getAll" | "has">

const sentForm = (c: Context): Promise<Fields> => c.req.formData().catch(() => new FormData())

const isAction = Schema.is(BulkAction)
const isId = Schema.is(JobId)

/** Ticks come one by one from the list, and as one text from the plan. */
const askedOf = (data: Fields): Asked | undefined => {
  const text = (name: string) => String(data.get(name) ?? "").replaceAll("\0", "")
  const [action, all] = [text("action"), text("all") !== ""]
  const ids = [...data.getAll("id"), ...text("ids").split(",")].filter(isId).slice(0, MOST_TICKED)
  if (!isAction(action) || (!all && ids.length === 0 && text("expected") === "")) return undefined
  return {
    action,
    query: parseJobsQuery(new URLSearchParams(text("filter"))),
    ids: all || ids.length === 0 ? undefined : ids,
    reason: text("reason").trim().slice(0, LONGEST_REASON),
    expected: data.has("expected") ? text("expected") : undefined,
    key: text("key").slice(0, 100) || crypto.randomUUID()
  }
}

/** A list without a filter means every status, which a bulk action wants said. */
const filterOf = ({ ids, query }: Asked, nowMs: number): JobFilter => {
  if (ids) return { ids }
  const filter = toJobFilter(query, nowMs)
  return Object.keys(filter).length === 0 ? { status: ShownStatus.literals } : filter
}

const countsOf = ({ ids, query }: Asked) =>
  Effect.gen(function* () {
    const reports = yield* JobReports
    if (ids) {
      const shown = yield* showJobs(yield* reports.byIds(ids))
      const count = (status: ShownStatus) => shown.filter((job) => job.status === status).length
      return Object.fromEntries(ShownStatus.literals.map((status) => [status, count(status)])) as StatusCounts
    }
    const { status = [], ...anyStatus } = toJobFilter(query, yield* Clock.currentTimeMillis)
    const counts = yield* reports.counts(anyStatus)
    const wanted = ShownStatus.literals.filter((each) => status.length === 0 || status.includes(each))
    const atLeast = counts.atLeast?.filter((each) => wanted.includes(each))
    const some: Partial<JobCounts> = Object.fromEntries(wanted.map((each) => [each, counts[each]]))
    return { ...some, ...(atLeast !== undefined && { atLeast }) }
  })

const planOf = (asked: Asked) => Effect.map(countsOf(asked), (counts) => bulkPlan(asked.action, counts))

const problemOf = ({ expected, reason }: Asked, plan: BulkPlan): string | undefined => {
  if (expected !== undefined && !isAgreed(expected, plan)) {
    return `The jobs have changed meanwhile: now it is ${changedText(plan)}. Nothing was done yet.`
  }
  return needsReason(plan) && reason === "" ? "Say why. Nothing was done yet." : undefined
}

const showPlan = (c: Context, { info }: Board, props: BulkPlanPageProps, status: 200 | 409 = 200): Response =>
  pageResponse(c, info, {
    title: "Change many jobs",
    here: "/jobs",
    status,
    content: <BulkPlanPage {...props} />
  })

const propsOf = (asked: Asked, plan: BulkPlan, problem?: string): BulkPlanPageProps => ({
  plan,
  query: asked.query,
  ids: asked.ids,
  reason: asked.reason,
  formKey: asked.key,
  problem
})

const start = (asked: Asked, createdBy: string) =>
  Effect.gen(function* () {
    const plan = yield* planOf(asked)
    const problem = problemOf(asked, plan)
    if (problem !== undefined) return { props: propsOf(asked, plan, problem) }
    const { action, key, reason } = asked
    const request = {
      action,
      filter: filterOf(asked, yield* Clock.currentTimeMillis),
      ...(reason !== "" && { reason })
    }
    const { job } = yield* (yield* BulkJobs).start(request, { createdBy, idempotencyKey: key })
    return { path: `/bulk/${job.jobId}` }
  }).pipe(
    Effect.catchTag("IdempotencyMismatch", () =>
      Effect.map(planOf(asked), (plan) => ({
        props: propsOf(
          { ...asked, key: crypto.randomUUID() },
          plan,
          "This was sent before with other jobs. Look again."
        )
      }))
    )
  )

const BulkInput = Schema.Struct({ action: BulkAction, reason: Schema.optionalKey(Schema.String) })
const decodeInput = Schema.decodeUnknownOption(BulkInput)
const decodeResult = Schema.decodeUnknownOption(BulkResult)

/** A job that is no bulk action has no page here. */
const loadBulk = (text: string) =>
  Effect.gen(function* () {
    const ref = yield* jobRefOf(text)
    const shown = yield* showOne(yield* (yield* Jobs).get(ref))
    const input = decodeInput(shown.job.input)
    if (Option.isNone(input)) return yield* new JobNotFound({ ref: text })
    const result = Option.getOrUndefined(decodeResult(shown.job.result))
    return { shown, facts: { ...input.value, ...(result && { result }) }, ...(yield* loadStarter(shown.job)) }
  })

/** Without a script the buttons are there before anything is ticked. The list stays as it was chosen. */
const tickFirst = (c: Context, { info }: Board, data: Fields): Response => {
  const filter = data.get("filter")
  const list = jobsUrl(parseJobsQuery(new URLSearchParams(typeof filter === "string" ? filter : "")))
  return pageResponse(c, info, {
    title: "Tick jobs first",
    here: "/jobs",
    status: 422,
    content: (
      <ErrorPage
        heading="Tick jobs first."
        text="Nothing was chosen, so nothing was done."
        onward={{ href: list, label: "Back to the list" }}
      />
    )
  })
}

export const bulkRoutes = (board: Board) =>
  new Hono()
    .get("/bulk", needs("operate"), (c): Promise<Response> | Response => {
      const sent = new URL(c.req.url).searchParams
      const asked = askedOf(sent)
      if (asked === undefined) return tickFirst(c, board, sent)
      return answer(c, board, {
        load: planOf(asked),
        show: (plan) => showPlan(c, board, propsOf(asked, plan))
      })
    })
    .post("/bulk", needs("operate"), async (c) => {
      const sent = await sentForm(c)
      const asked = askedOf(sent)
      if (asked === undefined) return tickFirst(c, board, sent)
      return answer(c, board, {
        load: start(asked, callerOf(c).subject),
        show: (done) => ("path" in done ? c.redirect(done.path, 303) : showPlan(c, board, done.props, 409))
      })
    })
    .get("/bulk/:ref", needs("read"), (c) => {
      const load = loadBulk(c.req.param("ref"))
      return answer(c, board, {
        load,
        show: (props) =>
          wantsFragment(c)
            ? fragmentResponse(c, <BulkStatus {...props} />)
            : pageResponse(c, board.info, { title: "Many jobs", live: true, content: <BulkPage {...props} /> })
      })
    })
    .post("/bulk/:ref/stop", needs("operate"), (c) => {
      const load = Effect.gen(function* () {
        const { shown } = yield* loadBulk(c.req.param("ref"))
        yield* (yield* Jobs).cancel(shown.job.id).pipe(Effect.catchTag("JobConflict", () => Effect.void))
        return shown.job.jobId
      })
      return answer(c, board, { load, show: (jobId) => c.redirect(`/bulk/${jobId}`, 303) })
    })
