/** What a job gives people to read or to take away: the texts of its result and its files. */
import type { Artifact } from "../domain/Artifacts.ts"
import { labelOf } from "./form/FormFields.ts"
import type { ShownJob } from "./ShownJob.ts"

export interface JobOutcomeProps {
  readonly shown: ShownJob
  /** Absent for jobs whose result is for programs. */
  readonly files?: ReadonlyArray<Artifact>
}

const UNITS = ["bytes", "KB", "MB", "GB"]

const sizeText = (bytes: number): string => {
  const unit = bytes === 0 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1_000 ** unit).toLocaleString("en", { maximumFractionDigits: 1 })} ${UNITS[unit]}`
}

type Shown = readonly [string, ReadonlyArray<string>]

const textsOf = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return value.split(/\n{2,}/u).filter((text) => text.trim() !== "")
  if (typeof value === "number") return [value.toLocaleString("en")]
  return Array.isArray(value) && value.every((each) => typeof each === "string") ? value : []
}

const partsOf = (result: unknown): ReadonlyArray<Shown> =>
  typeof result === "object" && result !== null && !Array.isArray(result)
    ? Object.entries(result)
        .map(([key, value]): Shown => [labelOf(key), textsOf(value)])
        .filter(([, texts]) => texts.length > 0)
    : []

export const JobOutcome = ({ files, shown }: JobOutcomeProps) => {
  const { job } = shown
  const parts = partsOf(job.result)
  if (files === undefined || (parts.length === 0 && files.length === 0)) return <div id="job-outcome" hidden />
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
