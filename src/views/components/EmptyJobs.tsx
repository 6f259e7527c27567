/** What a list says when it has nothing to show. */

import type { TitleOf } from "../FilterChips.tsx"
import { type JobsQuery, jobsUrl } from "../JobsQuery.ts"
import { type FoundWider, nothingText, widerText } from "../widerFilter.ts"
import { Icon } from "./Icon.tsx"
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
  /** Not all jobs were looked at: the page says how far, and leads on. */
  readonly mayBeOlder?: boolean
}

const clearText = "Clear the filter to see every job."

/** Where not all jobs were looked at; a later page has not looked at the newest. */
const nothingYet = ({ after }: JobsQuery): string =>
  after === undefined ? "Nothing among the newest jobs." : "Nothing among these older jobs."

export const NoMatch = ({ mayBeOlder = false, query, titleOf, wider }: NoMatchProps) => (
  <div class="empty">
    <Icon name="search" />
    <h2>{mayBeOlder ? nothingYet(query) : nothingText(query, titleOf)}</h2>
    {!mayBeOlder && <p>{wider === undefined ? clearText : widerText(wider)}</p>}
    <div class="buttons">
      {wider !== undefined && (
        <a class="button button-primary" href={jobsUrl(wider.query)}>
          Show {wider.jobs === 1 ? "it" : "them"}
        </a>
      )}
      <a class="button" href="/jobs">
        Clear
      </a>
    </div>
  </div>
)
