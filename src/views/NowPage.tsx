/** What needs me, what runs, what broke, and is it healthy. */
import { type Child, useContext } from "hono/jsx"
import type { Overview } from "../domain/BoardOverview.ts"
import { PracticeForm } from "./components/EmptyJobs.tsx"
import { KindLine, type ShownKind } from "./components/KindRow.tsx"
import { LiveFeed } from "./components/LiveFeed.tsx"
import { Permitted } from "./components/Permitted.tsx"
import { PersonContext } from "./components/PersonContext.ts"
import { ProgressBar } from "./components/ProgressBar.tsx"
import { NewPill, QuestionCard, questionId, type ShownQuestion } from "./components/QuestionCard.tsx"
import { StatusBadge } from "./components/StatusBadge.tsx"
import { ThroughputChart } from "./components/ThroughputChart.tsx"
import { SentenceText, TimeText } from "./components/TimeText.tsx"
import { leftShortText, shownPercent } from "./EstimateText.ts"
import { jobSentence } from "./JobSentence.ts"
import {
  brokenText,
  browsersText,
  counted,
  countLinks,
  databaseText,
  quietSentence,
  throughputOf,
  workersText
} from "./OverviewText.ts"
import type { ShownJob } from "./ShownJob.ts"

export interface NowPageProps {
  readonly overview: Overview
  readonly questions: ReadonlyArray<ShownQuestion>
  readonly running: ReadonlyArray<ShownJob>
  readonly kinds: ReadonlyArray<ShownKind>
  readonly nowMs: number
  /** What came since the page was loaded. */
  readonly news?: { readonly questions: number; readonly running: number; readonly kinds: number }
  /** Key of the form that starts a practice job; absent where no such job type exists. */
  readonly practiceKey?: string
}

/** The reader's browser knows what time of day it is, and says so. Nobody has a name on a board without sign-in. */
const Hello = () => {
  const person = useContext(PersonContext)
  return (
    <p class="greeting-hello">
      <span data-hello="">Hello</span>
      {person === undefined || person.via === "local" ? "." : `, ${person.name}.`}
    </p>
  )
}

