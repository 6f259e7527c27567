/** What a job got and gave, which steps it need not run again, and its files. Secrets are dots. */
import type { Artifact } from "../../domain/Artifacts.ts"
import type { CheckpointMark } from "../../domain/JobDetails.ts"
import { isTerminal } from "../../domain/JobStatus.ts"
import { TimeText } from "../components/TimeText.tsx"
import { type ShownJob, stepTitle } from "../ShownJob.ts"
import { jobUrl, ofTab } from "./JobQuery.ts"
import { JsonTree, TreeTools } from "./JsonTree.tsx"

/** Characters of JSON that a page shows; more is a download. */
const LONGEST_JSON = 200_000

/** What of a longer one is shown. */
const FIRST_PART = 5_000

export const dataParts = ["input", "result", "error"] as const
export type DataPart = (typeof dataParts)[number]

const titles: Readonly<Record<DataPart, string>> = { input: "Input", result: "Output", error: "Error" }

interface JsonCardProps {
  readonly part: DataPart
  readonly shown: ShownJob
  readonly value: unknown
}

const JsonCard = ({ part, shown, value }: JsonCardProps) => {
  const text = JSON.stringify(value, null, 2) ?? "null"
  const isLong = text.length > LONGEST_JSON
  const id = `json-${part}`
  return (
    <section class="card" aria-labelledby={`${id}-title`}>
      <div class="card-head">
        <h2 id={`${id}-title`}>{titles[part]}</h2>
        <span class="buttons">
          {!isLong && (
            <button type="button" class="button button-small js-only" data-copy={`#${id}`}>
              Copy {titles[part].toLowerCase()}
            </button>
          )}
          <a class="button button-small" href={`/jobs/${shown.job.jobId}/data/${part}.json`} download>
            Download
          </a>
        </span>
      </div>
      {isLong ? (
        <>
          <p class="muted">
            It is too long to show here ({Math.round(text.length / 1_000)} KB). This is its beginning:
          </p>
          <pre tabindex={0}>{text.slice(0, FIRST_PART)}</pre>
        </>
      ) : (
        <>
          {typeof value === "object" && <TreeTools of={titles[part].toLowerCase()} textId={id} />}
          <JsonTree value={value} />
          <details class="raw">
            <summary>As text</summary>
            <pre id={id} tabindex={0}>
              {text}
            </pre>
          </details>
        </>
      )}
    </section>
  )
}

const sizeText = (bytes: number): string => {
  if (bytes < 1_000) return `${bytes} bytes`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

const kinds: Readonly<Record<Artifact["kind"], string>> = {
  picture: "Picture",
  page: "Page in words",
  trace: "Trace",
  file: "File"
}

/** Pictures of steps have a tab of their own. */
const isOfFilm = ({ kind }: Artifact): boolean => kind === "picture" || kind === "page"

const Files = ({ files, shown }: { readonly shown: ShownJob; readonly files: ReadonlyArray<Artifact> }) => (
  <section class="card" aria-labelledby="files-title">
    <h2 id="files-title">Files</h2>
    {files.length === 0 && <p class="muted">It left no files.</p>}
    {files.some(isOfFilm) && (
      <p>
        Pictures of its steps are in the <a href={jobUrl(shown.job.jobId, ofTab("browser"))}>film strip</a>.
      </p>
    )}
    <ul class="files">
      {files
        .filter((file) => !isOfFilm(file))
        .map(({ attempt, kind, name, size }) => {
          const url = `/api/jobs/${shown.job.jobId}/artifacts/${name}`
          return (
            <li>
              <a href={url}>{name}</a>{" "}
              <span class="muted">
                {kinds[kind]}
                {attempt !== undefined && `, try ${attempt}`}, {sizeText(size)}
              </span>
              {kind === "trace" && (
                <a class="button button-small" href={`/trace/index.html?trace=${encodeURIComponent(url)}`}>
                  Open trace
                </a>
              )}
            </li>
          )
        })}
    </ul>
  </section>
)

const Checkpoints = ({ marks, shown }: { readonly shown: ShownJob; readonly marks: ReadonlyArray<CheckpointMark> }) => (
  <section class="card" aria-labelledby="checkpoints-title">
    <h2 id="checkpoints-title">Kept steps</h2>
    <p class="muted">A retry goes on after these. Their outputs are for the script alone and are shown to nobody.</p>
    {marks.length === 0 ? (
      <p>None.</p>
    ) : (
      <ul class="files">
        {marks.map(({ at, attempt, name }) => (
          <li>
            <strong>{stepTitle(shown.steps, name)}</strong>{" "}
            <span class="muted">
              try {attempt}, <TimeText at={at.epochMilliseconds} nowMs={shown.nowMs} />
            </span>
          </li>
        ))}
      </ul>
    )}
  </section>
)

export interface DataTabProps {
  readonly shown: ShownJob
  readonly checkpoints: ReadonlyArray<CheckpointMark>
  readonly files: ReadonlyArray<Artifact>
}

export const DataTab = ({ checkpoints, files, shown }: DataTabProps) => {
  const { error, input, result, status } = shown.job
  return (
    <div id="job-data">
      <div class="columns columns-even">
        <div class="column">
          <JsonCard part="input" shown={shown} value={input} />
          <Checkpoints shown={shown} marks={checkpoints} />
        </div>
        <div class="column">
          {result === undefined ? (
            <section class="card" aria-labelledby="no-output">
              <h2 id="no-output">Output</h2>
              <p class="muted">{isTerminal(status) ? "It gave none." : "It comes with the end of the job."}</p>
            </section>
          ) : (
            <JsonCard part="result" shown={shown} value={result} />
          )}
          {error && <JsonCard part="error" shown={shown} value={error} />}
          <Files shown={shown} files={files} />
        </div>
      </div>
    </div>
  )
}
