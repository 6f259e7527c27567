/** One kind of failure: what it means, what it touches, and its jobs. */
import type { FailureDetail, FailurePicture } from "../domain/FailureKinds.ts"
import type { Note } from "../domain/TeamNotes.ts"
import { kindUrl, type ShownKind, TrendMark } from "./components/KindRow.tsx"
import { LiveFeed } from "./components/LiveFeed.tsx"
import { Once } from "./components/Once.tsx"
import { Permitted } from "./components/Permitted.tsx"
import { TeamNote, type TeamNoteProps } from "./components/TeamNote.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { kindSentence, retriedCount, retryPlanSentences } from "./FailureKindText.ts"
import { jobsUrl } from "./JobsQuery.ts"
import { JobTable } from "./JobTable.tsx"
import { counted } from "./OverviewText.ts"
import type { ShownJob } from "./ShownJob.ts"

export interface FailurePageProps {
  readonly shown: ShownKind
  readonly detail: FailureDetail
  readonly jobs: ReadonlyArray<ShownJob>
  readonly notes: ReadonlyArray<Note>
  readonly unknownType: boolean
  readonly unsaved?: TeamNoteProps["unsaved"]
}

const planOf = ({ detail, unknownType }: FailurePageProps) => ({
  stillFailed: detail.stillFailed,
  notRetryable: detail.notRetryable,
  unknownType
})

const Pictures = ({ pictures, nowMs }: { readonly pictures: ReadonlyArray<FailurePicture>; readonly nowMs: number }) =>
  pictures.length === 0 ? null : (
    <section class="card" aria-labelledby="pictures-title">
      <h2 id="pictures-title">What the browser showed</h2>
      <ul class="kind-pictures">
        {pictures.map(({ at, jobId, picture, title }) => {
          const url = `/api/jobs/${jobId}/artifacts/${picture}`
          const page = title === undefined ? "a page without a title" : `the page “${title}”`
          return (
            <li>
              <a href={url}>
                <img class="film-picture" src={url} alt={`Failed: ${page}`} loading="lazy" width="320" height="180" />
              </a>
              <span class="row-sub">
                <a href={`/jobs/${jobId}`}>{jobId}</a>, <TimeText at={at.epochMilliseconds} nowMs={nowMs} />
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )

const Touched = ({ restaurants }: Pick<FailureDetail, "restaurants">) => (
  <section class="card" aria-labelledby="touched-title">
    <h2 id="touched-title">Restaurants</h2>
    {restaurants.length === 0 ? (
      <p class="muted">None of its jobs was for a restaurant.</p>
    ) : (
      <ul class="questions">
        {restaurants.map(({ failures, restaurantId }) => (
          <li>
            <a href={`/restaurants/${encodeURIComponent(restaurantId)}`}>{restaurantId}</a>
            <span class="row-sub">{counted(failures, "failure", "failures")}</span>
          </li>
        ))}
      </ul>
    )}
  </section>
)

const Crumbs = () => (
  <nav class="crumbs" aria-label="Breadcrumb">
    <a href="/failures">Failures</a>
  </nav>
)

export const FailurePage = (props: FailurePageProps) => {
  const { detail, jobs, notes, shown, unsaved } = props
  const { kind, nowMs, stepTitle, title } = shown
  const count = retriedCount(planOf(props))
  return (
    <>
      <LiveFeed url={`/events?page=failure&ids=${jobs.map(({ job }) => job.id).join()}`} />
      <Crumbs />
      <div class="page-head">
        <h1>{kind.message === "" ? kind.code : kind.message}</h1>
        {count > 0 && (
          <Permitted to="operate">
            <a class="button button-primary" href={`${kindUrl(kind)}/retry`}>
              Retry {counted(count, "job", "jobs")}…
            </a>
          </Permitted>
        )}
      </div>
      <p class="lead">
        {title}
        {stepTitle !== undefined && ` · ${stepTitle}`} · <code>{kind.code}</code> <TrendMark shown={shown} />
      </p>
      <p>
        {kindSentence(kind)} First seen <TimeText at={kind.firstFailedAt.epochMilliseconds} nowMs={nowMs} />, last{" "}
        <TimeText at={kind.lastFailedAt.epochMilliseconds} nowMs={nowMs} />.
      </p>
      <div class="columns">
        <div class="column">
          <TeamNote
            notes={notes}
            title="What it means"
            empty="Nobody has written yet what this means and what helps."
            action={`${kindUrl(kind)}/note`}
            nowMs={nowMs}
            unsaved={unsaved}
          />
        </div>
        <div class="column column-side">
          <Touched restaurants={detail.restaurants} />
        </div>
      </div>
      <Pictures pictures={detail.pictures} nowMs={nowMs} />
      <div class="card-head">
        <h2>Jobs that failed so</h2>
        <a href={jobsUrl({ status: [], error: kind.fingerprint })}>All of them</a>
      </div>
      <JobTable jobs={jobs} caption="Jobs that failed so, the newest failure first" />
    </>
  )
}

export interface RetryKindPageProps extends FailurePageProps {
  /** Makes one retry of a form that is sent twice. */
  readonly formKey: string
  /** The number was another one when the reader saw it. */
  readonly changed?: boolean
}

export const RetryKindPage = (props: RetryKindPageProps) => {
  const { changed, formKey, shown } = props
  const { kind, title } = shown
  const plan = planOf(props)
  const count = retriedCount(plan)
  return (
    <div class="prose">
      <Crumbs />
      <h1>Retry {counted(count, "job", "jobs")}?</h1>
      {changed && (
        <p class="box box-problem" tabindex={-1} autofocus>
          The number has changed meanwhile. Nothing was retried.
        </p>
      )}
      <p class="box-what">{kind.message}</p>
      <p class="muted">
        Failed jobs of the type “{title}” with this failure
        {kind.restaurants > 0 && `, of ${counted(kind.restaurants, "restaurant", "restaurants")}`}.
      </p>
      <ul>
        {retryPlanSentences(plan).map((sentence) => (
          <li>{sentence}</li>
        ))}
      </ul>
      <form method="post" action={`${kindUrl(kind)}/retry`} class="buttons">
        <Once />
        <input type="hidden" name="key" value={formKey} />
        <input type="hidden" name="count" value={String(count)} />
        <a class="button" href={kindUrl(kind)} id="keep">
          Leave them
        </a>
        {count > 0 && (
          <button type="submit" class="button button-primary">
            Retry {counted(count, "job", "jobs")}
          </button>
        )}
      </form>
    </div>
  )
}
