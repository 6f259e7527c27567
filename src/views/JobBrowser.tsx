/** What the browser of a job showed: one picture per step, with what went wrong on the page. */
import type { Artifact, ArtifactName } from "../domain/Artifacts.ts"
import { isTerminal } from "../domain/JobStatus.ts"
import { type ConsoleLine, type StepEvidence, stepOfOtherWindow } from "../domain/StepEvidence.ts"
import { Icon } from "./components/Icon.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { plural } from "./plural.ts"
import { type ShownJob, stepTitle } from "./ShownJob.ts"

/** Of a browser job. */
export interface Recorded {
  readonly steps: ReadonlyArray<StepEvidence>
  readonly traces: ReadonlyArray<Artifact>
}

const levels: Readonly<Record<ConsoleLine["level"], string>> = { error: "Error", warning: "Warning", info: "Info" }

const fileUrl = ({ job }: ShownJob, name: ArtifactName) => `/api/jobs/${job.jobId}/artifacts/${name}`

/** The viewer that Playwright carries; see `traceRoutes.ts`. */
const traceUrl = (shown: ShownJob, { name }: Artifact) =>
  `/trace/index.html?trace=${encodeURIComponent(fileUrl(shown, name))}`

const Console = ({ lines }: { readonly lines: StepEvidence["console"] }) => (
  <details class="film-more">
    <summary>{plural(lines.length, "console message")}</summary>
    <ul>
      {lines.map(({ level, text }) => (
        <li>
          <strong>{levels[level]}:</strong> {text}
        </li>
      ))}
    </ul>
  </details>
)

const Requests = ({ requests }: { readonly requests: StepEvidence["requests"] }) => (
  <details class="film-more">
    <summary>{plural(requests.length, "failed request")}</summary>
    <ul>
      {requests.map(({ method, problem, url }) => (
        <li>
          <strong>{problem}</strong> {method} {url}
        </li>
      ))}
    </ul>
  </details>
)

interface FrameProps {
  readonly shown: ShownJob
  readonly step: StepEvidence
}

const titleOf = ({ steps }: ShownJob, { step }: StepEvidence): string => {
  const opener = stepOfOtherWindow(step)
  return opener === undefined ? stepTitle(steps, step) : `${stepTitle(steps, opener)}, other window`
}

const Picture = ({ shown, step }: FrameProps) => {
  if (step.picture === undefined) return <p class="film-none">No picture: the page did not answer.</p>
  const url = fileUrl(shown, step.picture)
  const page = step.title === undefined || step.title === "" ? "a page without a title" : `the page “${step.title}”`
  const alt = `${titleOf(shown, step)}, ${step.outcome === "failed" ? "failed" : "done"}: ${page}`
  return (
    <a href={url}>
      <img class="film-picture" src={url} alt={alt} loading="lazy" width="320" height="180" />
    </a>
  )
}

const FilmFrame = ({ shown, step }: FrameProps) => (
  <li class={`film-frame film-${step.outcome}`} id={`film-${step.attempt}-${step.step}`}>
    <Picture shown={shown} step={step} />
    <p class="film-step">
      <Icon name={step.outcome === "failed" ? "st-failed" : "st-completed"} />
      <span>
        <span class="visually-hidden">{step.outcome === "failed" ? "Failed: " : "Done: "}</span>
        {titleOf(shown, step)}
      </span>
    </p>
    <p class="row-sub">
      <TimeText at={step.at.epochMilliseconds} nowMs={shown.nowMs} />
    </p>
    {step.title && <p class="film-text">{step.title}</p>}
    {step.url && <p class="film-text film-url">{step.url}</p>}
    {step.page && (
      <p class="film-text">
        <a href={fileUrl(shown, step.page)}>The page in words</a>
      </p>
    )}
    {step.console.length > 0 && <Console lines={step.console} />}
    {step.requests.length > 0 && <Requests requests={step.requests} />}
  </li>
)

interface AttemptProps {
  readonly shown: ShownJob
  readonly attempt: number
  readonly steps: ReadonlyArray<StepEvidence>
  readonly trace: Artifact | undefined
  readonly isLatest: boolean
}

const AttemptFilm = ({ attempt, isLatest, shown, steps, trace }: AttemptProps) => (
  <details class="film-attempt" open={isLatest} id={`film-${attempt}`}>
    <summary>Try {attempt}</summary>
    {trace && (
      <p class="film-trace">
        <a class="button" href={traceUrl(shown, trace)} target="_blank" rel="noopener">
          Open the trace
        </a>{" "}
        <span class="row-sub">Every action with the page before and after it, in a new tab.</span>
      </p>
    )}
    {steps.length > 0 && (
      <ol class="film">
        {steps.map((step) => (
          <FilmFrame shown={shown} step={step} />
        ))}
      </ol>
    )}
  </details>
)

const emptyText = ({ job }: ShownJob): string => {
  if (job.lane !== "browser") return "Jobs of this type use no browser, so there are no pictures."
  return isTerminal(job.status) ? "Its browser left no pictures." : "A picture comes at the end of each step."
}

export interface JobBrowserProps {
  readonly shown: ShownJob
  readonly recorded?: Recorded | undefined
  /** Only this try. */
  readonly attempt?: number | undefined
}

export const JobBrowser = ({ attempt: only, recorded, shown }: JobBrowserProps) => {
  if (recorded === undefined) return <div id="job-browser" />
  const { steps, traces } = recorded
  const attempts = [...new Set([...steps, ...traces].flatMap(({ attempt }) => attempt ?? []))]
    .filter((attempt) => only === undefined || attempt === only)
    .toSorted((a, b) => b - a)
  return (
    <section class="card" id="job-browser" aria-labelledby="browser-title">
      <h2 id="browser-title">Film strip</h2>
      {attempts.length === 0 && <p class="muted">{emptyText(shown)}</p>}
      <p class="note pictures-off">
        Pictures are off in this browser. Switch them on in the <a href="/settings">settings</a>.
      </p>
      {attempts.map((attempt, index) => (
        <AttemptFilm
          shown={shown}
          attempt={attempt}
          steps={steps.filter((step) => step.attempt === attempt)}
          trace={traces.find((trace) => trace.attempt === attempt)}
          isLatest={index === 0}
        />
      ))}
      {steps.length > 0 && <p class="note js-only">Press ← and → to go from picture to picture.</p>}
    </section>
  )
}
