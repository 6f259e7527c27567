/** What was wrong with a form that was sent, with links to its boxes. */
import type { InputIssue } from "../../domain/JobType.ts"
import { type FieldContext, fieldId, JSON_PATH } from "./Field.tsx"
import type { FormField } from "./FormFields.ts"
import { issueLabel } from "./IssueLabel.ts"
import { issueText } from "./IssueText.ts"

export interface LinkedIssue {
  readonly href: string
  readonly label: string
  readonly issue: InputIssue
}

/** Those of an input, whose boxes are named by their paths. */
export const inputIssues = (
  { issues }: FieldContext,
  fields: ReadonlyArray<FormField> = [],
  labelOf = (path: string): string => issueLabel(fields, path)
): ReadonlyArray<LinkedIssue> =>
  issues.map((issue) => ({
    href: `#${fieldId(issue.path)}`,
    label: issue.path === JSON_PATH ? "Input" : labelOf(issue.path),
    issue
  }))

export interface FormIssuesProps {
  readonly title: string
  readonly issues: ReadonlyArray<LinkedIssue>
  /** What is wrong with the whole form, where it is not a field. */
  readonly problem?: string | undefined
}

export const FormIssues = ({ issues, problem, title }: FormIssuesProps) =>
  issues.length === 0 && problem === undefined ? null : (
    <div class="box box-error" id="form-errors" tabindex={-1} autofocus>
      <h2>{title}</h2>
      {problem !== undefined && <p>{problem}</p>}
      {issues.length > 0 && (
        <ul>
          {issues.map(({ href, issue, label }) => (
            <li>
              <a href={href}>{label}</a>: {issueText(issue)}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
