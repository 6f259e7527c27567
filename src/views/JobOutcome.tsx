/** What a job gives people to read or to take away: the texts of its result and its files. */
import type { Artifact } from "../domain/Artifacts.ts"
import { type JsonSchemaDocument, resolveNode } from "../domain/Secret.ts"
import { labelOf } from "./form/FormFields.ts"
import type { ShownJob } from "./ShownJob.ts"

/** Of a job whose result is for people rather than for programs. */
export interface Outcome {
  readonly files: ReadonlyArray<Artifact>
  /** Says in which order the parts of the result are shown, and what they are called. */
  readonly schema: JsonSchemaDocument
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

type Shown = readonly [string, ReadonlyArray<string>]

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
    .map(([key, node]): Shown => [node.title ?? labelOf(key), textsOf(Reflect.get(result, key))])
    .filter(([, texts]) => texts.length > 0)
}

export const JobOutcome = ({ outcome, shown }: JobOutcomeProps) => {
  const { job } = shown
  if (outcome === undefined) return <div id="job-outcome" hidden />
  const { files, schema } = outcome
  const parts = partsOf(job.result, schema)
  return (
    <section class="card" id="job-outcome" aria-labelledby="outcome-title">
      <h2 id="outcome-title">Result</h2>
      {files.map(({ name, size }) => (
        <p>
          <a href={`/api/jobs/${job.jobId}/artifacts/${name}`} download={name}>
            Download {name}
          </a>{" "}
          <span class="muted">({sizeText(size)})</span>
        </p>
      ))}
      <dl class="outcome">
        {parts.map(([label, texts]) => (
          <div>
            <dt>{label}</dt>
            {texts.map((text) => (
              <dd>{text}</dd>
            ))}
          </div>
        ))}
      </dl>
    </section>
  )
}