const Greeting = ({ overview, running, nowMs }: NowPageProps) => {
  const since = running.flatMap(({ job, status }) =>
    status === "in_progress" && job.startedAt ? [job.startedAt.epochMilliseconds] : []
  )
  const quiet = quietSentence(overview, since.length === 0 ? undefined : Math.min(...since))
  const links = countLinks(overview)
  return (
    <div id="now-greeting" class="greeting">
      {quiet !== undefined && (
        <p class="greeting-quiet">
          <SentenceText sentence={quiet} nowMs={nowMs} />
        </p>
      )}
      {links.length > 0 && (
        <ul class="greeting-counts">
          {links.map(({ href, text }) => (
            <li>
              <a href={href}>{text}</a>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** A job that runs. One that ended stays where it is, and says so, until the next load. */
const RunningLine = ({ shown }: { readonly shown: ShownJob }) => {
  const { job, nowMs, status, title } = shown
  const ended = status !== "in_progress"
  return (
    <li id={`job-${job.id}`} class={ended ? "running-line left" : "running-line"} data-row="">
      <span class="running-name">
        <a href={`/jobs/${job.jobId}`}>{title}</a>
        {job.restaurantId !== undefined && <span class="job-restaurant"> · {job.restaurantId}</span>}
      </span>
      <span class="running-when">
        {ended ? (
          <StatusBadge shown={shown} />
        ) : (
          <>
            for <TimeText at={(job.startedAt ?? job.createdAt).epochMilliseconds} nowMs={nowMs} kind="elapsed" />
            {job.etaMs !== undefined && ` · ${leftShortText(job.etaMs)}`}
          </>
        )}
      </span>
      <span class="running-sentence" id={`sentence-${job.id}`}>
        <SentenceText sentence={jobSentence(shown)} nowMs={nowMs} />
      </span>
      <span class="bar-line">
        <ProgressBar shown={shown} describedBy={`sentence-${job.id}`} />
        <span class="bar-number">{shownPercent(shown)}%</span>
      </span>
    </li>
  )
}

const Health = ({ overview, nowMs }: NowPageProps) => {
  const { databaseMs, lanes, oldestReadyAt, workers } = overview
  return (
    <section class="card" id="now-health" aria-labelledby="health-title">
      <div class="card-head">
        <h2 id="health-title">Health</h2>
        <a href="/fleet">Fleet</a>
      </div>
      <dl class="summary">
        <div>
          <dt>Workers</dt>
          <dd class={workers.alive < workers.known || workers.known === 0 ? "unwell" : undefined}>
            {workersText(workers)}
          </dd>
        </div>
        <div>
          <dt>Browsers</dt>
          <dd>{browsersText(lanes)}</dd>
        </div>
        <div>
          <dt>Longest wait for a place</dt>
          <dd>
            {oldestReadyAt === undefined ? (
              "No job waits for one"
            ) : (
              <TimeText at={oldestReadyAt.epochMilliseconds} nowMs={nowMs} kind="elapsed" />
            )}
          </dd>
        </div>
        <div>
          <dt>Database</dt>
          <dd>{databaseText(databaseMs)}</dd>
        </div>
      </dl>
    </section>
  )
}

const Throughput = ({ nowMs, overview: { countedAt, minutes } }: NowPageProps) => (
  <ThroughputChart throughput={throughputOf(minutes, nowMs)} countedAt={countedAt?.epochMilliseconds} />
)

const NewsPill = ({ news }: NowPageProps) => {
  const texts = [
    [news?.questions ?? 0, "new question", "new questions"],
    [news?.kinds ?? 0, "new failure", "new failures"],
    [news?.running ?? 0, "more job runs", "more jobs run"]
  ] as const
  const text = texts.flatMap(([count, one, many]) => (count === 0 ? [] : [counted(count, one, many)])).join(", ")
  return <NewPill id="now-news" href="/" {...(text !== "" && { text })} />
}

export interface LivePart {
  readonly id: string
  readonly node: Child
}

/** The parts of the page that change, each with the id by which its stream replaces it. */
export const nowParts = (props: NowPageProps): ReadonlyArray<LivePart> => [
  { id: "now-greeting", node: <Greeting {...props} /> },
  { id: "now-news", node: <NewsPill {...props} /> },
  ...props.questions.map((shown) => ({ id: questionId(shown.question), node: <QuestionCard shown={shown} /> })),
  ...props.running.map((shown) => ({ id: `job-${shown.job.id}`, node: <RunningLine shown={shown} /> })),
  ...props.kinds.map((shown) => ({ id: `kind-${shown.kind.fingerprint}`, node: <KindLine shown={shown} /> })),
  ...(props.kinds.length === 0 ? [] : [{ id: "now-broken", node: <BrokenText {...props} /> }]),
  {
    id: "now-throughput",
    node: <Throughput {...props} />
  },
  { id: "now-health", node: <Health {...props} /> }
]

const NeedsYou = ({ overview, questions }: NowPageProps) =>
  questions.length === 0 ? null : (
    <section class="now-needs" aria-labelledby="needs-title">
      <div class="card-head">
        <h2 id="needs-title">Needs you</h2>
        <a href="/inbox">
          Open inbox
          {overview.counts.needs_input > questions.length && ` (${overview.counts.needs_input})`}
        </a>
      </div>
      <div class="question-list">
        {questions.map((shown) => (
          <QuestionCard shown={shown} />
        ))}
      </div>
    </section>
  )

const Running = ({ overview, running }: NowPageProps) => (
  <section class="card" aria-labelledby="running-title">
    <div class="card-head">
      <h2 id="running-title">Running now</h2>
      {overview.counts.in_progress > running.length && <a href="/jobs?status=in_progress">All that run</a>}
    </div>
    {running.length === 0 ? (
      <p class="muted">Nothing runs.</p>
    ) : (
      <ul class="running">
        {running.map((shown) => (
          <RunningLine shown={shown} />
        ))}
      </ul>
    )}
  </section>
)

const BrokenText = ({ overview }: Pick<NowPageProps, "overview">) => (
  <p class="muted" id="now-broken">
    {brokenText(overview)}
  </p>
)

const Broken = ({ kinds, overview }: NowPageProps) => (
  <section class="card" aria-labelledby="broken-title">
    <div class="card-head">
      <h2 id="broken-title">Broken</h2>
      <a href="/failures">All failures</a>
    </div>
    {kinds.length === 0 ? (
      <p class="muted">Nothing failed in the last 24 hours.</p>
    ) : (
      <>
        <BrokenText overview={overview} />
        <ul class="kinds-short">
          {kinds.map((shown) => (
            <KindLine shown={shown} />
          ))}
        </ul>
      </>
    )}
  </section>
)

/** Ids of what the page shows: its stream changes these and only these. */
const nowFeedUrl = ({ kinds, nowMs, questions, running }: NowPageProps): string =>
  `/events?${new URLSearchParams({
    page: "now",
    ids: running.map(({ job }) => job.id).join(),
    prompts: questions.map(({ question }) => question.prompt.id).join(),
    kinds: kinds.map(({ kind }) => kind.fingerprint).join(),
    at: String(nowMs)
  })}`

export const NowPage = (props: NowPageProps) => (
  <>
    <LiveFeed url={nowFeedUrl(props)} />
    <div class="page-head">
      <h1>Now</h1>
      <div class="buttons">
        <Permitted to="create">
          {props.practiceKey !== undefined && <PracticeForm formKey={props.practiceKey} />}
          <a class={props.practiceKey === undefined ? "button button-primary" : "button"} href="/jobs/new">
            Start a job
          </a>
        </Permitted>
      </div>
    </div>
    <Hello />
    <Greeting {...props} />
    <NewsPill {...props} />
    <NeedsYou {...props} />
    <div class="columns">
      <div class="column">
        <Running {...props} />
        <Broken {...props} />
      </div>
      <div class="column column-side">
        <Throughput {...props} />
        <Health {...props} />
      </div>
    </div>
  </>
)
