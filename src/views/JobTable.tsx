/** Jobs as rows of a table, in the order in which they are given. */
import { ColumnHeads } from "./components/ColumnHeads.tsx"
import { JobRow } from "./JobRow.tsx"
import type { ShownJob } from "./ShownJob.ts"

export const JobTable = ({ caption, jobs }: { readonly caption: string; readonly jobs: ReadonlyArray<ShownJob> }) => (
  <div class="table-frame">
    <table class="jobs">
      <caption class="visually-hidden">{caption}</caption>
      <ColumnHeads names={["Status", "Job", "Progress", "When", "Tries"]} />
      <tbody>
        {jobs.map((shown) => (
          <JobRow shown={shown} />
        ))}
      </tbody>
    </table>
  </div>
)
