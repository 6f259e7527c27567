/** A new schedule: choose a job type, then its times and what each job gets. */

import type { InputIssue, JobType } from "../domain/JobType.ts"
import { Once } from "./components/Once.tsx"
import { EnterButton, SubmitButton } from "./components/SubmitButton.tsx"
import { type FieldContext, Fields } from "./form/Field.tsx"
import type { FormField } from "./form/FormFields.ts"
import { FormIssues, inputIssues, type LinkedIssue } from "./form/FormIssues.tsx"
import { JsonBox } from "./form/JsonBox.tsx"
import { isStartedHere } from "./isStartedHere.ts"
import { ScheduleBoxes, type ScheduleDraft, scheduleIssues } from "./ScheduleBoxes.tsx"

export interface NewScheduleProps {
  readonly types: ReadonlyArray<Pick<JobType, "name" | "title">>
  /** Absent until one is chosen. */
  readonly type?: Pick<JobType, "name" | "title"> | undefined
  readonly fields?: ReadonlyArray<FormField> | undefined
  readonly context: FieldContext
  readonly draft: ScheduleDraft
  readonly issues: ReadonlyArray<InputIssue>
  readonly problem?: string | undefined
}

const linkedIssues = ({ context, fields, issues }: NewScheduleProps): ReadonlyArray<LinkedIssue> => [
  ...scheduleIssues(issues),
  ...inputIssues(context, fields)
]

export const NewScheduleForm = (props: NewScheduleProps) => {
  const { context, draft, fields, issues, type } = props
  return (
    <form id="job-form" class="form" method="post" action={context.action} data-typed="" novalidate>
      <Once />
      <EnterButton>Make schedule</EnterButton>
      <FormIssues title="The schedule was not made" issues={linkedIssues(props)} problem={props.problem} />
      <p class="lead">{type?.title}</p>
      <ScheduleBoxes draft={draft} issues={issues} />
      <fieldset class="field-group">
        <legend>What each job gets</legend>
        {issues.length === 0 && props.problem === undefined && (
          <p class="note">The boxes are filled with an example. Replace it by what you mean.</p>
        )}
        {fields === undefined ? (
          <JsonBox context={context} rows={12} />
        ) : (
          <Fields fields={fields} parent="" context={context} />
        )}
      </fieldset>
      <div class="buttons">
        <SubmitButton>Make schedule</SubmitButton>
        <a class="button" href="/schedules">
          Back
        </a>
      </div>
    </form>
  )
}

export const NewSchedulePage = (props: NewScheduleProps) => (
  <div class="narrow">
    <nav class="crumbs" aria-label="Breadcrumb">
      <a href="/schedules">Schedules</a>
      <span aria-hidden="true">/</span>
      <span>New</span>
    </nav>
    <h1>New schedule</h1>
    {props.type === undefined ? (
      <>
        <p class="lead">Choose what is to be done again and again.</p>
        <ul class="files">
          {props.types.filter(isStartedHere).map(({ name, title }) => (
            <li>
              <a href={`/schedules/new?type=${name}`}>{title}</a>
            </li>
          ))}
        </ul>
      </>
    ) : (
      <NewScheduleForm {...props} />
    )}
  </div>
)
