import type { ShownStatus } from "../../domain/JobStatus.ts"
import type { ShownJob } from "../ShownJob.ts"
import { runningFlags, statusWords } from "../StatusWords.ts"
import { Icon } from "./Icon.tsx"

/** The ring of a running job is the one thing on a page that moves. */
export const StatusIcon = ({ status }: { readonly status: ShownStatus }) =>
  status === "in_progress" ? <Icon name="st-in_progress" turning="ring" /> : <Icon name={`st-${status}`} />

export const StatusMark = ({ status }: { readonly status: ShownStatus }) => (
  <span class={`badge st-${status}`} title={statusWords[status].sentence}>
    <StatusIcon status={status} />
    {statusWords[status].word}
  </span>
)

export const StatusBadge = ({ shown }: { readonly shown: ShownJob }) => (
  <span class="marks">
    <StatusMark status={shown.status} />
    {shown.cancelling && (
      <span class="flag" title={runningFlags.cancelling.sentence}>
        {runningFlags.cancelling.word}
      </span>
    )}
    {shown.stalled && (
      <span class="flag flag-warn" title={runningFlags.stalled.sentence}>
        <Icon name="triangle" />
        {runningFlags.stalled.word}
      </span>
    )}
  </span>
)
