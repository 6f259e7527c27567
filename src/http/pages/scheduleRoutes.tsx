/** Schedules: the list, one of them, a new one, and what can be done with them. */
import { Clock, DateTime, Effect, Option, Schema } from "effect"
import { type Context, Hono } from "hono"
import { may } from "../../domain/Caller.ts"
import { nextTime } from "../../domain/CronExpression.ts"
import { JobReports } from "../../domain/JobReports.ts"
import { type JobSchedule, UpdateSchedule } from "../../domain/JobSchedule.ts"
import { JobSchedules, scheduleIdIn } from "../../domain/JobSchedules.ts"
import { type InputIssue, issuesOf, JobTypes } from "../../domain/JobType.ts"
import { type ScheduleDraft, WAS_PREFIX } from "../../views/ScheduleBoxes.tsx"
import { SchedulePage, type SchedulePageProps } from "../../views/SchedulePage.tsx"
import { SchedulesPage, type ShownSchedule } from "../../views/SchedulesPage.tsx"
import { callerOf } from "../callerOf.ts"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { formOf } from "./formOf.ts"
import { needs } from "./needs.ts"
import { newScheduleRoutes } from "./newScheduleRoutes.tsx"
import { pageResponse } from "./page.tsx"
import { safePath } from "./safePath.ts"
import { changesIn, draftOfForm, taken } from "./scheduleForm.ts"
import { showJobs } from "./showJobs.ts"

const SCHEDULES = 50
const NEXT_TIMES = 4
const LAST_JOBS = 6

const roles = (c: Context) => ({ mayAdminister: may(callerOf(c), "administer") })

/** What comes after the stored next time follows from the expression. */
const nextTimes = ({ cron, nextRunAt, timeZone }: JobSchedule): ReadonlyArray<number> => {
  if (nextRunAt === undefined) return []
  const times = [nextRunAt.epochMilliseconds]
  while (times.length < NEXT_TIMES) {
    const next = nextTime(cron, timeZone, DateTime.makeUnsafe(times.at(-1) ?? 0))
    if (Option.isNone(next)) break
    times.push(next.value.epochMilliseconds)
  }
  return times
}

const titleOf = ({ jobType }: JobSchedule) =>
  Effect.map(JobTypes, ({ find }) =>
    Option.match(find(jobType), { onNone: () => jobType, onSome: ({ title }) => title })
  )

const loadSchedules = (cursor: string | undefined) =>
  Effect.gen(function* () {
    const { list } = yield* JobSchedules
    const { byIds } = yield* JobReports
    const page = yield* list({ limit: SCHEDULES, ...(cursor !== undefined && { cursor }) })
    const jobs = yield* showJobs(yield* byIds(page.schedules.flatMap(({ lastJobId }) => lastJobId ?? [])))
    const shown = yield* Effect.forEach(page.schedules, (schedule) =>
      Effect.map(
        titleOf(schedule),
        (typeTitle): ShownSchedule => ({
          schedule,
          typeTitle,
          next: nextTimes(schedule),
          lastJobs: jobs.filter(({ job }) => job.id === schedule.lastJobId)
        })
      )
    )
    return { schedules: shown, more: page.nextCursor, nowMs: yield* Clock.currentTimeMillis }
  })

type Said = {
  readonly draft?: ScheduleDraft
  readonly was?: ScheduleDraft
  readonly issues?: ReadonlyArray<InputIssue>
  readonly problem?: string
}

const loadSchedule = (text: string, said: Said = {}) =>
  Effect.gen(function* () {
    const schedule = yield* (yield* JobSchedules).get(yield* scheduleIdIn(text))
    const reports = yield* JobReports
    const made = yield* reports
      .list({ createdBy: `schedule:${schedule.id}` }, { limit: LAST_JOBS, glance: true })
      .pipe(Effect.catchTag("InvalidCursor", Effect.die))
    return {
      schedule,
      typeTitle: yield* titleOf(schedule),
      next: nextTimes(schedule),
      lastJobs: yield* showJobs(made.jobs),
      nowMs: yield* Clock.currentTimeMillis,
      draft: said.draft ?? schedule,
      was: said.was ?? schedule,
      issues: said.issues ?? [],
      ...(said.problem !== undefined && { problem: said.problem })
    } satisfies Omit<SchedulePageProps, "mayAdminister">
  })

