import { Clock, Effect, Option } from "effect"
import { Hono } from "hono"
import { JobReports } from "../../domain/JobReports.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { withListed } from "../../views/JobFilters.tsx"
import { JobResults, JobsPage, type JobsPageProps } from "../../views/JobsPage.tsx"
import { isFiltered, type JobsQuery, jobsSearch, jobsUrl, parseJobsQuery, toJobFilter } from "../../views/JobsQuery.ts"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { findWider } from "./findWider.ts"
import { needs } from "./needs.ts"
import { fragmentResponse, pageResponse, wantsFragment } from "./page.tsx"
import { showJobs } from "./showJobs.ts"

/** Jobs on one page of the list. */
export const PAGE_SIZE = 50

/** The job type whose example works against the practice portal: what the board offers to newcomers. */
export const PRACTICE_TYPE = "add-item-tags"

/** Present where the practice job can be started: a fresh key, so that a double click makes one job. */
export const practiceKey = Effect.map(JobTypes, ({ find }) =>
  Option.isSome(find(PRACTICE_TYPE)) ? { practiceKey: crypto.randomUUID() as string } : {}
)

const loadJobs = (query: JobsQuery) =>
  Effect.gen(function* () {
    const reports = yield* JobReports
    const types = yield* JobTypes
    const nowMs = yield* Clock.currentTimeMillis
    const filter = toJobFilter(query, nowMs)
    const { status: _, ...anyStatus } = filter
    const page = { limit: PAGE_SIZE, glance: true, ...(query.after !== undefined && { cursor: query.after }) }
    const [{ jobs, lookedUntil, nextCursor }, counts] = yield* Effect.all(
      [reports.list(filter, page), reports.counts(anyStatus)],
      {
        concurrency: 2
      }
    )
    const shownJobs = yield* showJobs(jobs)
    const search = jobsSearch(query)
    // Where there may be more further back, that is looked at first.
    const isNothing = jobs.length === 0 && lookedUntil === undefined && query.after === undefined && isFiltered(query)
    return {
      query,
      counts: withListed(counts, shownJobs),
      types: types.all,
      jobs: shownJobs,
      ...(nextCursor !== undefined && { nextCursor }),
      ...(lookedUntil !== undefined && { lookedUntilMs: lookedUntil.epochMilliseconds }),
      nowMs,
      ...(isNothing && { wider: yield* findWider(query, counts, nowMs) }),
      feedUrl: `/events?ids=${jobs.map((job) => job.id).join(",")}${search && `&${search}`}`,
      ...(yield* practiceKey)
    } satisfies JobsPageProps
  })

/** A change of the filter is a step to come back to. Typing replaces the address, and so does what changes nothing. */
const historyHeader = (query: JobsQuery, current: string | undefined): "HX-Replace-Url" | "HX-Push-Url" => {
  if (current === undefined || !URL.canParse(current)) return "HX-Push-Url"
  const before = parseJobsQuery(new URL(current).searchParams)
  const withoutText = ({ q: _, ...rest }: JobsQuery) => jobsUrl(rest)
  return withoutText(before) === withoutText(query) ? "HX-Replace-Url" : "HX-Push-Url"
}

export const jobsRoutes = (board: Board) =>
  new Hono().get("/jobs", needs("read"), (c) => {
    const query = parseJobsQuery(new URL(c.req.url).searchParams)
    const { after: _, ...first } = query
    // A cursor of another list (an old link) leads to the first page instead of to an error.
    const load = loadJobs(query).pipe(Effect.catchTag("InvalidCursor", () => Effect.succeed(undefined)))
    const show = (props: JobsPageProps | undefined): Response => {
      if (props === undefined) return c.redirect(jobsUrl(first), 303)
      if (!wantsFragment(c)) {
        const content = <JobsPage {...props} />
        return pageResponse(c, board.info, { title: "Jobs", live: true, q: query.q, content })
      }
      c.header(historyHeader(query, c.req.header("hx-current-url")), jobsUrl(query))
      return fragmentResponse(c, <JobResults {...props} />)
    }
    return answer(c, board, { load, show })
  })
