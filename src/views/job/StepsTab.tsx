/** The steps of all tries on one line of time. The bars are decoration: the table says the same in words. */
import type { LineCount } from "../../domain/JobDetails.ts"
import type { JobHistory } from "../../domain/JobReports.ts"
import { canRetry, isTerminal } from "../../domain/JobStatus.ts"
import { declaredStep } from "../../domain/StepDefinition.ts"
import { Icon, type IconName } from "../components/Icon.tsx"
import { useMay } from "../components/Permitted.tsx"
import { TimeText } from "../components/TimeText.tsx"
import { usualText } from "../EstimateText.ts"
import type { Recorded } from "../JobBrowser.tsx"
import { counted } from "../OverviewText.ts"
import type { ShownJob } from "../ShownJob.ts"
import { durationText } from "../Times.ts"
import { type JobQuery, jobUrl, ofTab } from "./JobQuery.ts"
import { AttemptSwitch } from "./JobShell.tsx"
import { type Waterfall, type WaterfallRow, waterfall } from "./waterfall.ts"

export interface StepsTabProps {
  readonly shown: ShownJob
  readonly query: JobQuery
  readonly history: JobHistory
  readonly lineCounts: ReadonlyArray<LineCount>
  readonly recorded?: Recorded | undefined
}

const states: Readonly<Record<WaterfallRow["state"], { readonly word: string; readonly icon: IconName }>> = {
  planned: { word: "Not started", icon: "planned" },
  done: { word: "Done", icon: "st-completed" },
  running: { word: "Running", icon: "st-in_progress" },
  failed: { word: "Failed", icon: "st-failed" },
  stopped: { word: "Stopped", icon: "st-cancelled" },
  person: { word: "Waited for a person", icon: "st-needs_input" },
  retry: { word: "Waited before the next try", icon: "st-retry_wait" }
}

const BAR_HEIGHT = 12
const ROW_HEIGHT = 20

const Line = ({ row }: { readonly row: WaterfallRow }) => (
  <svg class="wf-line" width="100%" height={ROW_HEIGHT} aria-hidden="true" focusable="false">
    {row.bars.map(({ from, kind, width }) => (
      <rect class={`wf-${kind}`} x={`${from}%`} width={`${width}%`} y={4} height={BAR_HEIGHT} rx={2} />
    ))}
    {row.usualEnd !== undefined && (
      <line class="wf-usual" x1={`${row.usualEnd}%`} x2={`${row.usualEnd}%`} y1={0} y2={ROW_HEIGHT} />
    )}
  </svg>
)

const Axis = ({ ticks }: Pick<Waterfall, "ticks">) => (
  <svg class="wf-line wf-axis" width="100%" height={ROW_HEIGHT} aria-hidden="true" focusable="false">
    {ticks.map(({ at, ms }) => (
      <text x={`${at}%`} y={14}>
        {ms === 0 ? "0" : durationText(ms)}
      </text>
    ))}
  </svg>
)

const RetryFrom = ({ row, shown }: { readonly shown: ShownJob; readonly row: WaterfallRow }) =>
  useMay("operate") && canRetry(shown.job.status) && declaredStep(shown.steps, row.name) ? (
    <a class="button" href={`/jobs/${shown.job.jobId}/retry?from=${encodeURIComponent(row.name)}`}>
      Retry from here…
    </a>
  ) : null

const Started = (time: { readonly at: number; readonly nowMs: number }) => (
  <>
    <TimeText {...time} /> (<TimeText {...time} kind="moment" />)
  </>
)

