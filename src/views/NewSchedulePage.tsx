/** A new schedule: choose a kind of job, then its times and what each job gets. */
import type { InputIssue, JobType } from "../domain/JobType.ts"
import { type FieldContext, Fields, fieldId, INPUT_PREFIX, JSON_PATH } from "./form/Field.tsx"
import type { FormField } from "./form/FormFields.ts"
import { issueLabel } from "./form/IssueLabel.ts"
import { issueText } from "./form/IssueText.ts"
import { ScheduleBoxes, type ScheduleDraft } from "./ScheduleBoxes.tsx"

const JsonBox = ({ context }: { readonly context: FieldContext }) => (
  <div class="field">
    <label for={fieldId(JSON_PATH)}>Input as JSON</label>
    <textarea
      class="box-input code"
      rows={12}
      id={fieldId(JSON_PATH)}
      name={`${INPUT_PREFIX}${JSON_PATH}`}
      spellcheck={false}
    >
      {context.draft.get(JSON_PATH) ?? ""}
    </textarea>
  </div>
)

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

const NewProblems = ({ context, fields = [], issues, problem }: NewScheduleProps) => {
  const all = [...issues, ...context.issues]
  if (all.length === 0 && problem === undefined) return null
  return (
    <div class="box box-error" id="form-errors" tabindex={-1} autofocus>
      <h2>The schedule was not made</h2>
      {problem !== undefined && <p>{problem}</p>}
      <ul>
        {issues.map((issue) => (
          <li>
            <a href={`#schedule-${issue.path}`}>{issue.path}</a>: {issueText(issue)}
          </li>
        ))}
        {context.issues.map((issue) => (
          <li>
            <a href={`#${fieldId(issue.path)}`}>
              {issue.path === JSON_PATH ? "Input" : issueLabel(fields, issue.path)}
            </a>
            : {issueText(issue)}
          </li>
        ))}
      </ul>
    </div>
  )
}

export const NewScheduleForm = (props: NewScheduleProps) => {
  const { context, draft, fields, issues, type } = props
  return (
    <form id="job-form" class="form" method="post" action={context.action} novalidate>
      <button type="submit" hidden>
        Make schedule
      </button>
      <NewProblems {...props} />
      <p class="lead">{type?.title}</p>
      <ScheduleBoxes draft={draft} issues={issues} />
      <fieldset class="field-group">
        <legend>What each job gets</legend>
        {fields === undefined ? <JsonBox context={context} /> : <Fields fields={fields} parent="" context={context} />}
      </fieldset>
      <div class="buttons">
        <button type="submit" class="button button-primary">
          Make schedule
        </button>
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
          {props.types.map(({ name, title }) => (
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
