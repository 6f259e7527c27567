/** All lines of a job, by level and text. New ones are added while the page is open. */
import type { LogLine } from "../../domain/Attempt.ts"
import { isTerminal } from "../../domain/JobStatus.ts"
import { LogLines, LogMore } from "../JobLog.tsx"
import type { ShownJob } from "../ShownJob.ts"
import { durationText } from "../Times.ts"
import { foldLog } from "./foldLog.ts"
import { type JobQuery, jobUrl, logFilterOf } from "./JobQuery.ts"
import { AttemptSwitch } from "./JobShell.tsx"

export interface LogTabProps {
  readonly shown: ShownJob
  readonly query: JobQuery
  readonly lines: ReadonlyArray<LogLine>
  /** There are older lines that fit. */
  readonly hasMore: boolean
}

const levelNames = [
  ["", "All"],
  ["info", "Info and worse"],
  ["warn", "Warnings and errors"],
  ["error", "Errors"]
] as const

const LogFilters = ({ query, shown }: Pick<LogTabProps, "query" | "shown">) => {
  const action = `/jobs/${shown.job.jobId}/log`
  return (
    <form
      class="filters"
      action={action}
      autocomplete="off"
      aria-label="Filter of the log"
      hx-get={action}
      hx-target="#job-log"
      hx-swap="outerMorph"
      hx-sync="this:replace"
      hx-trigger="submit, change, input changed delay:300ms from:#log-q"
    >
      {query.attempt !== undefined && <input type="hidden" name="attempt" value={String(query.attempt)} />}
      <label>
        <span>Level</span>
        <select name="level">
          {levelNames.map(([value, label]) => (
            <option value={value} selected={value === (query.level ?? "")}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label class="filters-q">
        <span>Text</span>
        <input type="search" name="q" id="log-q" value={query.q ?? ""} />
      </label>
      <label class="filters-check">
        <input type="checkbox" name="wrap" value="off" checked={query.unwrapped ?? false} />
        <span>Do not wrap long lines</span>
      </label>
      <noscript>
        <button type="submit" class="button">
          Apply
        </button>
      </noscript>
      <a class="button" href={`/jobs/${shown.job.jobId}/log.txt`} download>
        Download all
      </a>
    </form>
  )
}

const emptyText = ({ query, shown }: Pick<LogTabProps, "query" | "shown">): string => {
  const { job } = shown
  if (Object.keys(logFilterOf(query)).length > 0) return "No line fits this filter."
  if (isTerminal(job.status)) return "It wrote no lines."
  if (job.startedAt === undefined) return "No lines yet; the job has not started."
  return `No lines yet; the job started ${durationText(shown.nowMs - job.startedAt.epochMilliseconds)} ago.`
}

/** What `#lines` holds, similar lines folded. Lines that come later are added as they are. */
export const FoldedLog = ({ lines, query, shown }: Omit<LogTabProps, "hasMore">) => (
  <div id="lines" data-empty={emptyText({ query, shown })}>
    {foldLog(lines).map(({ line, similar }) => (
      <>
        <LogLines lines={[line]} steps={shown.steps} anchors />
        {similar.length > 0 && (
          <details class="line-fold">
            <summary>{similar.length} similar lines</summary>
            <LogLines lines={similar} steps={shown.steps} anchors />
          </details>
        )}
      </>
    ))}
  </div>
)

export const LogTab = ({ hasMore, lines, query, shown }: LogTabProps) => {
  const oldest = lines[0]
  const { before: _, ...newest } = query
  return (
    <section class="card" id="job-log" aria-labelledby="log-title">
      <div class="card-head">
        <h2 id="log-title">Log</h2>
        <AttemptSwitch shown={shown} query={query} />
        <button type="button" class="button button-small js-only" id="log-aloud" aria-pressed="false">
          Read new lines aloud
        </button>
      </div>
      <LogFilters shown={shown} query={query} />
      {(hasMore || query.before !== undefined) && (
        <p class="buttons">
          {hasMore && oldest && (
            <a class="button button-small" href={jobUrl(shown.job.jobId, { ...query, before: oldest.id })}>
              Show older lines
            </a>
          )}
          {query.before !== undefined && (
            <a class="button button-small" href={jobUrl(shown.job.jobId, newest)}>
              Newest lines
            </a>
          )}
        </p>
      )}
      <div
        id="log"
        class={query.unwrapped ? "log log-long log-unwrapped" : "log log-long"}
        role="log"
        aria-live="off"
        aria-labelledby="log-title"
        tabindex={0}
      >
        <FoldedLog lines={lines} query={query} shown={shown} />
      </div>
      <LogMore />
      <p class="note">
        Times are in <span data-zone-name="">UTC</span>. A line number is a link to its line. Press “.” to jump to the
        end.
      </p>
    </section>
  )
}
