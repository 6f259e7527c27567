/** One schedule: its next times, its last jobs, and the form that changes it. */
import type { InputIssue } from "../domain/JobType.ts"
import { cronWords } from "./CronWords.ts"
import { Once } from "./components/Once.tsx"
import { FormIssues } from "./form/FormIssues.tsx"
import { JsonTree } from "./job/JsonTree.tsx"
import { ScheduleBoxes, type ScheduleDraft, scheduleIssues, WasBoxes } from "./ScheduleBoxes.tsx"
import { LastRuns, NextRun, ScheduleActions, type ShownSchedule } from "./SchedulesPage.tsx"
import { zonedText } from "./Times.ts"

export interface SchedulePageProps extends ShownSchedule {
  readonly nowMs: number
  readonly mayAdminister: boolean
  readonly draft: ScheduleDraft
  /** What stood in the boxes when the reader opened the form. */
  readonly was: ScheduleDraft
  readonly issues: ReadonlyArray<InputIssue>
  readonly problem?: string | undefined
}

export const SchedulePage = (props: SchedulePageProps) => {
  const { draft, issues, lastJobs, mayAdminister, next, nowMs, problem, schedule, typeTitle, was } = props
  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/schedules">Schedules</a>
        <span aria-hidden="true">/</span>
        <span>{schedule.name}</span>
      </nav>
      <div class="page-head">
        <h1>{schedule.name}</h1>
        <ScheduleActions back={`/schedules/${schedule.id}`} schedule={schedule} mayAdminister={mayAdminister} />
      </div>
      {problem !== undefined && (
        <p class="box box-problem" tabindex={-1} autofocus>
          {problem}
        </p>
      )}
      <div class="columns columns-even">
        <div class="column">
          <section class="card" aria-labelledby="when-title">
            <h2 id="when-title">When</h2>
            <p>
              {cronWords(schedule.cron) ?? schedule.cron} ({schedule.timeZone}). Each time a job “{typeTitle}”.
            </p>
            <p>
              Next: <NextRun schedule={schedule} next={next} nowMs={nowMs} />
            </p>
            {next.length > 1 && (
              <p class="muted">
                Then{" "}
                {next
                  .slice(1)
                  .map((at) => zonedText(at, nowMs, schedule.timeZone))
                  .join(", ")}
                .
              </p>
            )}
          </section>
          <section class="card" aria-labelledby="last-title">
            <h2 id="last-title">Last jobs</h2>
            <LastRuns schedule={schedule} lastJobs={lastJobs} nowMs={nowMs} />
          </section>
          <section class="card" aria-labelledby="input-title">
            <h2 id="input-title">What each job gets</h2>
            <JsonTree value={schedule.input} />
            <p class="note">This cannot be changed on the board; the API can.</p>
          </section>
        </div>
        {mayAdminister && (
          <div class="column">
            <section class="card" aria-labelledby="change-title">
              <h2 id="change-title">Change</h2>
              <form class="form" method="post" action={`/schedules/${schedule.id}`} data-typed="" novalidate>
                <Once />
                <FormIssues title="The schedule was not changed" issues={scheduleIssues(issues)} />
                <WasBoxes was={was} />
                <ScheduleBoxes draft={draft} issues={issues} />
                <button type="submit" class="button button-primary">
                  Save
                </button>
              </form>
            </section>
            <details class="card">
              <summary>Remove this schedule…</summary>
              <p>Its jobs stay. It cannot be brought back.</p>
              <form method="post" action={`/schedules/${schedule.id}/remove`}>
                <Once />
                <button type="submit" class="button button-danger">
                  Remove “{schedule.name}”
                </button>
              </form>
            </details>
          </div>
        )}
      </div>
    </>
  )
}