const Details = ({ props, row }: { readonly props: StepsTabProps; readonly row: WaterfallRow }) => {
  const { lineCounts, recorded, shown } = props
  const { jobId } = shown.job
  const { run } = row
  const attempt = run?.attempt
  const lines = lineCounts.find((count) => count.step === row.name && count.attempt === attempt)?.lines ?? 0
  const picture = recorded?.steps.some((step) => step.step === row.name && step.attempt === attempt)
  const times = shown.estimate?.steps.get(row.name)?.times
  const at = { ...(attempt !== undefined && { attempt }) }
  return (
    <tr class="wf-details">
      <td colspan={4}>
        <dl class="summary">
          <div>
            <dt>Started</dt>
            <dd>{run === undefined ? "–" : <Started at={run.startedAt.epochMilliseconds} nowMs={shown.nowMs} />}</dd>
          </div>
          <div>
            <dt>Usually</dt>
            <dd>
              {times === undefined
                ? "not known yet"
                : `${usualText(times.medianMs)} (${usualText(times.p25Ms)} to ${usualText(times.p75Ms)})`}
            </dd>
          </div>
          <div>
            <dt>Input</dt>
            <dd>
              <a href={jobUrl(jobId, ofTab("data"))}>Input of the job</a>
            </dd>
          </div>
          <div>
            <dt>Output</dt>
            <dd>{run?.kept ? "Kept for later tries (shown to nobody)" : "Not kept"}</dd>
          </div>
          <div>
            <dt>Log</dt>
            <dd>
              <a href={jobUrl(jobId, { ...ofTab("log", at), q: row.name })}>
                {lines} {lines === 1 ? "line" : "lines"}
              </a>
            </dd>
          </div>
          {picture && (
            <div>
              <dt>Picture</dt>
              <dd>
                <a href={`${jobUrl(jobId, ofTab("browser", at))}#film-${attempt}-${row.name}`}>At its end</a>
              </dd>
            </div>
          )}
        </dl>
        <RetryFrom shown={shown} row={row} />
      </td>
    </tr>
  )
}

const Row = ({ props, row }: { readonly props: StepsTabProps; readonly row: WaterfallRow }) => {
  const { query, shown } = props
  const isOpen = query.step === row.key
  const { step: _, ...closed } = query
  const href = jobUrl(shown.job.jobId, isOpen ? closed : { ...query, step: row.key })
  const { icon, word } = states[row.state]
  return (
    <>
      <tr class={`wf-row wf-is-${row.state}`} id={`step-${row.key}`}>
        <th scope="row">
          <Icon name={icon} {...(row.state === "running" && { turning: "ring" as const })} />
          <a href={`${href}#step-${row.key}`} aria-expanded={isOpen ? "true" : "false"}>
            <span class="visually-hidden">{word}: </span>
            {row.number} {row.title}
          </a>
        </th>
        <td class="wf-try">{row.run === undefined ? "–" : row.run.attempt}</td>
        <td class="wf-bars">
          <Line row={row} />
        </td>
        <td class="wf-took">
          {row.tookMs === undefined ? "" : durationText(row.tookMs)}
          {row.usualMs !== undefined && <span class="row-sub">usual {usualText(row.usualMs)}</span>}
        </td>
      </tr>
      {isOpen && <Details props={props} row={row} />}
    </>
  )
}

const Switches = ({ query, shown }: Pick<StepsTabProps, "query" | "shown">) => (
  <p class="chips">
    <a
      class="chip"
      href={jobUrl(shown.job.jobId, { ...query, idle: !query.idle })}
      aria-current={query.idle ? undefined : "true"}
    >
      Hide time between tries
    </a>
    <a
      class="chip"
      href={jobUrl(shown.job.jobId, { ...query, problems: !query.problems })}
      aria-current={query.problems ? "true" : undefined}
    >
      Only problems
    </a>
  </p>
)

const legend = ["done", "failed", "person", "retry"] as const

export const StepsTab = (props: StepsTabProps) => {
  const { history, query, shown } = props
  const { rows, ticks } = waterfall(shown, history, shown.estimate, query)
  const empty = query.problems ? "No step had a problem." : "This job has no named steps."
  return (
    <section class="card" id="job-waterfall" aria-labelledby="waterfall-title">
      <div class="card-head">
        <h2 id="waterfall-title">Steps</h2>
        <AttemptSwitch shown={shown} query={query} />
        <Switches shown={shown} query={query} />
      </div>
      {rows.length === 0 ? (
        <p class="muted">{empty}</p>
      ) : (
        <table class="waterfall">
          <caption class="visually-hidden">Steps of {isTerminal(shown.job.status) ? "all" : "the"} tries</caption>
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Try</th>
              <th scope="col" class="wf-bars">
                <span class="visually-hidden">Line of time</span>
                <Axis ticks={ticks} />
              </th>
              <th scope="col">Took</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row props={props} row={row} />
            ))}
          </tbody>
        </table>
      )}
      <p class="wf-legend note">
        {legend.map((kind) => (
          <span class="with-icon">
            <svg width={14} height={10} aria-hidden="true" focusable="false">
              <rect class={`wf-${kind}`} width={14} height={10} rx={2} />
            </svg>
            {states[kind].word}
          </span>
        ))}
        {shown.estimate?.times && (
          <span>dashed line: usual end, from {counted(shown.estimate.times.runs, "run", "runs")}</span>
        )}
      </p>
    </section>
  )
}
