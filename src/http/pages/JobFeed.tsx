/** The stream of one job's page: its sections as they change, log lines as they come. */
import { Effect } from "effect"
import type { LogLine } from "../../domain/Attempt.ts"
import type { Caller } from "../../domain/Caller.ts"
import { fitsLog } from "../../domain/JobDetails.ts"
import type { JobId } from "../../domain/JobId.ts"
import { JobReports } from "../../domain/JobReports.ts"
import type { StepDefinition } from "../../domain/StepDefinition.ts"
import { Announcement, Partial } from "../../views/components/Partial.tsx"
import { shownPercent } from "../../views/EstimateText.ts"
import { LogBody, LogLines } from "../../views/JobLog.tsx"
import { type JobPageProps, jobSections } from "../../views/JobPage.tsx"
import { jobSentenceText } from "../../views/JobSentence.ts"
import { type JobQuery, logFilterOf, ofTab } from "../../views/job/JobQuery.ts"
import { FoldedLog } from "../../views/job/LogTab.tsx"
import type { ShownJob } from "../../views/ShownJob.ts"
import { type Feed, makeMemory } from "./Feed.ts"
import { LOG_LINES, loadJobPage, loadJobParts } from "./loadJob.ts"
import { render } from "./page.tsx"

/** Lines that a page holds before it starts over with the last 200: a long log must not fill the browser. */
const LONGEST_LOG = 1_000

/** Steps follow each other faster than anybody wants to hear. */
const STEP_NEWS_MS = 10_000

/** 25, 50 and 75 % are said. */
const QUARTER = 25

/** What screen readers were told last. */
interface Told {
  readonly status: string
  /** Step and quarter of the way. */
  readonly place: string
  readonly at: number
}

/** Older lines stay as they are while they are read. */
const showsNewLines = ({ before, tab }: JobQuery): boolean =>
  tab === "overview" || (tab === "log" && before === undefined)

export const makeJobFeed = (id: JobId, reader: Caller, query: JobQuery = ofTab("overview")): Feed => {
  const { all, isNew } = makeMemory()
  let told: Told | undefined
  let lastLine: number | undefined
  let lines = 0
  let sentLines = ""
  let steps: ReadonlyArray<StepDefinition> = []
  let before: JobPageProps | undefined

  /** Ends and questions at once, steps and quarters of the way now and then. */
  const announcement = (shown: ShownJob): string => {
    const { status, nowMs: at, job } = shown
    const before = told
    const now = { status, at, place: `${job.progress.step} ${Math.floor(shownPercent(shown) / QUARTER)}` }
    const changed = before !== undefined && (before.status !== status || before.place !== now.place)
    if (before !== undefined && (!changed || (before.status === status && at - before.at < STEP_NEWS_MS))) return ""
    told = now
    return changed
      ? render(<Announcement text={jobSentenceText(shown)} important={before?.status !== status} />, reader)
      : ""
  }

  const sections = Effect.gen(function* () {
    const job = yield* loadJobParts(id, query, before)
    before = job
    const { shown } = job
    const changed = jobSections(job)
      .map(
        ({ id: section, node }) => [section, render(<Partial target={`#${section}`}>{node}</Partial>, reader)] as const
      )
      .filter(([section, html]) => isNew(section, html))
      .map(([, html]) => html)
    steps = shown.steps
    return changed.join("") + announcement(shown)
  })

  /** All lines that the page shows: the last ones, or on the log's own tab those that fit its filter. */
  const wholeLog = Effect.gen(function* () {
    if (query.tab === "log") {
      const { log: found = [], shown } = yield* loadJobPage(id, query)
      return { found, body: <FoldedLog shown={shown} query={query} lines={found} /> }
    }
    const found = yield* (yield* JobReports).logs(id, { limit: LOG_LINES })
    return { found, body: <LogBody lines={found} steps={steps} /> }
  })

  const startOver = Effect.gen(function* () {
    const { body, found } = yield* wholeLog
    lastLine = found.at(-1)?.id ?? lastLine ?? 0
    lines = found.length
    sentLines = render(<Partial target="#lines">{body}</Partial>, reader)
    return sentLines
  })

  const added = (found: ReadonlyArray<LogLine>): string => {
    lastLine = found.at(-1)?.id ?? lastLine ?? 0
    lines += found.length
    const fitting = found.filter((line) => fitsLog(logFilterOf(query), line))
    if (fitting.length === 0) return ""
    const html = render(
      <Partial target="#lines" swap="beforeend">
        <LogLines lines={fitting} steps={steps} anchors={query.tab === "log"} />
      </Partial>,
      reader
    )
    sentLines += html
    return html
  }

  const log = Effect.gen(function* () {
    if (!showsNewLines(query)) return ""
    if (lastLine === undefined || lines >= LONGEST_LOG) return yield* startOver
    const found = yield* (yield* JobReports).logs(id, { limit: LOG_LINES, after: lastLine })
    // A full answer may have left lines out in between; then the page starts over with the newest.
    return found.length === LOG_LINES ? yield* startOver : added(found)
  })

  const update: Feed["update"] = (changes) =>
    Effect.gen(function* () {
      const own = changes.filter((change) => !("id" in change) || change.id === id)
      if (own.length === 0) return ""
      const html = own.every((change) => change._tag === "Logged") ? "" : yield* sections
      // New lines are told by themselves.
      return own.some((change) => change._tag !== "Changed") ? html + (yield* log) : html
    }).pipe(Effect.catchTag("JobNotFound", () => Effect.succeed(isNew("#job-headline", gone) ? gone : "")))

  return { update, news: Effect.succeed(""), summary: () => "", snapshot: () => all() + sentLines }
}

const gone = render(
  <Partial target="#job-headline">
    <section class="headline st-cancelled" id="job-headline" tabindex={-1}>
      <p class="headline-sentence">This job was removed.</p>
    </section>
  </Partial>,
  undefined
)
