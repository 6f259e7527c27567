/** The boxes that a job page shows only when there is something to say: why it waits, and what went wrong. */
import type { Job } from "../domain/Job.ts"
import { isTerminal } from "../domain/JobStatus.ts"
import type { WaitingReason } from "../domain/Waiting.ts"
import { Icon } from "./components/Icon.tsx"
import { SentenceText } from "./components/TimeText.tsx"
import { placeText } from "./EstimateText.ts"
import { failureSentence } from "./FailureSentence.ts"
import type { ShownJob } from "./ShownJob.ts"
import { waitingLink, waitingSentence } from "./WaitingSentence.ts"

interface OnwardProps {
  readonly job: Job
  readonly reason: WaitingReason
  /** Reasons that are told before it. */
  readonly before: ReadonlyArray<WaitingReason>
}

/** Once for all reasons that lead to the same page. */
const Onward = ({ before, job, reason }: OnwardProps) => {
  const link = waitingLink(reason, job)
  const isTold = before.some((each) => waitingLink(each, job)?.href === link?.href)
  return link === undefined || isTold ? null : (
    <>
      {" "}
      <a href={link.href}>{link.label}</a>
    </>
  )
}

export const WhyItWaits = ({ shown }: { readonly shown: ShownJob }) => {
  const { job, nowMs } = shown
  // What it asks stands in the card above.
  const told = (job.waitingFor ?? []).filter(({ code }) => code !== "needs_input")
  const reasons = isTerminal(job.status) ? [] : told
  return (
    <div id="job-waiting">
      {reasons.length > 0 && (
        <section class="box box-wait" aria-labelledby="waiting-title">
          <h2 id="waiting-title">Why it waits</h2>
          <ol>
            {reasons.map((reason, index) => (
              <li>
                <SentenceText sentence={waitingSentence(reason, job)} nowMs={nowMs} />
                {reason.code === "pool_full" && placeText(shown) && ` ${placeText(shown)}`}
                <Onward job={job} reason={reason} before={reasons.slice(0, index)} />
              </li>
            ))}
          </ol>
        </section>
      )}
    </div>
  )
}

/** For a job that goes on, this is the last problem; for a failed one, the end of it. */
export const WhatWentWrong = ({ shown }: { readonly shown: ShownJob }) => {
  const { job, status } = shown
  const failure = job.error && status !== "completed" ? failureSentence(shown, job.error) : undefined
  return (
    <div id="job-error">
      {failure && job.error && (
        <section class={status === "failed" ? "box box-error" : "box box-problem"} aria-labelledby="error-title">
          <h2 id="error-title">
            <Icon name={status === "failed" ? "st-failed" : "triangle"} />
            {status === "failed" ? "What went wrong" : "Last problem"}
          </h2>
          <p class="box-what">{failure.what}</p>
          <p>
            {failure.where} {failure.did} <code class="box-code">{job.error.code}</code>
          </p>
          {failure.can !== undefined && (
            <p>
              <strong>What you can do: </strong>
              {failure.can}
            </p>
          )}
        </section>
      )}
    </div>
  )
}
