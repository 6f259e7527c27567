/** The stream of a list: rows change in place, new jobs only raise the pill. */
import { Clock, Duration, Effect } from "effect"
import type { Caller } from "../../domain/Caller.ts"
import type { JobId } from "../../domain/JobId.ts"
import { JobReports, type ListedJob } from "../../domain/JobReports.ts"
import type { ShownStatus } from "../../domain/JobStatus.ts"
import { Announcement, Partial } from "../../views/components/Partial.tsx"
import { StatusTabs, withListed } from "../../views/JobFilters.tsx"
import { JobRow } from "../../views/JobRow.tsx"
import { NewJobsPill } from "../../views/JobsPage.tsx"
import { type JobsQuery, toJobFilter } from "../../views/JobsQuery.ts"
import type { ShownJob } from "../../views/ShownJob.ts"
import { summaryText } from "../../views/SummaryText.ts"
import { type Feed, makeMemory } from "./Feed.ts"
import { PAGE_SIZE } from "./jobsRoutes.tsx"
import { render } from "./page.tsx"
import { showJobs } from "./showJobs.ts"

/** Nobody reads a row that changes more often. */
const EVERY = Duration.seconds(1)

export interface ListFeedOptions {
  /** The rows of the page, in their order. */
  readonly ids: ReadonlyArray<JobId>
  readonly query: JobsQuery
  /** For whom the rows are drawn. */
  readonly reader: Caller
}

export const makeListFeed = ({ ids, query, reader }: ListFeedOptions): Feed => {
  const { all, isNew } = makeMemory()
  const statuses = new Map<JobId, ShownStatus>()
  const ended: Array<ShownStatus> = []
  const filterNow = Effect.map(Clock.currentTimeMillis, (nowMs) => toJobFilter(query, nowMs))

  const note = ({ job, status: now }: ShownJob) => {
    const before = statuses.get(job.id)
    if (before !== undefined && before !== now) ended.push(now)
    statuses.set(job.id, now)
  }

  const row = (shown: ShownJob): string => {
    note(shown)
    const left = query.status.length > 0 && !query.status.includes(shown.status)
    const target = `#job-${shown.job.id}`
    const html = render(<Partial target={target}>{<JobRow shown={shown} left={left} tickable />}</Partial>, reader)
    return isNew(target, html) ? html : ""
  }

  const update: Feed["update"] = (changes) =>
    Effect.gen(function* () {
      const changed = new Set(changes.map((change) => (change._tag === "Changed" ? change.id : change._tag)))
      const wanted = changed.has("Gap") ? ids : ids.filter((id) => changed.has(id))
      if (wanted.length === 0) return ""
      const jobs = yield* (yield* JobReports).byIds(wanted, { glance: true })
      return (yield* showJobs(jobs)).map(row).join("")
    })

  /** What the list begins with now. */
  const firstPage = Effect.gen(function* () {
    if (query.after !== undefined) return []
    return yield* (yield* JobReports).listed(yield* filterNow, PAGE_SIZE)
  })

  /** New are jobs of the list's first page that this page does not show, above its last row. */
  const countNew = (jobs: ReadonlyArray<ListedJob>): number => {
    const last = ids.length < PAGE_SIZE ? undefined : ids.at(-1)
    // Ids rise with the time of creation (UUID v7).
    return jobs.filter(({ id }) => !ids.includes(id) && (last === undefined || id > last)).length
  }

  const news = Effect.gen(function* () {
    const reports = yield* JobReports
    const { status: _, ...anyStatus } = yield* filterNow
    const [counted, jobs] = yield* Effect.all([reports.counts(anyStatus), firstPage], { concurrency: 2 })
    const counts = withListed(
      counted,
      query.after === undefined ? jobs : [...statuses.values()].map((status) => ({ status }))
    )
    const parts = [
      { target: "#tabs", node: <StatusTabs query={query} counts={counts} /> },
      { target: "#new-jobs", node: <NewJobsPill count={countNew(jobs)} query={query} /> }
    ]
    return parts
      .map(({ target, node }) => [target, render(<Partial target={target}>{node}</Partial>, reader)] as const)
      .filter(([target, html]) => isNew(target, html))
      .map(([, html]) => html)
      .join("")
  })

  const summary = () => {
    const text = summaryText(ended.splice(0))
    return text === undefined ? "" : render(<Announcement text={text} />, reader)
  }
  return { update, news, summary, snapshot: all, every: EVERY }
}
