/**
 * Rows of new jobs in the form that `create_plain_jobs` and `insert_plain_jobs` take (migrations): a list per column, because
 * PostgreSQL reads lists several times faster than objects. Jobs of one call mostly differ in their ids and inputs only, so
 * what is the same in all of them is sent once.
 */
import type { Lane } from "../../domain/Lane.ts"
import type { NewRow } from "./newRows.ts"

/**
 * Jobs with a dedupe key may be left out, and what depends on others may fail at once: both take the longer way. So does
 * what says something of dependencies that it does not have.
 */
export const isPlain = ({ dedupe_key, depends_on, on_dependency_failure }: NewRow): boolean =>
  dedupe_key === undefined &&
  (depends_on === undefined || depends_on.length === 0) &&
  (on_dependency_failure === undefined || on_dependency_failure === "fail")

const others = [
  "job_type",
  "lane",
  "priority",
  "total_steps",
  "max_retries",
  "timeout_ms",
  "run_at",
  "expires_at",
  "organisation_id",
  "restaurant_id",
  "created_by",
  "client_ref",
  "concurrency_key",
  "batch_id",
  "labels",
  "trace_parent"
] as const satisfies ReadonlyArray<keyof NewRow>

const special = /["\\]/u

const quoted = (text: string): string => `"${special.test(text) ? text.replace(/["\\]/gu, "\\$&") : text}"`

type Value = string | number | ReadonlyArray<string> | undefined

const elementOf = (value: Value): string => {
  if (value === undefined) return "NULL"
  return quoted(typeof value === "object" ? listOf(value) : String(value))
}

/** As PostgreSQL writes arrays: `{"a","b",NULL}`. */
const listOf = (values: ReadonlyArray<Value>): string => `{${values.map(elementOf).join(",")}}`

export interface PlainRows {
  /** JSON: columns that have one value. */
  readonly shared: string
  /** JSON: lists of the others, and always those of the ids. */
  readonly columns: string
  /** A list of JSON texts. Apart, because they are long and would be quoted twice inside of JSON. */
  readonly inputs: string
  /** What all of the jobs are, if nothing but a free worker is missing to them. */
  readonly kind: { readonly lane: Lane; readonly type: string } | undefined
}

export const plainRowsOf = (rows: ReadonlyArray<NewRow>): PlainRows => {
  const first = rows[0]!
  const shared: Record<string, Value> = {}
  const columns: Record<string, string> = {
    id: listOf(rows.map(({ id }) => id)),
    job_id: listOf(rows.map(({ job_id }) => job_id))
  }
  for (const name of others) {
    const value = first[name]
    if (rows.every((row) => row[name] === value)) shared[name] = value
    else columns[name] = listOf(rows.map((row) => row[name]))
  }
  const isOneKind = !("job_type" in columns || "lane" in columns)
  const isReady = rows.every((row) => row.run_at === undefined && row.concurrency_key === undefined)
  return {
    shared: JSON.stringify(Object.keys(columns).length === 2 ? { ...shared, alike: "yes" } : shared),
    columns: JSON.stringify(columns),
    inputs: listOf(rows.map(({ input }) => JSON.stringify(input))),
    kind: isOneKind && isReady ? { lane: first.lane, type: first.job_type } : undefined
  }
}
