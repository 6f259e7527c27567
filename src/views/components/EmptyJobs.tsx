/** What a list says when it has nothing to show. */

import type { TitleOf } from "../FilterChips.tsx"
import { type JobsQuery, jobsUrl } from "../JobsQuery.ts"
import { type FoundWider, nothingText, widerText } from "../widerFilter.ts"
import { Icon } from "./Icon.tsx"
import { type Looked, LookedUntil, SEARCH_OLDER } from "./LookedUntil.tsx"
import { Permitted } from "./Permitted.tsx"

export const PracticeForm = ({ formKey }: { readonly formKey: string }) => (
  <form method="post" action="/jobs/practice">
    <input type="hidden" name="key" value={formKey} />
    <button type="submit" class="button button-primary">
      Run a practice job
    </button>
  </form>
)

export const EmptyJobs = ({ practiceKey }: { readonly practiceKey?: string | undefined }) => (
  <div class="empty">
    <Icon name="mark" />
    <h2>No jobs yet.</h2>
    <p>A job is one task the robot does for a restaurant.</p>
    <Permitted to="create">
      <div class="buttons">
        {practiceKey !== undefined && <PracticeForm formKey={practiceKey} />}
        <a class="button" href="/jobs/new">
          Start a job
        </a>
        <a class="button" href="/help">
          How it works
        </a>
      </div>
    </Permitted>
  </div>
)

export interface NoMatchProps {
  readonly query: JobsQuery
  readonly titleOf: TitleOf
  /** The nearest filter that has jobs; absent where none has. */
  readonly wider?: FoundWider | undefined
  /** Absent where all jobs were looked at. */
  readonly looked?: Looked | undefined
}

const clearText = "Clear the filter to see every job."

/** On a later page there were some before. */
const nothingIn = ({ looked, query, titleOf }: NoMatchProps): string => {
  if (looked !== undefined) return "Nothing found so far."
  return query.after === undefined ? nothingText(query, titleOf) : "No older jobs match."
}

const NextSteps = ({ looked, wider }: NoMatchProps) => (
  <>
    {looked === undefined ? <p>{wider === undefined ? clearText : widerText(wider)}</p> : <LookedUntil {...looked} />}
    <div class="buttons">
      {looked !== undefined && (
        <a class="button button-primary" href={looked.href}>
          {SEARCH_OLDER}
        </a>
      )}
      {wider !== undefined && (
        <a class="button button-primary" href={jobsUrl(wider.query)}>
          Show {wider.jobs === 1 ? "it" : "them"}
        </a>
      )}
      <a class="button" href="/jobs">
        Clear
      </a>
    </div>
  </>
)

export const NoMatch = (props: NoMatchProps) => (
  <div class="empty">
    <Icon name="search" />
    <h2>{nothingIn(props)}</h2>
    <NextSteps {...props} />
  </div>
)
