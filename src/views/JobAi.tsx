/** What a job asked an AI model: tokens and cost of each of its steps. Nothing for jobs that ask none. */

import type { AiUse } from "../domain/AiCalls.ts"
import { ColumnHeads } from "./components/ColumnHeads.tsx"
import { stepsInOrder } from "./JobSteps.ts"
import { type ShownJob, stepTitle } from "./ShownJob.ts"

/** Small costs need more places than prices have. */
export const costText = (usd: number): string => {
  if (usd === 0) return "–"
  return `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`
}

/** As the list of steps has them; what belongs to none comes last. */
const inOrder = ({ steps }: ShownJob, used: AiUse["steps"]): AiUse["steps"] => {
  const names = stepsInOrder(
    steps,
    used.flatMap(({ step }) => step ?? [])
  ).map(({ name }) => name)
  const placeOf = ({ step }: AiUse["steps"][number]) => (step === undefined ? names.length : names.indexOf(step))
  return used.toSorted((a, b) => placeOf(a) - placeOf(b))
}

const countText = (count: number): string => count.toLocaleString("en")

export const JobAi = ({ shown, use }: { readonly shown: ShownJob; readonly use?: AiUse }) =>
  use === undefined || use.calls === 0 ? (
    <div id="job-ai" hidden />
  ) : (
    <section class="card" id="job-ai" aria-labelledby="ai-title">
      <h2 id="ai-title">AI model</h2>
      <div class="table-scroll">
        <table class="figures">
          <ColumnHeads names={["Step", "Questions", "Tokens", "Cost"]} />
          <tbody>
            {inOrder(shown, use.steps).map(({ calls, costUsd, inputTokens, outputTokens, step }) => (
              <tr>
                <th scope="row">{step === undefined ? "Other" : stepTitle(shown.steps, step)}</th>
                <td>{calls}</td>
                <td>{countText(inputTokens + outputTokens)}</td>
                <td>{costText(costUsd)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">All</th>
              <td>{use.calls}</td>
              <td>{countText(use.inputTokens + use.outputTokens)}</td>
              <td>{costText(use.costUsd)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
      <p class="muted figures-note">
        <a href={`/api/jobs/${shown.job.jobId}/ai-calls`}>What was asked and answered</a>, without who it is about.
      </p>
    </section>
  )
