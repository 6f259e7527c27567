/** One job for each row of a table: what all have in common in the form, what differs in the rows. */
import type { InputIssue, JobType } from "../domain/JobType.ts"
import { type FieldContext, Fields } from "./form/Field.tsx"
import type { FormField } from "./form/FormFields.ts"
import { issueText } from "./form/IssueText.ts"

export const CSV_FIELD = "csv"

/** Rows that are shown as wrong; more are counted. */
const MOST_SHOWN = 50

export interface BadRow {
  readonly line: number
  readonly issues: ReadonlyArray<InputIssue>
}

export interface CsvResult {
  readonly good: number
  readonly bad: ReadonlyArray<BadRow>
  /** What is wrong with the whole table. */
  readonly problem?: string | undefined
}

export interface CsvPageProps {
  readonly type: Pick<JobType, "name" | "title">
  readonly fields: ReadonlyArray<FormField>
  /** Columns that rows may have. */
  readonly columns: ReadonlyArray<string>
  readonly context: FieldContext
  readonly csv: string
  readonly formKey: string
  readonly result?: CsvResult | undefined
}

const resultText = ({ bad, good }: CsvResult): string => {
  const fine = good === 1 ? "1 row is fine" : `${good} rows are fine`
  return bad.length === 0 ? `${fine}.` : `${fine}, ${bad.length} ${bad.length === 1 ? "is" : "are"} not.`
}

/** Of the whole row, or of one of its fields. */
const whatIsWrong = (issue: InputIssue): string =>
  issue.path === "" ? issueText(issue) : `${issue.path}: ${issueText(issue)}`

const Result = ({ result }: { readonly result: CsvResult }) => (
  <section
    class={result.bad.length > 0 || result.problem !== undefined ? "box box-problem" : "box"}
    id="csv-result"
    aria-labelledby="csv-result-title"
    tabindex={-1}
    autofocus
  >
    <h2 id="csv-result-title">{result.problem ?? resultText(result)}</h2>
    {result.bad.length > 0 && (
      <table class="csv-result">
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">What is wrong</th>
          </tr>
        </thead>
        <tbody>
          {result.bad.slice(0, MOST_SHOWN).map(({ issues, line }) => (
            <tr>
              <th scope="row">{line}</th>
              <td>{issues.map(whatIsWrong).join(" ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
    {result.bad.length > MOST_SHOWN && <p>And {result.bad.length - MOST_SHOWN} more.</p>}
  </section>
)

export const CsvForm = ({ columns, context, csv, fields, formKey, result }: CsvPageProps) => (
  <form id="job-form" class="form" method="post" action={context.action} data-typed="" novalidate>
    <button type="submit" name="check" value="yes" hidden>
      Check the rows
    </button>
    <input type="hidden" name="key" value={formKey} />
    {result && <Result result={result} />}
    <div class="field">
      <label for="csv-text">Rows</label>
      <p class="field-hint" id="csv-hint">
        Paste a table with a first line of column names, separated by commas, semicolons or tabs. Columns:{" "}
        <code>{columns.join(", ")}</code>
      </p>
      <textarea
        class="box-input code"
        id="csv-text"
        name={CSV_FIELD}
        rows={10}
        spellcheck={false}
        data-unkept={context.hasSecrets ? "" : undefined}
        aria-describedby="csv-hint"
        placeholder={`${columns[0] ?? "restaurantId"}\ntrattoria-roma\nsushi-ito`}
      >
        {csv}
      </textarea>
    </div>
    {result && result.bad.length > 0 && result.good > 0 && (
      <div class="field field-switch">
        <label for="csv-skip">Leave out the rows that are wrong</label>
        <input type="checkbox" id="csv-skip" name="skip" value="yes" />
      </div>
    )}
    <fieldset class="field-group">
      <legend>The same for every row</legend>
      <p class="field-hint">
        A column of the table takes the place of its field here.
        {result === undefined && " The boxes are filled with an example: replace what has no column."}
      </p>
      <Fields fields={fields} parent="" context={context} />
    </fieldset>
    <div class="buttons">
      <button type="submit" class="button" name="check" value="yes">
        Check the rows
      </button>
      <button type="submit" class="button button-primary">
        {result && result.good > 0 && result.problem === undefined
          ? `Start ${result.good} ${result.good === 1 ? "job" : "jobs"}`
          : "Start jobs"}
      </button>
      <a class="button" href="/jobs/new">
        Back
      </a>
    </div>
  </form>
)

export const CsvPage = (props: CsvPageProps) => (
  <div class="narrow">
    <nav class="crumbs" aria-label="Breadcrumb">
      <a href="/jobs/new">Start a job</a>
      <span aria-hidden="true">/</span>
      <a href={`/jobs/new/${props.type.name}`}>{props.type.title}</a>
    </nav>
    <h1>Start many from a table</h1>
    <p class="lead">One job for each row of a table. Nothing starts before every row was checked.</p>
    <CsvForm {...props} />
  </div>
)
