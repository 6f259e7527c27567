/** Everything of one restaurant, as its jobs know it. */
import type { RestaurantDetail } from "../domain/Restaurants.ts"
import type { Note } from "../domain/TeamNotes.ts"
import { DaysCard } from "./components/DaysCard.tsx"
import { Icon } from "./components/Icon.tsx"
import { LiveFeed } from "./components/LiveFeed.tsx"
import { Permitted } from "./components/Permitted.tsx"
import { NewPill, QuestionCard, type ShownQuestion } from "./components/QuestionCard.tsx"
import { StatusIcon } from "./components/StatusBadge.tsx"
import { TeamNote, type TeamNoteProps } from "./components/TeamNote.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { jobsUrl } from "./JobsQuery.ts"
import { JobTable } from "./JobTable.tsx"
import { counted } from "./OverviewText.ts"
import { restaurantUrl } from "./RestaurantsPage.tsx"
import { type ChecklistLine, checklistOf, checklistText, lineText } from "./RestaurantText.ts"
import type { ShownJob } from "./ShownJob.ts"

export interface StartableType {
  readonly name: string
  readonly title: string
}

export interface RestaurantPageProps {
  readonly detail: RestaurantDetail
  readonly questions: ReadonlyArray<ShownQuestion>
  readonly jobs: ReadonlyArray<ShownJob>
  readonly moreJobs: boolean
  readonly notes: ReadonlyArray<Note>
  readonly types: ReadonlyArray<StartableType>
  readonly nowMs: number
  readonly unsaved?: TeamNoteProps["unsaved"]
}

const startUrl = (type: string, restaurantId: string) =>
  `/jobs/new/${type}?restaurant=${encodeURIComponent(restaurantId)}`

const StartMenu = ({ detail, types }: RestaurantPageProps) => (
  <Permitted to="create">
    <details class="menu" id="start-menu">
      <summary class="button button-primary">Start a job</summary>
      <ul>
        {types.map(({ name, title }) => (
          <li>
            <a href={startUrl(name, detail.restaurantId)}>{title}</a>
          </li>
        ))}
      </ul>
    </details>
  </Permitted>
)

const Line = ({ line, restaurantId }: { readonly line: ChecklistLine; readonly restaurantId: string }) => (
  <li class={`check st-${line.job?.status ?? "none"}`}>
    {line.job === undefined ? <Icon name="planned" /> : <StatusIcon status={line.job.status} />}
    <span>
      <span class="check-title">{line.title}</span>
      <span class="row-sub">
        {line.job === undefined ? (
          <>
            {lineText(line)}
            <Permitted to="create">
              {" · "}
              <a href={startUrl(line.types[0] ?? "", restaurantId)} aria-label={`Start: ${line.title}`}>
                Start…
              </a>
            </Permitted>
          </>
        ) : (
          <a href={`/jobs/${line.job.jobId}`}>{lineText(line)}</a>
        )}
      </span>
    </span>
  </li>
)

/** The part of the page that changes besides its rows. */
export const Checklist = ({ detail, types }: Pick<RestaurantPageProps, "detail" | "types">) => {
  const lines = checklistOf(detail.latest, new Set(types.map(({ name }) => name)))
  return (
    <div id="checklist">
      {lines.length > 0 && (
        <section class="card" aria-labelledby="checklist-title">
          <div class="card-head">
            <h2 id="checklist-title">Onboarding</h2>
            <span class="muted">{checklistText(lines)}</span>
          </div>
          <ol class="checks">
            {lines.map((line) => (
              <Line line={line} restaurantId={detail.restaurantId} />
            ))}
          </ol>
        </section>
      )}
    </div>
  )
}

const Answers = ({ detail: { answers }, nowMs }: RestaurantPageProps) => (
  <section class="card" aria-labelledby="answers-title">
    <h2 id="answers-title">Answers given</h2>
    {answers.length === 0 ? (
      <p class="muted">No question about this restaurant was answered lately.</p>
    ) : (
      <ul class="questions">
        {answers.map(({ answeredAt, answeredBy, jobId, label }) => (
          <li>
            <a href={`/jobs/${jobId}`}>{label}</a>
            <span class="row-sub">
              {answeredBy ?? "Somebody"} answered <TimeText at={answeredAt.epochMilliseconds} nowMs={nowMs} />. Answers
              are not kept.
            </span>
          </li>
        ))}
      </ul>
    )}
  </section>
)

export const NewJobs = ({ count, restaurantId }: { readonly count: number; readonly restaurantId: string }) => (
  <NewPill
    id="new-jobs"
    href={restaurantUrl(restaurantId)}
    {...(count > 0 && { text: counted(count, "new job", "new jobs") })}
  />
)

const feedUrl = ({ detail, jobs, questions }: RestaurantPageProps): string =>
  `/events?${new URLSearchParams({
    page: "restaurant",
    restaurant: detail.restaurantId,
    ids: jobs.map(({ job }) => job.id).join(),
    prompts: questions.map(({ question }) => question.prompt.id).join()
  })}`

export const RestaurantPage = (props: RestaurantPageProps) => {
  const { detail, jobs, moreJobs, notes, nowMs, questions, unsaved } = props
  const { labels, restaurantId } = detail
  return (
    <>
      <LiveFeed url={feedUrl(props)} />
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/restaurants">Restaurants</a>
      </nav>
      <div class="page-head">
        <h1>{restaurantId}</h1>
        <StartMenu {...props} />
      </div>
      {labels.length > 0 && (
        <p class="labels">
          <span class="visually-hidden">Labels: </span>
          {labels.map((label) => (
            <a class="note" href={jobsUrl({ status: [], label })}>
              {label}
            </a>
          ))}
        </p>
      )}
      <Checklist {...props} />
      <section class="now-needs" aria-labelledby="needs-title">
        <h2 id="needs-title">Needs you</h2>
        <div class="question-list">
          {questions.map((shown) => (
            <QuestionCard shown={shown} />
          ))}
        </div>
        {questions.length === 0 && <p class="muted">Nothing.</p>}
      </section>
      <div class="card-head">
        <h2>Jobs</h2>
        {moreJobs && <a href={jobsUrl({ status: [], restaurant: restaurantId })}>All jobs</a>}
      </div>
      <NewJobs count={0} restaurantId={restaurantId} />
      <JobTable jobs={jobs} caption="Jobs of this restaurant, newest first" />
      <div class="columns columns-after">
        <TeamNote
          notes={notes}
          title="Notes"
          empty="Nobody has written anything about this restaurant yet."
          action={`${restaurantUrl(restaurantId)}/note`}
          nowMs={nowMs}
          unsaved={unsaved}
        />
        <div class="column column-side">
          <DaysCard ended={detail.ended} nowMs={nowMs} />
          <Answers {...props} />
        </div>
      </div>
    </>
  )
}
