/** What a list says when it has nothing to show. */
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
      </div>
    </Permitted>
  </div>
)

export const NoMatch = () => (
  <div class="empty">
    <Icon name="search" />
    <h2>No job matches this filter.</h2>
    <p>Choose another status, or clear the filter to see every job.</p>
    <div class="buttons">
      <a class="button" href="/jobs">
        Clear
      </a>
    </div>
  </div>
)
