/** Jobs from a file: the file and what its rows become. It is only checked at first; the check's page offers the rest. */

import type { JobType } from "../domain/JobType.ts"
import { LARGEST_UPLOAD } from "../domain/Uploads.ts"
import { SubmitButton } from "./components/SubmitButton.tsx"
import { importColumns } from "./form/importColumns.ts"

export const FILE_FIELD = "file"

const IMPORT_PATH = "/jobs/new/bulk_import"

export const IMPORT_ACTION = `${IMPORT_PATH}/file`

export interface ImportDraft {
  readonly jobType: string
  readonly rows: string
  readonly mapping: string
  readonly labels: string
}

export interface ImportPageProps {
  readonly type: Pick<JobType, "name" | "title">
  /** What rows can become. */
  readonly types: ReadonlyArray<Pick<JobType, "name" | "title" | "inputSchema" | "example">>
  readonly draft: ImportDraft
  /** Makes one job of a form that is sent twice. */
  readonly formKey: string
  /** The file that was sent with the form before, and is still here. */
  readonly kept?: { readonly id: string; readonly name: string } | undefined
  /** Where the form is sent. */
  readonly action: string
  /** What is wrong, by the field that it is about; `form` for the whole. */
  readonly problem?:
    | { readonly field: "file" | "jobType" | "rows" | "mapping" | "form"; readonly text: string }
    | undefined
}

const MEGABYTES = LARGEST_UPLOAD / 1_024 ** 2

export const tooLargeText = `The file is too large, so nothing of it was kept. At most ${MEGABYTES} MB are taken.`

const Problem = ({ field, of }: { readonly field: string; readonly of: ImportPageProps["problem"] }) =>
  of?.field === field ? (
    <p class="field-error" id={`import-${field}-error`}>
      {of.text}
    </p>
  ) : null

const describedBy = (field: string, { problem }: ImportPageProps): string =>
  problem?.field === field ? `import-${field}-hint import-${field}-error` : `import-${field}-hint`

const FileField = (props: ImportPageProps) => {
  const { kept, problem } = props
  return (
    <div class="field">
      <label for="import-file">File</label>
      <p class="field-hint" id="import-file-hint">
        {kept === undefined
          ? `A table saved as CSV, with the names of its columns in the first line; or NDJSON, as programs write it. At most ${MEGABYTES} MB.`
          : `“${kept.name}” is here until tomorrow. Choose another one to take its place.`}
      </p>
      {kept && <input type="hidden" name="uploadId" value={kept.id} />}
      {kept && <input type="hidden" name="uploadName" value={kept.name} />}
      <input
        class="box-input"
        type="file"
        id="import-file"
        name={FILE_FIELD}
        accept=".csv,.tsv,.txt,.ndjson,.jsonl,text/csv,application/x-ndjson"
        aria-describedby={describedBy("file", props)}
      />
      <Problem field="file" of={problem} />
    </div>
  )
}

const TypeField = (props: ImportPageProps) => {
  const { draft, problem, types } = props
  return (
    <div class="field">
      <label for="import-type">Each row becomes</label>
      <p class="field-hint" id="import-jobType-hint">
        This decides which columns the file needs.
      </p>
      <select
        class="box-input"
        id="import-type"
        name="jobType"
        aria-describedby={describedBy("jobType", props)}
        hx-get={IMPORT_PATH}
        hx-trigger="change"
        hx-target="#import-columns"
        hx-select="#import-columns"
        hx-swap="outerHTML"
      >
        <option value="">Choose…</option>
        {types.map(({ name, title }) => (
          <option value={name} selected={name === draft.jobType}>
            {title}
          </option>
        ))}
      </select>
      <Problem field="jobType" of={problem} />
    </div>
  )
}

