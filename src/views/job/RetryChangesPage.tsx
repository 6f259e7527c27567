/** A retry with another input: the form of the job type with what the job got, and what would change. */

import { MASK } from "../../domain/Secret.ts"
import { ColumnHeads } from "../components/ColumnHeads.tsx"
import { Once } from "../components/Once.tsx"
import { type FieldContext, Fields } from "../form/Field.tsx"
import type { FormField } from "../form/FormFields.ts"
import { FormIssues, inputIssues } from "../form/FormIssues.tsx"
import { JsonBox } from "../form/JsonBox.tsx"
import { jobName, type ShownJob } from "../ShownJob.ts"
import type { InputChange } from "./inputDifference.ts"

export type RetryStart = "start" | "checkpoint"

export interface RetryChangesPageProps {
  readonly shown: ShownJob
  /** Absent where no form can be drawn for the input. */
  readonly fields: ReadonlyArray<FormField> | undefined
  readonly context: FieldContext
  readonly from: RetryStart
  /** Present once the reader asked for it. */
  readonly changes?: ReadonlyArray<InputChange>
  /** Why it was refused, where that is no field. */
  readonly problem?: string | undefined
}

const Difference = ({ changes }: { readonly changes: ReadonlyArray<InputChange> }) => (
  <section class="card" id="difference" aria-labelledby="difference-title" tabindex={-1} autofocus>
    <h2 id="difference-title">What changes</h2>
    {changes.length === 0 ? (
      <p>Nothing: the input is the same as before.</p>
    ) : (
      <table class="attempts">
        <ColumnHeads names={["Field", "Before", "Now"]} />
        <tbody>
          {changes.map(({ after, before, path }) => (
            <tr>
              <th scope="row">{path}</th>
              <td>
                <code>{before ?? "–"}</code>
              </td>
              <td>
                <code>{after ?? "–"}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </section>
)

export const RetryChangesForm = (props: RetryChangesPageProps) => {
  const { changes, context, fields, shown } = props
  return (
    <form id="job-form" class="form" method="post" action={context.action} data-typed="" novalidate>
      <Once />
      <button type="submit" name="look" value="yes" hidden>
        Show what changes
      </button>
      <FormIssues title="The job was not retried" issues={inputIssues(context, fields)} problem={props.problem} />
      {changes && <Difference changes={changes} />}
      {fields === undefined ? <JsonBox context={context} /> : <Fields fields={fields} parent="" context={context} />}
      <div class="field">
        <label for="retry-from">Where it starts</label>
        <select id="retry-from" name="from" class="box-input">
          <option value="start">From the beginning</option>
          <option value="checkpoint" selected={props.from === "checkpoint"}>
            After the last kept step
          </option>
        </select>
      </div>
      <div class="buttons">
        <button type="submit" class="button button-primary">
          Retry with changes
        </button>
        <button type="submit" class="button" name="look" value="yes">
          Show what changes
        </button>
        <a class="button" href={`/jobs/${shown.job.jobId}`}>
          Back
        </a>
      </div>
    </form>
  )
}

export const RetryChangesPage = (props: RetryChangesPageProps) => {
  const { jobId } = props.shown.job
  return (
    <div class="narrow">
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href={`/jobs/${jobId}`}>{jobName(props.shown)}</a>
        <span aria-hidden="true">/</span>
        <a href={`/jobs/${jobId}/retry`}>Retry</a>
      </nav>
      <h1>Retry with changes</h1>
      <p class="lead">
        This is what the job got. Change what was wrong; everything else stays as it is. Dots ({MASK}) stand for a
        stored password or other secret: leave them to keep it.
      </p>
      <RetryChangesForm {...props} />
    </div>
  )
}
