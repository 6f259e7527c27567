/** What a job gives people to read or to take away: the texts of its result and its files. */
import type { Artifact } from "../domain/Artifacts.ts"
import type { ReadableJobId } from "../domain/JobId.ts"
import { type JsonSchemaDocument, type JsonSchemaNode, resolveNode } from "../domain/Secret.ts"
import { isRecord } from "./form/FormDraft.ts"
import { labelOf } from "./form/FormFields.ts"
import { JobImport } from "./JobImport.tsx"
import type { ShownJob } from "./ShownJob.ts"

/** Of a job whose result is for people rather than for programs. */
export interface Outcome {
  readonly files: ReadonlyArray<Artifact>
  /** Says in which order the parts of the result are shown, and what they are called. */
  readonly schema: JsonSchemaDocument
  /** Of an import that was only checked: the one that was started from it. */
  readonly startedAs?: ReadableJobId
}

export interface JobOutcomeProps {
  readonly shown: ShownJob
  readonly outcome?: Outcome
}

/** Items of a list; the rest is for engineers. */
const MOST_ITEMS = 10

const UNITS = ["bytes", "KB", "MB", "GB"]

const sizeText = (bytes: number): string => {
  const unit = bytes === 0 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1_000 ** unit).toLocaleString("en", { maximumFractionDigits: 1 })} ${UNITS[unit]}`
}

/** Rows of a table; results hold no more than that of them. */
const MOST_ROWS = 50

type Cell = string | number
type Rows = ReadonlyArray<Readonly<Record<string, Cell>>>

interface Shown {
  readonly label: string
  readonly texts: ReadonlyArray<string>
  readonly rows: Rows
  readonly columns: ReadonlyArray<string>
}

const isCell = (value: unknown): value is Cell => typeof value === "string" || typeof value === "number"

const isRow = (value: unknown): boolean =>
  isRecord(value) && Object.keys(value).length > 1 && Object.values(value).every(isCell)

/** Items that are no more than some texts and numbers each are a table. */
const rowsOf = (value: unknown): Rows => (Array.isArray(value) && value.every(isRow) ? value : [])

/** In the order of the schema: databases keep none. */
const columnsOf = ([first = {}]: Rows, list: JsonSchemaNode, schema: JsonSchemaDocument): ReadonlyArray<string> => {
  const { properties = {} } = resolveNode(list.items ?? {}, schema)
  return [...new Set([...Object.keys(properties), ...Object.keys(first)])].filter((key) => key in first)
}

const textsOf = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return value.split(/\n{2,}/u).filter((text) => text.trim() !== "")
  if (typeof value === "number") return [value.toLocaleString("en")]
  if (!Array.isArray(value) || !value.every((each) => typeof each === "string")) return []
  const more = value.length - MOST_ITEMS
  return more > 0 ? [...value.slice(0, MOST_ITEMS), `and ${more} more`] : value
}

/** Ids are for programs. */
const isForPeople = (key: string): boolean => !/(?:^id|Id)$/u.test(key)

const partsOf = (result: unknown, schema: JsonSchemaDocument): ReadonlyArray<Shown> => {
  if (typeof result !== "object" || result === null) return []
  const { properties = {} } = resolveNode(schema.schema, schema)
  return Object.entries(properties)
    .filter(([key]) => isForPeople(key))
    .map(([key, node]): Shown => {
      const value: unknown = Reflect.get(result, key)
      const [rows, list] = [rowsOf(value), resolveNode(node, schema)]
      return { label: node.title ?? labelOf(key), texts: textsOf(value), rows, columns: columnsOf(rows, list, schema) }
    })
    .filter(({ rows, texts }) => texts.length + rows.length > 0)
}

/** It stands beside its name, not below it. */
const isNumber = ([text, ...more]: ReadonlyArray<string>): boolean => more.length === 0 && /^[\d,.]+$/u.test(text ?? "")

const RowsTable = ({ columns, rows }: Pick<Shown, "columns" | "rows">) => (
  <dd>
    <table class="csv-result">
      <thead>
        <tr>
          {columns.map((column) => (
            <th scope="col">{labelOf(column)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, MOST_ROWS).map((row) => (
          <tr>
            {columns.map((column) => (
              <td>{row[column]}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </dd>
)

export const JobOutcome = ({ outcome, shown }: JobOutcomeProps) => {
  const { job } = shown
  if (outcome === undefined) return <div id="job-outcome" hidden />
  const { files, schema, startedAs } = outcome
  // The name of a file stands beside its download.
  const names = new Set<string>(files.map(({ name }) => name))
  const parts = partsOf(job.result, schema).filter(({ texts }) => !(texts.length === 1 && names.has(texts[0] ?? "")))
  return (
    <section class="card" id="job-outcome" aria-labelledby="outcome-title">
      <h2 id="outcome-title">Result</h2>
      <JobImport job={job} {...(startedAs && { startedAs })} />
      {files.map(({ name, size }) => (
        <p>
          <a href={`/api/jobs/${job.jobId}/artifacts/${name}`} download={name}>
            Download {name}
          </a>{" "}
          <span class="muted">({sizeText(size)})</span>
        </p>
      ))}
      <dl class="outcome">
        {parts.map(({ columns, label, rows, texts }) => (
          <div class={isNumber(texts) ? "outcome-number" : undefined}>
            <dt>{label}</dt>
            {texts.map((text) => (
              <dd>{text}</dd>
            ))}
            {rows.length > 0 && <RowsTable columns={columns} rows={rows} />}
          </div>
        ))}
      </dl>
    </section>
  )
}