/** The links are for those whose browser runs no script; the others choose above. */
const Columns = ({ draft, types }: ImportPageProps) => {
  const type = types.find(({ name }) => name === draft.jobType)
  const columns = type && importColumns(type)
  return (
    <section id="import-columns" class="field" aria-label="Columns" aria-live="polite">
      {columns === undefined ? (
        <details>
          <summary>Which columns does a file need?</summary>
          <p>That depends on what each row becomes:</p>
          <ul>
            {types.map(({ name, title }) => (
              <li>
                <a href={`${IMPORT_PATH}?jobType=${encodeURIComponent(name)}`}>{title}</a>
              </li>
            ))}
          </ul>
        </details>
      ) : (
        <>
          <p>
            Columns of every file: <code>{columns.required.join(", ") || "none"}</code>
            {columns.optional.length > 0 && (
              <>
                . If you like: <code>{columns.optional.join(", ")}</code>
              </>
            )}
          </p>
          <p class="field-hint">A CSV file with one row:</p>
          <pre tabindex={0}>{columns.csv}</pre>
          <p class="field-hint">The same row as NDJSON, for programs:</p>
          <pre tabindex={0}>{columns.ndjson}</pre>
        </>
      )}
    </section>
  )
}

const MoreFields = (props: ImportPageProps) => {
  const { draft, problem } = props
  return (
    <details class="options" open={draft.rows !== "" || draft.mapping !== "" || draft.labels !== ""}>
      <summary>Paste rows, rename columns, add labels</summary>
      <div class="field">
        <label for="import-rows">Rows instead of a file</label>
        <p class="field-hint" id="import-rows-hint">
          Everybody who may see the job can read them, so they can have no password or other secret.
        </p>
        <textarea
          class="box-input code"
          id="import-rows"
          name="rows"
          rows={6}
          spellcheck={false}
          aria-describedby={describedBy("rows", props)}
        >
          {draft.rows}
        </textarea>
        <Problem field="rows" of={problem} />
      </div>
      <div class="field">
        <label for="import-mapping">Columns with other names</label>
        <p class="field-hint" id="import-mapping-hint">
          One a line: the name in the file, an equals sign, the name above. Nothing after the sign leaves the column
          out.
        </p>
        <textarea
          class="box-input code"
          id="import-mapping"
          name="mapping"
          rows={3}
          spellcheck={false}
          placeholder={"Cost = price\nTown = address.city\nRemarks ="}
          aria-describedby={describedBy("mapping", props)}
        >
          {draft.mapping}
        </textarea>
        <Problem field="mapping" of={problem} />
      </div>
      <div class="field">
        <label for="import-labels">Labels of the jobs</label>
        <p class="field-hint" id="import-labels-hint">
          Separated by commas.
        </p>
        <input
          class="box-input"
          id="import-labels"
          name="labels"
          value={draft.labels}
          autocomplete="off"
          aria-describedby="import-labels-hint"
        />
      </div>
    </details>
  )
}

const ImportForm = (props: ImportPageProps) => {
  const { action, formKey, problem } = props
  return (
    <form id="job-form" class="form" method="post" action={action} enctype="multipart/form-data" novalidate>
      <input type="hidden" name="key" value={formKey} />
      {problem && (
        <div class="box box-error" id="form-errors" tabindex={-1} autofocus>
          <h2>{problem.field === "form" ? problem.text : "Nothing was checked yet"}</h2>
          {problem.field !== "form" && <p>{problem.text}</p>}
        </div>
      )}
      <TypeField {...props} />
      <Columns {...props} />
      <FileField {...props} />
      <MoreFields {...props} />
      <div class="buttons">
        <SubmitButton>Check the file</SubmitButton>
        <a class="button" href="/jobs/new">
          Back
        </a>
      </div>
    </form>
  )
}

export const ImportPage = (props: ImportPageProps) => (
  <div class="narrow">
    <nav class="crumbs" aria-label="Breadcrumb">
      <a href="/jobs/new">Start a job</a>
    </nav>
    <h1>{props.type.title}</h1>
    <p class="lead">Every row is checked first. You see what is wrong, and then start the jobs of the good rows.</p>
    <ImportForm {...props} />
    <p class="note">
      For engineers: <a href={`/jobs/new/${props.type.name}?as=form`}>all settings</a>
      {" · "}
      <a href={`/jobs/new/${props.type.name}?as=json`}>write the input as JSON</a>
    </p>
  </div>
)
