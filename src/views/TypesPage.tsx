/** Job types: how long they take, how they end, and which step is to blame. */
import type { DayCounts } from "../domain/DayCounts.ts"
import type { TypeEstimate } from "../domain/JobEstimates.ts"
import type { JobType } from "../domain/JobType.ts"
import type { Pause } from "../domain/Lanes.ts"
import { DaysCard } from "./components/DaysCard.tsx"
import { Icon } from "./components/Icon.tsx"
import { Permitted } from "./components/Permitted.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { usualText } from "./EstimateText.ts"
import { isStartedHere } from "./isStartedHere.ts"
import { laneWords } from "./LaneWords.ts"
import { BarChart, percentText } from "./OpsNumbers.tsx"
import { counted } from "./OverviewText.ts"
import { PauseForm } from "./PauseForm.tsx"
import { closed } from "./Sentence.ts"
import { durationText, lengthText } from "./Times.ts"

export interface KnownJobType extends Pick<JobType, "name" | "title" | "description" | "lane" | "steps"> {
  readonly timeoutMs: number
  readonly retries: number
}

export interface TypesPageProps {
  readonly types: ReadonlyArray<KnownJobType>
  readonly estimates: ReadonlyMap<string, TypeEstimate>
  readonly paused: ReadonlyMap<string, Pause>
}

const triesText = (tries: number): string => (tries === 1 ? "only once" : `at most ${tries} times`)

const successText = ({ ended, failed }: TypeEstimate): string => percentText(ended - failed, ended)

/** "Usually 6 m, 9 of 10 within 9 m. 93% of the last 412 jobs went well. Estimates are off by 18%." */
export const typeSentence = (estimate: TypeEstimate | undefined): string => {
  if (estimate === undefined || estimate.ended === 0) return "No job of this type has ended yet, or only just now."
  const { ended, offPercent, times } = estimate
  const usual = times ? `Usually ${usualText(times.medianMs)}, 9 of 10 within ${usualText(times.p90Ms)}. ` : ""
  const well =
    ended === 1
      ? `The last job ${estimate.failed ? "failed" : "went well"}.`
      : `${successText(estimate)} of the last ${ended} jobs went well.`
  return `${usual}${well}${times && offPercent !== undefined ? ` Estimates are off by ${offPercent}%.` : ""}`
}

export const TypesPage = ({ estimates, paused, types }: TypesPageProps) => (
  <>
    <div class="page-head">
      <h1>Job types</h1>
      <Permitted to="create">
        <a class="button button-primary" href="/jobs/new">
          Start a job
        </a>
      </Permitted>
    </div>
    <table class="ops">
      <caption class="visually-hidden">Job types, with how long they take and how they end</caption>
      <thead>
        <tr>
          <th scope="col">Type</th>
          <th scope="col">Runs</th>
          <th scope="col">Usually</th>
          <th scope="col">9 of 10 within</th>
          <th scope="col">Went well</th>
          <th scope="col">Of the last</th>
        </tr>
      </thead>
      <tbody>
        {types.map(({ lane, name, title }) => {
          const estimate = estimates.get(name)
          return (
            <tr>
              <th scope="row">
                <a href={`/types/${name}`}>{title}</a>
                {paused.has(name) && (
                  <span class="row-sub with-icon">
                    <Icon name="triangle" /> paused
                  </span>
                )}
              </th>
              <td data-label="Runs">{laneWords[lane].title}</td>
              <td data-label="Usually">{estimate?.times ? usualText(estimate.times.medianMs) : "–"}</td>
              <td data-label="9 of 10 within">{estimate?.times ? usualText(estimate.times.p90Ms) : "–"}</td>
              <td data-label="Went well">{estimate ? successText(estimate) : "–"}</td>
              <td data-label="Of the last">{estimate ? counted(estimate.ended, "job", "jobs") : "–"}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
    <p class="note">Numbers are made anew each minute, from the last jobs of each type.</p>
  </>
)

export interface TypePageProps {
  readonly type: KnownJobType
  readonly estimate: TypeEstimate | undefined
  readonly ended: DayCounts
  readonly paused: Pause | undefined
  readonly nowMs: number
  readonly mayAdminister: boolean
}

const StepRows = ({ estimate, type }: Pick<TypePageProps, "estimate" | "type">) => {
  const names = [...new Set([...type.steps.map(({ name }) => name), ...(estimate?.steps.keys() ?? [])])]
  return (
    <table class="ops">
      <caption class="visually-hidden">Steps, with how long they take and how often they fail</caption>
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col">Usually</th>
          <th scope="col">9 of 10 within</th>
          <th scope="col">Jobs that failed here</th>
          <th scope="col">Most common error</th>
        </tr>
      </thead>
      <tbody>
        {names.map((name, index) => {
          const step = estimate?.steps.get(name)
          return (
            <tr>
              <th scope="row">
                {index + 1} {type.steps.find((each) => each.name === name)?.title ?? name}
              </th>
              <td data-label="Usually">{step?.times ? usualText(step.times.medianMs) : "–"}</td>
              <td data-label="9 of 10 within">{step?.times ? usualText(step.times.p90Ms) : "–"}</td>
              <td data-label="Failed here">
                {step?.failed ?? 0}
                {step && step.failed > 0 && (
                  <span class="row-sub">{percentText(step.failed, estimate?.ended ?? 0)}</span>
                )}
              </td>
              <td data-label="Most common error">{step?.commonError === undefined ? "–" : closed(step.commonError)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

export const TypePage = (props: TypePageProps) => {
  const { ended, estimate, mayAdminister, nowMs, paused, type } = props
  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/types">Job types</a>
      </nav>
      <div class="page-head">
        <h1>{type.title}</h1>
        <div class="buttons">
          {isStartedHere(type) && (
            <Permitted to="create">
              <a class="button button-primary" href={`/jobs/new/${type.name}`}>
                Start a job
              </a>
            </Permitted>
          )}
          <a class="button" href={`/jobs?type=${type.name}`}>
            Jobs of this type
          </a>
        </div>
      </div>
      <p class="lead">{type.description}</p>
      <section class="card" aria-labelledby="numbers-title">
        <h2 id="numbers-title">How it goes</h2>
        <p>
          {typeSentence(estimate)}
          {estimate?.since && (
            <span class="muted">
              {" "}
              The oldest of them was created <TimeText at={estimate.since.epochMilliseconds} nowMs={nowMs} />.
            </span>
          )}
        </p>
        {estimate && estimate.durationsMs.length > 1 && (
          <BarChart
            values={estimate.durationsMs}
            label={`How long the last ${estimate.durationsMs.length} successful runs took, oldest first`}
            textOf={durationText}
          />
        )}
      </section>
      <DaysCard ended={ended} nowMs={nowMs} />
      <section class="card" aria-labelledby="steps-title">
        <h2 id="steps-title">Steps</h2>
        <StepRows estimate={estimate} type={type} />
      </section>
      <section class="card" aria-labelledby="limits-title">
        <h2 id="limits-title">Limits</h2>
        <p>
          These are <a href="/fleet">{laneWords[type.lane].jobs}</a>. A try takes at most {lengthText(type.timeoutMs)}.
          A job is tried {triesText(type.retries + 1)}.
        </p>
        <PauseForm
          address={`/types/${type.name}`}
          what={`“${type.title}” jobs`}
          paused={paused}
          nowMs={nowMs}
          allowed={mayAdminister}
          back={`/types/${type.name}`}
        />
      </section>
    </>
  )
}