const showSchedule = (c: Context, board: Board, props: Effect.Success<ReturnType<typeof loadSchedule>>) =>
  pageResponse(c, board.info, {
    title: props.schedule.name,
    here: `/schedules/${props.schedule.id}`,
    status: props.issues.length > 0 ? 422 : props.problem === undefined ? 200 : 409,
    content: <SchedulePage {...props} {...roles(c)} />
  })

const decodeUpdate = Schema.decodeUnknownEffect(UpdateSchedule, { errors: "all" })

const save = (text: string, draft: ScheduleDraft, was: ScheduleDraft) =>
  Effect.gen(function* () {
    const changes = yield* decodeUpdate(changesIn(was, draft))
    yield* (yield* JobSchedules).update(yield* scheduleIdIn(text), changes)
    return undefined
  }).pipe(
    Effect.catchTags({
      SchemaError: (error) => loadSchedule(text, { draft, was, issues: issuesOf(error) }),
      ScheduleNameTaken: () => loadSchedule(text, { draft, was, issues: [taken] })
    })
  )

export const scheduleRoutes = (board: Board) =>
  new Hono()
    .route("/", newScheduleRoutes(board))
    .get("/schedules", needs("read"), (c) => {
      const load = loadSchedules(c.req.query("after")).pipe(
        Effect.catchTag("InvalidCursor", () => loadSchedules(undefined))
      )
      return answer(c, board, {
        load,
        show: (props) =>
          pageResponse(c, board.info, { title: "Schedules", content: <SchedulesPage {...props} {...roles(c)} /> })
      })
    })
    .get("/schedules/:id", needs("read"), (c) => {
      const load = loadSchedule(c.req.param("id"))
      return answer(c, board, { load, show: (props) => showSchedule(c, board, props) })
    })
    .post("/schedules/:id", needs("administer"), async (c) => {
      const form = await formOf(c)
      const load = save(c.req.param("id"), draftOfForm(form), draftOfForm(form, WAS_PREFIX))
      return answer(c, board, {
        load,
        show: (props) =>
          props === undefined ? c.redirect(`/schedules/${c.req.param("id")}`, 303) : showSchedule(c, board, props)
      })
    })
    .post("/schedules/:id/:action{pause|resume}", needs("administer"), async (c) => {
      const back = safePath((await formOf(c)).get("back"), "/schedules")
      const paused = c.req.param("action") === "pause"
      const load = Effect.gen(function* () {
        const id = yield* scheduleIdIn(c.req.param("id"))
        return yield* (yield* JobSchedules).update(id, { paused })
      })
      return answer(c, board, { load, show: () => c.redirect(back, 303) })
    })
    .post("/schedules/:id/run", needs("administer"), (c) => {
      const text = c.req.param("id")
      const load = Effect.gen(function* () {
        const { jobId } = yield* (yield* JobSchedules).runNow(yield* scheduleIdIn(text))
        return { path: `/jobs/${jobId}` }
      }).pipe(
        Effect.catchTag("ScheduleCannotRun", ({ reason }) =>
          Effect.map(loadSchedule(text, { problem: reason }), (page) => ({ page }))
        )
      )
      return answer(c, board, {
        load,
        show: (done) => ("path" in done ? c.redirect(done.path, 303) : showSchedule(c, board, done.page))
      })
    })
    .post("/schedules/:id/remove", needs("administer"), (c) => {
      const load = Effect.gen(function* () {
        yield* (yield* JobSchedules).remove(yield* scheduleIdIn(c.req.param("id")))
      })
      return answer(c, board, { load, show: () => c.redirect("/schedules", 303) })
    })
