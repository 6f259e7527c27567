/** What is next after an import: its jobs or, where its rows were only checked, the button that makes jobs of the good ones. */
import type { Job } from "../domain/Job.ts"
import type { ReadableJobId } from "../domain/JobId.ts"
import { Permitted } from "./components/Permitted.tsx"
import { isRecord } from "./form/FormDraft.ts"

export const IMPORT_TYPE = "bulk_import"

/** The same import in earnest; undefined where the job was none, or no check. */
export const checkedImport = ({ input, jobType, status }: Job): Job["input"] | undefined => {
  if (jobType !== IMPORT_TYPE || status !== "completed" || !isRecord(input) || input.dryRun !== true) return undefined
  const { dryRun: _, ...rest } = input
  return rest as Job["input"]
}

/** The key under which a check starts its import: once, as long as the check is kept. */
export const startKey = ({ id }: Pick<Job, "id">): string => `import-${id}`

const counted = ({ result }: Job, what: "rows" | "good"): number => {
  const count = isRecord(result) ? result[what] : undefined
  return typeof count === "number" ? count : 0
}

/** Where the jobs of a finished import are. */
const batchOf = ({ jobType, result }: Job): string | undefined =>
  jobType === IMPORT_TYPE && isRecord(result) && typeof result.batchId === "string" ? result.batchId : undefined

export interface JobImportProps {
  readonly job: Job
  /** The import that was started from this check. */
  readonly startedAs?: ReadableJobId
}

export const JobImport = ({ job, startedAs }: JobImportProps) => {
  const batchId = batchOf(job)
  if (batchId !== undefined) {
    return (
      <p>
        <a href={`/jobs?batch=${batchId}`}>Jobs of this import</a>
      </p>
    )
  }
  if (checkedImport(job) === undefined) return null
  if (startedAs !== undefined) {
    return (
      <p>
        Started: <a href={`/jobs/${startedAs}`}>{startedAs}</a>
      </p>
    )
  }
  const good = counted(job, "good")
  if (counted(job, "rows") === 0) return <p>The file has no rows, so there is nothing to start.</p>
  if (good === 0) return <p>No row is good, so there is nothing to start. Mend the file and check it again.</p>
  return (
    <Permitted to="create">
      <form class="outcome-action" method="post" action={`/jobs/${job.jobId}/import`}>
        <p>The rows were only checked: no job was made.</p>
        <button type="submit" class="button button-primary">
          {good === 1 ? "Start 1 job" : `Start ${good.toLocaleString("en")} jobs`}
        </button>
      </form>
    </Permitted>
  )
}
