/** Jobs as rows of a table, in the order in which they are given. */
import { JobRow } from "./JobRow.tsx"
import type { ShownJob } from "./ShownJob.ts"

export const JobTable = ({ caption, jobs }: { readonly caption: string; readonly jobs: ReadonlyArray<ShownJob> }) => (
  <div class="table-frame">
    <table class="jobs">
      <caption class="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Job</th>
          <th scope="col">Progress</th>
          <th scope="col">When</th>
          <th scope="col">Try</th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((shown) => (
          <JobRow shown={shown} />
        ))}
      </tbody>
    </table>
  </div>
)
